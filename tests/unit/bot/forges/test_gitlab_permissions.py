"""The table of what the bot needs of GitLab, and the address of its webhooks."""

import base64

import pytest

from bot.forges.gitlab.hooks import GitLabHooks
from bot.forges.gitlab.permissions import CONFIDENTIAL, flags, lacking_flags, lacking_role, lacking_scopes, role
from bot.forges.gitlab.project_hooks import hook_url, new_signing_token
from infra.practice_forge.gitlab.shapes.hooks import EVENTS


def test_every_flag_that_gitlab_has_is_wished_on_or_off() -> None:
    assert set(flags()) == set(EVENTS)


def test_what_is_confidential_is_refused_by_name() -> None:
    assert [flags()[name] for name in CONFIDENTIAL] == [False, False]


def test_a_hook_with_our_flags_lacks_nothing_and_an_empty_one_everything() -> None:
    assert list(lacking_flags(flags())) == []
    lacks = list(lacking_flags({}))
    assert len(lacks) == sum(flags().values())
    assert [lack.what for lack in lacks if lack.vital] == ["does not tell note_events", "does not tell issues_events"]


def test_scopes_that_lack_are_named() -> None:
    assert list(lacking_scopes(["api", "write_repository", "read_user"])) == []
    assert [lack.what for lack in lacking_scopes(["read_api"])] == [
        "the token lacks the scope api",
        "the token lacks the scope write_repository",
    ]


@pytest.mark.parametrize(
    ("level", "name", "is_enough"),
    [
        (0, "no role", False),
        (20, "Reporter", False),
        (25, "level 25", False),
        (30, "Developer", True),
        (50, "Owner", True),
    ],
)
def test_a_role_is_called_by_its_name(level: int, name: str, *, is_enough: bool) -> None:
    assert role(level) == name
    assert [lack.what for lack in lacking_role(level, "ann/sums")] == (
        [] if is_enough else [f"the bot is {name} in ann/sums, needs Developer"]
    )


def test_a_signing_token_is_32_fresh_bytes_that_our_door_takes() -> None:
    one, other = new_signing_token(), new_signing_token()
    assert one != other
    assert len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) == 32
    GitLabHooks(one)


def test_the_address_of_a_webhook_has_one_slash() -> None:
    assert hook_url("https://codex.example.org/bot/") == "https://codex.example.org/bot/webhooks/gitlab"
