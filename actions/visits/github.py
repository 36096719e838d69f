"""Practising on GitHub: the bot is an App, whose one hook tells of every repository."""

from collections.abc import Mapping, Sequence

from actions.visits.protocol import Place, PullRequest, Visitor
from actions.visits.talk import Talk

APP_ID = "4242"  # the practice forge's one App


class GitHub:
    """GitHub as a stage."""

    def arguments(self, place: Place) -> Sequence[str]:
        """Return how `codex-bot practice-forge` is told to be GitHub."""
        return (
            *("--webhook-url", f"{place.web_url}/webhooks/github", "--secret-file", str(place.secrets / "webhook")),
            *("--app-key-file", str(place.secrets / "app.pem"), "--owner-token-file", str(place.secrets / "ann")),
        )

    def settings(self, place: Place) -> Mapping[str, str]:
        """Return the settings that make the bot its App."""
        return {
            "CODEX_BOT_GITHUB_URL": place.forge_url,
            "CODEX_BOT_GITHUB_APP_ID": APP_ID,
            "CODEX_BOT_GITHUB_APP_KEY_FILE": str(place.secrets / "app.pem"),
            "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE": str(place.secrets / "webhook"),
        }

    def visitor(self, place: Place) -> Visitor:
        """Return ann."""
        return GitHubVisitor(Talk(f"{place.forge_url}/api/v3", {"Authorization": f"Bearer {place.secret('ann')}"}))

    def issue_page(self, place: Place, repo: str, issue: int) -> str:
        """Return the address of an issue in a browser."""
        return f"{place.forge_url}/{repo}/issues/{issue}"


class GitHubVisitor:
    """Ann at GitHub."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def make_repository(self, name: str, files: Mapping[str, str]) -> str:
        """Make a repository with two commits; the App hears of it by itself."""
        repo = self._talk.post("/user/repos", {"name": name, "auto_init": True})
        path, branch = repo["full_name"], repo["default_branch"]
        head = self._talk.get(f"/repos/{path}/git/ref/heads/{branch}")["object"]["sha"]
        entries = [{"path": file, "mode": "100644", "type": "blob", "content": text} for file, text in files.items()]
        tree = self._talk.post(f"/repos/{path}/git/trees", {"tree": entries})
        commit = {"message": "Add the first files", "tree": tree["sha"], "parents": [head]}
        sha = self._talk.post(f"/repos/{path}/git/commits", commit)["sha"]
        self._talk.send("PATCH", f"/repos/{path}/git/refs/heads/{branch}", {"sha": sha})
        return str(path)

    def open_issue(self, repo: str, title: str, body: str) -> int:
        """Open an issue; return its number."""
        return int(self._talk.post(f"/repos/{repo}/issues", {"title": title, "body": body})["number"])

    def comment(self, repo: str, issue: int, body: str) -> int:
        """Write a comment; return its id."""
        return int(self._talk.post(f"/repos/{repo}/issues/{issue}/comments", {"body": body})["id"])

    def is_noticed(self, repo: str, issue: int, comment: int) -> bool:  # noqa: ARG002  # GitHub's ids need no issue
        """Return whether somebody reacted to a comment."""
        return bool(self._talk.get(f"/repos/{repo}/issues/comments/{comment}/reactions"))

    def comments(self, repo: str, issue: int) -> Sequence[str]:
        """Return the comments on an issue, the oldest first."""
        return [str(comment["body"]) for comment in self._talk.get(f"/repos/{repo}/issues/{issue}/comments")]

    def pull_requests(self, repo: str) -> Sequence[PullRequest]:
        """Return the open pull requests."""
        return [
            PullRequest(pull["number"], pull["title"], pull["body"] or "", pull["html_url"], pull["draft"])
            for pull in self._talk.get(f"/repos/{repo}/pulls")
        ]

    def diff(self, repo: str, number: int) -> str:
        """Return the diff of a pull request."""
        path = f"/repos/{repo}/pulls/{number}"
        return self._talk.send("GET", path, accept="application/vnd.github.diff").text
