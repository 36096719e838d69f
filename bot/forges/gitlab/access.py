"""How the bot reaches a GitLab; a module of its own, because the library loads long and not everybody speaks."""

import dataclasses

_TIMEOUT_S = 15.0


@dataclasses.dataclass(frozen=True, slots=True)
class GitLabAccess:
    """How the bot reaches one GitLab: `web_url` is what people open in a browser, a path below the host included.

    `token` is a project's, a group's or an account's, with the scopes `api` and `write_repository`; `ca_file` is a
    bundle of certificates to trust instead of the usual ones.
    """

    web_url: str = "https://gitlab.com"
    token: str = dataclasses.field(default="", repr=False)
    ca_file: str = ""
    timeout_s: float = _TIMEOUT_S

    @property
    def is_set_up(self) -> bool:
        """Say whether there is a way in."""
        return bool(self.token)
