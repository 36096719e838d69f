"""Practising on GitLab: the bot is an account, let in to each project, and each project has a hook of its own."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from actions.visits.protocol import Place, PullRequest, Visitor
from actions.visits.talk import Talk

BOT = "codex-bot"  # the practice forge's account for it
DEVELOPER = 30  # https://docs.gitlab.com/api/access_requests/#valid-access-levels


class GitLab:
    """GitLab as a stage."""

    def arguments(self, place: Place) -> Sequence[str]:
        """Return how `codex-bot practice-forge` is told to be GitLab."""
        return (
            *("--dialect", "gitlab", "--secret-file", str(place.secrets / "webhook")),
            *("--bot-token-file", str(place.secrets / "bot"), "--owner-token-file", str(place.secrets / "ann")),
        )

    def settings(self, place: Place) -> Mapping[str, str]:
        """Return the settings that give the bot its account."""
        return {
            "CODEX_BOT_GITLAB_URL": place.forge_url,
            "CODEX_BOT_GITLAB_TOKEN_FILE": str(place.secrets / "bot"),
            "CODEX_BOT_GITLAB_WEBHOOK_SECRET_FILE": str(place.secrets / "webhook"),
            "CODEX_BOT_LOGIN": BOT,
        }

    def visitor(self, place: Place) -> Visitor:
        """Return ann."""
        hook = {
            "url": f"{place.web_url}/webhooks/gitlab",
            "signing_token": place.secret("webhook"),
            "push_events": True,
            "note_events": True,
            "issues_events": True,
            "merge_requests_events": True,
        }
        return GitLabVisitor(Talk(f"{place.forge_url}/api/v4", {"PRIVATE-TOKEN": place.secret("ann")}), hook)

    def issue_page(self, place: Place, repo: str, issue: int) -> str:
        """Return the address of an issue in a browser."""
        return f"{place.forge_url}/{repo}/-/issues/{issue}"


class GitLabVisitor:
    """Ann at GitLab; `hook` is what her projects tell the bot, and how."""

    def __init__(self, talk: Talk, hook: Mapping[str, object]) -> None:
        self._talk = talk
        self._hook = hook

    def make_repository(self, name: str, files: Mapping[str, str]) -> str:
        """Make a project with one commit, let the bot in as a developer, and add the hook."""
        path = str(self._talk.post("/projects", {"name": name})["path_with_namespace"])
        actions = [{"action": "create", "file_path": file, "content": text} for file, text in files.items()]
        commit = {"branch": "main", "commit_message": "Add the first files", "actions": actions}
        self._talk.post(f"{_at(path)}/repository/commits", commit)
        [bot] = self._talk.get(f"/users?username={BOT}")
        self._talk.post(f"{_at(path)}/members", {"user_id": bot["id"], "access_level": DEVELOPER})
        self._talk.post(f"{_at(path)}/hooks", self._hook)
        return path

    def open_issue(self, repo: str, title: str, body: str) -> int:
        """Open an issue; return its number."""
        return int(self._talk.post(f"{_at(repo)}/issues", {"title": title, "description": body})["iid"])

    def comment(self, repo: str, issue: int, body: str) -> int:
        """Write a note; return its id."""
        return int(self._talk.post(f"{_at(repo)}/issues/{issue}/notes", {"body": body})["id"])

    def is_noticed(self, repo: str, issue: int, comment: int) -> bool:
        """Return whether somebody awarded a note an emoji."""
        return bool(self._talk.get(f"{_at(repo)}/issues/{issue}/notes/{comment}/award_emoji"))

    def comments(self, repo: str, issue: int) -> Sequence[str]:
        """Return the notes on an issue, the oldest first."""
        return [str(note["body"]) for note in self._talk.get(f"{_at(repo)}/issues/{issue}/notes?sort=asc")]

    def pull_requests(self, repo: str) -> Sequence[PullRequest]:
        """Return the open merge requests."""
        return [
            PullRequest(found["iid"], found["title"], found["description"] or "", found["web_url"], found["draft"])
            for found in self._talk.get(f"{_at(repo)}/merge_requests?state=opened")
        ]

    def diff(self, repo: str, number: int) -> str:
        """Return the diff of a merge request."""
        return self._talk.send("GET", f"{_at(repo)}/merge_requests/{number}/raw_diffs").text


def _at(path: str) -> str:
    return f"/projects/{quote(path, safe='')}"
