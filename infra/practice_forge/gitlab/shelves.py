"""The shelves of a GitLab world, beside those that it shares with the other dialect."""

import dataclasses
from datetime import datetime

from infra.practice_forge.forge import Forge, digest
from infra.practice_forge.gitlab.records import (
    AccessToken,
    Award,
    Draft,
    Hook,
    MergeRequest,
    Note,
    Status,
    Subject,
    kind_of,
)
from infra.practice_forge.gitlab.sender import VERSION, Sender
from infra.practice_forge.state import Repository


class Shelves:
    """What a GitLab world remembers. Whoever reads or changes it holds the state's lock.

    `ignores_signing_token` is a server where that feature's flag is off; `rate_limit` counts requests a minute;
    `blocks_local_network` refuses hooks to loopback and private addresses, as GitLab does unless it is told otherwise;
    `makes_access_tokens` is off where a licence is lacking, and `longest_token_days` is their longest life.
    """

    def __init__(self, forge: Forge, sender: Sender) -> None:
        self.forge = forge
        self.state = forge.state
        self.sender = sender
        self.merge_requests: dict[tuple[int, int], MergeRequest] = {}
        self.notes: dict[int, Note] = {}
        self.drafts: dict[int, Draft] = {}
        self.awards: dict[int, Award] = {}
        self.statuses: dict[int, Status] = {}
        self.hooks: dict[int, Hook] = {}
        self.uses: dict[tuple[str, int, str], list[datetime]] = {}
        self.access_tokens: dict[int, AccessToken] = {}
        self.version = VERSION
        self.ignores_signing_token = False
        self.blocks_local_network = False
        self.makes_access_tokens = True
        self.longest_token_days = 365
        self.rate_limit: int | None = None

    def project(self, key: str) -> Repository | None:
        """Find a project by its id or by its whole path."""
        if key.isdecimal():
            return next((repo for repo in self.state.repositories.values() if repo.id == int(key)), None)
        owner, _, name = key.rpartition("/")
        return self.state.repository(owner, name)

    def next_merge_request(self, repo_id: int) -> int:
        """Return the number of a project's next merge request."""
        return 1 + max((number for repo, number in self.merge_requests if repo == repo_id), default=0)

    def keep_merge_request(self, request: MergeRequest) -> None:
        """Put a new or changed merge request on its shelf."""
        self.merge_requests[request.repo_id, request.number] = request

    def subject_of(self, note: Note) -> Subject:
        """Return what a note is on."""
        shelf = self.merge_requests if note.kind == "merge_request" else self.state.issues
        return shelf[note.repo_id, note.number]

    def touch(self, subject: Subject, time: datetime) -> None:
        """Note that something happened on an issue or merge request."""
        if isinstance(subject, MergeRequest):
            self.keep_merge_request(dataclasses.replace(subject, updated_at=time))
        else:
            self.state.keep_issue(dataclasses.replace(subject, updated_at=time))

    def notes_of(self, subject: Subject) -> list[Note]:
        """Return the notes on a subject, oldest first."""
        place = (subject.repo_id, kind_of(subject), subject.number)
        return [note for note in self.notes.values() if (note.repo_id, note.kind, note.number) == place]

    def count_notes(self, subject: Subject) -> int:
        """Return how many notes people wrote on a subject."""
        return sum(not note.system for note in self.notes_of(subject))

    def revoke(self, token: AccessToken) -> None:
        """Take an access token away."""
        del self.access_tokens[token.id]
        del self.state.tokens[digest(token.secret)]

    def hooks_of(self, repo: Repository) -> list[Hook]:
        """Return a project's hooks."""
        return [hook for hook in self.hooks.values() if hook.repo_id == repo.id]
