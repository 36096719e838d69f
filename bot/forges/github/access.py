"""How the bot reaches a GitHub; a module of its own, because PyGithub loads long and not everybody speaks."""

import dataclasses

from bot.events import Limit

# Calls that create content, per installation:
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
CONTENT_LIMITS = (Limit(80, 60.0), Limit(500, 3600.0))

_TIMEOUT_S = 15


@dataclasses.dataclass(frozen=True, slots=True)
class GitHubAccess:
    """How the bot reaches one GitHub: as an App (`app_id` and `private_key`) or with a plain `token`.

    `web_url` is what people open in a browser. `login` is the account that the token belongs to; when empty it
    is asked for. `pause_s` is the pause between two requests; GitHub's own pace-keeping answers are enough.
    `ca_file` holds the certificates (PEM) that an Enterprise Server's own is checked against; empty: the system's.
    """

    web_url: str = "https://github.com"
    app_id: str = ""
    private_key: str = dataclasses.field(default="", repr=False)
    token: str = dataclasses.field(default="", repr=False)
    login: str = ""
    timeout_s: int = _TIMEOUT_S
    pause_s: float = 0.0
    ca_file: str = ""

    @property
    def is_set_up(self) -> bool:
        """Say whether there is a way in."""
        return bool(self.token or (self.app_id and self.private_key))
