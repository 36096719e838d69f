import pytest

from bot.errors import SettingsError, UserError
from bot.forges.github.access import GitHubAccess
from bot.forges.github.client import api_url, client
from bot.forges.registry import Forges, github_entry, make_forges
from bot.settings import Settings


@pytest.mark.parametrize(
    ("web", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://github.com/", "https://api.github.com"),
        ("https://octocorp.ghe.com", "https://api.octocorp.ghe.com"),
        ("https://git.example.org", "https://git.example.org/api/v3"),
        ("http://127.0.0.1:8400/", "http://127.0.0.1:8400/api/v3"),
        ("https://github.com.example.org", "https://github.com.example.org/api/v3"),
    ],
)
def test_every_github_has_its_api_at_its_own_place(web: str, api: str) -> None:
    assert api_url(web) == api


@pytest.mark.parametrize(
    ("access", "installation", "said"),
    [
        (GitHubAccess(), "", "no access"),
        (GitHubAccess(app_id="7", private_key="-----BEGIN"), "", "names no installation"),
        (GitHubAccess(app_id="7"), "12", "no private key"),
        (GitHubAccess(app_id="7", private_key="sesame-key"), "12", "cannot be read"),
    ],
)
def test_a_way_in_that_cannot_work_is_told_before_anything_is_asked(
    access: GitHubAccess, installation: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        client(access, installation)
    assert caught.value.mend
    assert "sesame" not in str(caught.value)


def test_the_registry_listens_only_where_a_secret_is_set() -> None:
    quiet = Forges({"github": github_entry(GitHubAccess(), "")})
    assert quiet.hooks("github") is None
    assert quiet.listening() == ()
    open_eared = Forges({"github": github_entry(GitHubAccess(), "sesame")})
    assert open_eared.listening() == ("github",)
    assert open_eared.hooks("github") is not None
    assert open_eared.hooks("sourcehut") is None


def test_the_registry_makes_a_new_speaking_half_for_every_job() -> None:
    forges = Forges({"github": github_entry(GitHubAccess(token="sesame"), "")})
    assert forges.connect("github", "").name == "github"
    assert forges.connect("github", "") is not forges.connect("github", "")
    with pytest.raises(UserError, match="sourcehut"):
        forges.connect("sourcehut", "")


def test_the_settings_make_a_registry() -> None:
    forges = make_forges(Settings(github_token="sesame", github_webhook_secret="sesame"))
    assert forges.listening() == ("github",)
    assert forges.connect("github", "").name == "github"
