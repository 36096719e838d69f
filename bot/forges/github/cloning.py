"""How git reaches a repository on GitHub: with a token that is good for that one and for no more than is asked for."""

import base64
from typing import Literal

from bot.events import Clone, Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.client import app_client
from bot.forges.github.errors import entering

Level = Literal["read", "write"]


def clone_for(access: GitHubAccess, installation: str, repo: Repo, level: Level) -> Clone:
    """Return URL and credential of a repository; without an `installation` it is the bot's own token.

    Raises what PyGithub raises, and `UserError` where the App is not let in any more.
    """
    token = _new_token(access, installation, repo, level) if installation else access.token
    credential = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    url = f"{access.web_url.rstrip('/')}/{repo.path}.git"
    return Clone(url, {"Authorization": f"Basic {credential}"}, ca_file=access.ca_file)


def _new_token(access: GitHubAccess, installation: str, repo: Repo, level: Level) -> str:
    # Asked anew each time: the client's own token may have seconds to live, and it may do more.
    with entering(installation):
        _, answer = app_client(access).requester.requestJsonAndCheck(
            "POST",
            f"/app/installations/{installation}/access_tokens",
            input={"repositories": [repo.name], "permissions": {"contents": level}},
        )
    return str(answer["token"])
