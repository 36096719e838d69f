"""Looks at a change with everything there is: tools first, then the model; what the model says is checked by code."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.diff import FileDiff, Side
from bot.errors import CodexBotError
from bot.repo_config import RepoConfig
from tasks.analysis import Analysis, analyse
from tasks.analysis.registry import EVERY_TOOL
from tasks.commands.reading.files import read_file
from tasks.commands.reviewing.masked import Masked
from tasks.commands.work import Hands
from tasks.review.anchor import anchor_all
from tasks.review.asking import Once
from tasks.review.choice import merged
from tasks.review.finding import MODEL, Finding
from tasks.review.prompts import Brief
from tasks.review.reader import Material, Options, read
from tasks.review.suggestion import check_suggestion
from tasks.review.tally import Reading

_log = logging.getLogger(__name__)
_NEAR = 3  # lines between a finding and the fresh line that it is about


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What is looked at: the exact diff, the files of its head below `tree`, and which of its lines are fresh.

    `fresh` are new-side lines by path; None means all that the diff adds.
    """

    files: Sequence[FileDiff]
    tree: Path
    fresh: Mapping[str, frozenset[int]] | None = None

    def text(self, path: str) -> str | None:
        """Return a file of the head; None where it is not there, too large, binary or a link. Odd bytes are kept."""
        content = read_file(self.tree, path)
        return None if content is None else content.decode("utf-8", "surrogateescape")

    def texts(self, further: Sequence[str] = ()) -> dict[str, str]:
        """Return the files of the head that the diff names, and `further` ones, by path."""
        paths = dict.fromkeys([*(file.new_path for file in self.files if file.new_path), *further])
        found = ((path, self.text(path)) for path in paths if path)
        return {path: text for path, text in found if text is not None}


@dataclasses.dataclass(frozen=True, slots=True)
class Examined:
    """What was found, each finding at its exact lines and with a suggestion only if that may be applied by a click.

    `model` is the name of who read it, empty where none has read anything. `content` are the tools that looked and
    whose silence means something.
    """

    findings: tuple[Finding, ...]
    reading: Reading
    analysis: Analysis
    model: str = ""
    content: frozenset[str] = frozenset()


def examine(
    change: Change,
    brief: Brief,
    hands: Hands,
    config: RepoConfig,
    *,
    once: Once,
    cancelled: Callable[[], bool],
    patient: bool,
    reported: Sequence[Finding] = (),
) -> Examined:
    """Look at a change; `reported` are findings of others, such as the CI's.

    A model that is away raises its `RetryableError` if the caller is `patient`; otherwise the reading says so.
    """
    analysis, content = Analysis(), frozenset[str]()
    if config.review.tools and hands.analysers is not None:
        seconds = hands.options.analysis_seconds
        analysis = analyse(change.tree, change.files, hands.analysers, seconds=seconds, cancelled=cancelled)
        content = _content(analysis)
    shown = Masked(change.files, change.text, analysis.findings)
    material = Material(shown.files, brief, change.fresh, shown.text, config.opens, analysis.hints)
    options = Options(refute=config.review.refute, seconds=hands.options.model_seconds, raise_when_away=patient)
    reading = read(material, hands.model, options, once=once, cancelled=cancelled)
    for detail in reading.details:  # may hold the model server's address: for the log alone
        _log.warning("%s", detail)
    placed = anchor_all((*reported, *reading.findings), change.files)
    news = [finding for finding in placed if finding.source != MODEL or _is_new(finding, change)]
    # One for each problem now: what a tool told in an earlier review must not come again in the model's words.
    checked = tuple(merged([_checked(finding, change) for finding in (*analysis.findings, *news)]))
    model = _name(hands) if reading.covered or reading.findings else ""
    return Examined(checked, reading, analysis, model, content)


def _name(hands: Hands) -> str:
    with contextlib.suppress(CodexBotError):  # it has answered, and may be away again by now
        return hands.model.served().name
    return "a model"


def _content(analysis: Analysis) -> frozenset[str]:
    amiss = {each.partition(":")[0] for each in (*analysis.absent, *analysis.failed)}
    return frozenset(tool.name for tool in EVERY_TOOL) - amiss


def _checked(finding: Finding, change: Change) -> Finding:
    return check_suggestion(finding, change.text(finding.path) or "")


def _is_new(finding: Finding, change: Change) -> bool:
    """Say whether a finding is about what the change does to its lines, and not about what had stood there before."""
    if finding.first == 0:
        return True
    lines = set(_touched(finding.path, finding.side, change))
    return any(number in lines for number in range(finding.first - _NEAR, finding.last + _NEAR + 1))


def _touched(path: str, side: Side, change: Change) -> Iterator[int]:
    """Yield the lines of a file that are fresh; of the old file, those that are gone."""
    if side is Side.NEW and change.fresh is not None:
        yield from change.fresh.get(path, ())
        return
    other = Side.OLD if side is Side.NEW else Side.NEW
    for file in change.files:
        if path == (file.new_path if side is Side.NEW else file.old_path):
            for hunk in file.hunks:
                yield from (line.number(side) or 0 for line in hunk.lines if line.number(other) is None)
