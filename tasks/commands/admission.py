"""Holds a job to the repository's own rules: `.codex.toml`, as it stood on the default branch when the job began."""

import dataclasses

from bot.errors import UserError
from bot.intake import require_config, require_leave
from bot.repo_config import DEFAULTS, FILE, LARGEST, RepoConfig
from bot.repo_config_text import read_config
from tasks.commands import registry
from tasks.commands.work import Work
from tasks.context.tip import read_tip


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The file at the commit that was the default branch's newest; `text` is None where there is no such file.

    Bytes that are no UTF-8 are kept as surrogates.
    """

    sha: str
    text: str | None

    @property
    def content(self) -> bytes:
        """Return the file's bytes; none where there is no file."""
        return (self.text or "").encode("utf-8", "surrogateescape")


def admit(work: Work, command: str) -> Work:
    """Return the work with the repository's config, by which its publisher is bound from now on.

    Raises `RefusalError` when these people may not give this command here, `UserError` when the file cannot be used
    or is not there and must be.
    """
    found = find_config(work)
    if work.hands.options.require_config:
        require_config(work.event, is_there=found.text is not None)
    config = config_of(found)
    require_leave(work.forge, work.event, config, command)
    work.publisher.obey(config)
    return dataclasses.replace(work, config=config)


def wants_silence(work: Work) -> bool:
    """Say whether who may not command here gets no answer; where the file cannot be used, they get one."""
    try:
        return config_of(find_config(work)).access.refusals == "silent"
    except UserError:
        return False


def find_config(work: Work) -> Found:
    """Read the file once for all attempts at a job: a change of the rules does not change a job half way.

    Who has a job tried again that had ended asks anew, and by the rules of then.
    """
    name = f"config {work.job.round}" if work.job.round else "config"
    return Found(**work.once(name, lambda: dataclasses.asdict(_read(work))))


def config_of(found: Found) -> RepoConfig:
    """Return what a file means; raises `UserError` when it cannot be used."""
    return DEFAULTS if found.text is None else read_config(found.content, registry.switchable())


def _read(work: Work) -> Found:
    tip = read_tip(
        work.forge.clone(work.event.repo),
        FILE,
        scratch=work.folder,
        largest=LARGEST,
        cancelled=lambda: work.stopped() is not None,
    )
    return Found(tip.sha, None if tip.content is None else tip.content.decode("utf-8", "surrogateescape"))
