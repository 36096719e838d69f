"""The parts of GitHub's webhook payloads that the bot reads; all else is ignored."""

from typing import Annotated, Any

import pydantic

# Such names become parts of URLs and folders, so nothing may climb out of them ("..", "/").
_Name = Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=255)]
_Login = Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9_-]+(\[bot\])?$", max_length=255)]
_Number = Annotated[int, pydantic.Field(gt=0)]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", frozen=True, strict=True)


class User(_Part):
    """An account; Apps speak through accounts of type "Bot" whose login ends in "[bot]"."""

    login: _Login
    id: int = 0
    type: str = ""

    @property
    def is_bot(self) -> bool:
        """Return whether a program speaks through this account."""
        return self.type == "Bot" or self.login.endswith("[bot]")


class RepositoryPart(_Part):
    """The repository that the delivery is about."""

    name: _Name
    owner: User


class IssuePart(_Part):
    """The issue; `pull_request` is there when it is a pull request, `user` is null once the account is gone."""

    number: _Number
    title: str = ""
    body: str | None = None
    state: str = "open"
    user: User | None = None
    pull_request: dict[str, Any] | None = None
    updated_at: str = ""


class CommentPart(_Part):
    """The comment as it stands after the event."""

    id: _Number
    body: str | None = None
    user: User | None = None
    in_reply_to_id: int | None = None  # of a comment on lines: the one that began the conversation

    @property
    def begun_by(self) -> int:
        """Return the id of the comment that began the conversation about lines."""
        return self.in_reply_to_id or self.id


class InstallationPart(_Part):
    """The App's installation; repository webhooks have none."""

    id: _Number


class LabelPart(_Part):
    """A label; people give them any name."""

    name: str


class CommitPart(_Part):
    """The commit that a pull request ends with."""

    sha: str = ""


class PullPart(IssuePart):
    """A pull request, told as one; an issue's only says that there is one."""

    pull_request: dict[str, Any] = pydantic.Field(default_factory=dict)
    draft: bool = False
    head: CommitPart = CommitPart()


class PullRequestPayload(_Part):
    """One `pull_request` delivery."""

    action: str
    pull_request: PullPart
    repository: RepositoryPart
    sender: User
    requested_reviewer: User | None = None
    installation: InstallationPart | None = None


class OutcomePart(_Part):
    """What came of a check suite or of a workflow's run, and the pull requests of this repository that it is about."""

    conclusion: str | None = None
    head_sha: str = ""
    pull_requests: tuple[PullPart, ...] = ()


class OutcomeDelivery(_Part):
    """What every delivery about an outcome says."""

    action: str
    repository: RepositoryPart
    sender: User
    installation: InstallationPart | None = None


class CheckSuitePayload(OutcomeDelivery):
    """One `check_suite` delivery."""

    outcome: OutcomePart = pydantic.Field(alias="check_suite")


class WorkflowRunPayload(OutcomeDelivery):
    """One `workflow_run` delivery."""

    outcome: OutcomePart = pydantic.Field(alias="workflow_run")


class IssueDelivery(_Part):
    """What every delivery about an issue says."""

    action: str
    issue: IssuePart
    repository: RepositoryPart
    sender: User
    installation: InstallationPart | None = None


class IssuesPayload(IssueDelivery):
    """One `issues` delivery."""

    label: LabelPart | None = None
    assignee: User | None = None


class TextChange(_Part):
    """What a text was before an edit."""

    before: str = pydantic.Field(alias="from")


class CommentChanges(_Part):
    """What an edit changed; nothing of the text where `body` is missing."""

    body: TextChange | None = None


class CommentPayload(IssueDelivery):
    """What every delivery about a comment says."""

    comment: CommentPart
    changes: CommentChanges | None = None


class IssueCommentPayload(CommentPayload):
    """One `issue_comment` delivery, for issues and pull requests alike."""


class ReviewCommentPayload(CommentPayload):
    """One `pull_request_review_comment` delivery: a comment on lines of a pull request."""

    issue: PullPart = pydantic.Field(alias="pull_request")
