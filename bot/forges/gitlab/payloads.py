"""The parts of GitLab's webhook payloads that the bot reads; all else is ignored.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from typing import Annotated

import pydantic

# Such names become parts of URLs and folders, so nothing may climb out of them ("..", "//").
_PART = r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_Path = Annotated[str, pydantic.Field(pattern=rf"^{_PART}(/{_PART})+$", max_length=1024)]
_Login = Annotated[str, pydantic.Field(pattern=rf"^{_PART}$", max_length=255)]
_Number = Annotated[int, pydantic.Field(gt=0)]
ON_LINES = "DiffNote"  # what GitLab calls a comment on lines


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", frozen=True, strict=True)


class Delivery(_Part):
    """What kind of delivery it is; hooks of the whole instance have an `event_name` alone."""

    object_kind: str = ""
    event_name: str = ""
    event_type: str = ""

    @property
    def kind(self) -> str:
        """Return GitLab's word for what happened."""
        return self.object_kind or self.event_name

    @property
    def is_confidential(self) -> bool:
        """Return whether GitLab shows it to the project's members alone."""
        return self.event_type.startswith("confidential_")


class User(_Part):
    """Whoever did it; GitLab hides the e-mail address and does not say whether it is a program."""

    username: _Login
    id: int = 0  # missing on old servers


class ProjectPart(_Part):
    """The project that the delivery is about; for a merge request, the one that it goes to."""

    path_with_namespace: _Path


class LabelPart(_Part):
    """A label; people give them any name."""

    title: str


class IssuePart(_Part):
    """An issue or a merge request; its author is told by number alone."""

    iid: _Number
    title: str = ""
    description: str | None = None
    state: str = "opened"
    author_id: int | None = None
    confidential: bool = False
    updated_at: str = ""
    action: str = ""


class NotePart(_Part):
    """A comment as it stands after the event; old servers tell no action, and only of new ones."""

    id: _Number
    note: str | None = None
    noteable_type: str = ""
    author_id: int | None = None
    system: bool = False
    internal: bool = False
    action: str = "create"
    type: str | None = None
    discussion_id: str | None = None

    @property
    def thread(self) -> str:
        """Return the discussion about lines that it stands in; empty for any other comment."""
        return self.discussion_id or "" if self.type == ON_LINES else ""


class CommitPart(_Part):
    """The commit that a merge request ends with."""

    id: str = ""


class MergeRequestPart(IssuePart):
    """A merge request; `oldrev` is there when commits were pushed, and no number in what some hooks of groups tell."""

    iid: int = pydantic.Field(default=0, ge=0)
    draft: bool | None = None
    work_in_progress: bool | None = None  # what it was called until 2020
    oldrev: str | None = None
    last_commit: CommitPart | None = None


class PipelinePart(_Part):
    """What came of a pipeline."""

    sha: str = ""
    status: str = ""


class DraftChange(_Part):
    """Whether it was a draft, and whether it is one."""

    previous: bool | None = None
    current: bool | None = None


class LabelChange(_Part):
    """The labels before and after."""

    previous: tuple[LabelPart, ...] = ()
    current: tuple[LabelPart, ...] = ()


class AssigneePart(_Part):
    """Somebody who is to do it."""

    username: str


class AssigneeChange(_Part):
    """Who was to do it before, and who is now."""

    previous: tuple[AssigneePart, ...] = ()
    current: tuple[AssigneePart, ...] = ()


class Changes(_Part):
    """What an update changed."""

    labels: LabelChange = LabelChange()
    assignees: AssigneeChange = AssigneeChange()
    reviewers: AssigneeChange = AssigneeChange()
    draft: DraftChange = DraftChange()


class NotePayload(Delivery):
    """One `note` delivery: a comment on an issue, a merge request, a commit or a snippet."""

    user: User
    project: ProjectPart
    object_attributes: NotePart
    issue: IssuePart | None = None
    merge_request: IssuePart | None = None


class IssuePayload(Delivery):
    """One `issue` delivery."""

    user: User
    project: ProjectPart
    object_attributes: IssuePart
    labels: tuple[LabelPart, ...] = ()
    assignees: tuple[AssigneePart, ...] = ()
    changes: Changes = Changes()


class MergeRequestPayload(Delivery):
    """One `merge_request` delivery."""

    user: User
    project: ProjectPart
    object_attributes: MergeRequestPart
    reviewers: tuple[AssigneePart, ...] = ()
    changes: Changes = Changes()


class PipelinePayload(Delivery):
    """One `pipeline` delivery."""

    user: User
    project: ProjectPart
    object_attributes: PipelinePart
    merge_request: IssuePart | None = None
