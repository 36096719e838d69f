"""Every way in which replies go wrong that concerns one change of one file; `MODES` is the list of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from edits import broken, headings, moves, shapes, slips, stages, whole_slips, wrapping
from edits.cases import EITHER, NOTHING, REFUSE, Case, Remake, Steps, make
from edits.changes import Change, Draft, draft
from edits.headings import headed
from edits.stages import distinct, long_context, plain, single
from edits.write import BEGIN_PATCH, FORMATS, SEARCH_REPLACE, UNIFIED, WHOLE

BLOCKS = (SEARCH_REPLACE, UNIFIED, BEGIN_PATCH)
DIFFS = (UNIFIED, BEGIN_PATCH)
# A reply whose own text holds such lines is read otherwise by every tool; what to do then is not measured here.
ESCAPED = re.compile(r"&(?:quot|#x27|#39);|&lt;(?:!--|[/=])|[=-]&gt;|&gt;=|&amp;&amp;")
MARKERS = re.compile(
    r"^[ +-]?\s{0,3}(<{5,}|={5,}|>{5,}|-{5,} SEARCH|\*\*\* |--- |\+\+\+ |@@ |@@$|diff --git )", re.MULTILINE
)

Build = Callable[[Change, str, Random], Case | None]


@dataclass(frozen=True, slots=True)
class Mode:
    """A slip: the formats in which it is made, and what makes a case of a change."""

    name: str
    forms: tuple[str, ...]
    build: Build


def _clear(build: Build) -> Build:
    """Leave out changes whose own lines look like a format's."""
    return lambda change, form, random: None if reads_otherwise(change) else build(change, form, random)


def reads_otherwise(change: Change) -> bool:
    """Say whether the letter of a reply is not what is meant by it, whoever wrote it.

    So it is with the markers of a format, entities in the midst of operators or for quotes, and an indentation by tabs
    in a file that is indented by spaces alone, or the other way round.
    """
    text = f"{change.before}\n{change.after}"
    before, after = (
        {line[0] for line in part.split("\n") if line.startswith((" ", "\t"))} for part in (change.before, change.after)
    )
    return bool(MARKERS.search(text) or ESCAPED.search(text)) or (len(before) == 1 and not after <= before)


def built(name: str, steps: Steps | Callable[[str], Steps]) -> Build:
    def build(change: Change, form: str, random: Random) -> Case | None:
        if reads_otherwise(change) or change.before == change.after:
            return None
        return make(form, name, steps(form) if callable(steps) else steps, change, random)

    return build


def _mode(name: str, forms: tuple[str, ...], steps: Steps | Callable[[str], Steps]) -> Mode:
    return Mode(name, forms, built(name, steps))


def _rows(name: str, forms: tuple[str, ...], rows: Remake, stage: Callable[[Change, Random], Draft] = distinct) -> Mode:
    return _mode(name, forms, Steps(stage, rows=rows))


MODES = (
    _mode("none", FORMATS, Steps(plain)),
    _rows("trailing space", BLOCKS, slips.trailing_space),
    _rows("trailing space to find", BLOCKS, slips.trailing_space_to_find),
    _mode("trailing space on disk", BLOCKS, Steps(distinct, on_disk=stages.trailing)),
    _rows("indentation", BLOCKS, slips.indentation),
    _rows("tabs for spaces", BLOCKS, slips.tabs),
    _mode("spaces for tabs", BLOCKS, Steps(distinct, on_disk=stages.tabbed)),
    _rows("no-break spaces", BLOCKS, slips.hard_spaces),
    _rows("elided context", (SEARCH_REPLACE, UNIFIED), slips.elided, long_context),
    _rows("blank line dropped", BLOCKS, slips.blank_dropped),
    _rows("typo in context", BLOCKS, slips.typo),
    _mode("CRLF file", FORMATS, Steps(plain, on_disk=stages.crlf)),
    _mode("CRLF reply", FORMATS, Steps(plain, wrapped=wrapping.crlf_reply)),
    _mode("no final newline", FORMATS, Steps(plain, on_disk=stages.unended)),
    _mode("path prefix", FORMATS, Steps(plain, path=wrapping.prefixed)),
    _mode("base name", FORMATS, Steps(plain, path=wrapping.base_name)),
    _mode("path decorated", (SEARCH_REPLACE, WHOLE), Steps(plain, path=wrapping.decorated)),
    _mode("chatter", FORMATS, Steps(plain, wrapped=wrapping.chatter)),
    _mode("longer fence", FORMATS, Steps(plain, wrapped=wrapping.longer)),
    _mode("tildes", FORMATS, Steps(plain, wrapped=wrapping.tildes)),
    _mode("no fence", BLOCKS, Steps(plain, wrapped=wrapping.no_fence)),
    _mode("fence in a fence", FORMATS, Steps(plain, wrapped=wrapping.in_one_more_fence)),
    _rows("HTML escapes", BLOCKS, slips.escaped),
    _rows("HTML escapes", (WHOLE,), whole_slips.whole_escaped, plain),
    _rows("typographic quotes", BLOCKS, slips.curly),
    _rows("line numbers", (SEARCH_REPLACE,), slips.gutter),
    _rows("line numbers", (WHOLE,), whole_slips.whole_numbered, plain),
    _mode("marker variants", (SEARCH_REPLACE,), Steps(plain, write=wrapping.other_marks)),
    _mode("marker variants", (UNIFIED,), Steps(plain, body=wrapping.git_header)),
    _mode("marker variants", (BEGIN_PATCH,), Steps(plain, body=wrapping.other_patch_marks)),
    _mode("wrong numbers", (UNIFIED,), Steps(plain, write=headed(UNIFIED, headings.wrong_numbers))),
    _mode("wrong counts", (UNIFIED,), Steps(plain, write=headed(UNIFIED, headings.wrong_counts))),
    _mode("no counts", (UNIFIED,), Steps(plain, write=headed(UNIFIED, headings.no_counts))),
    _mode("no numbers", (UNIFIED,), Steps(plain, write=headed(UNIFIED, headings.no_numbers))),
    _mode("no @@", DIFFS, lambda form: Steps(single, write=headed(form, headings.no_line))),
    _mode("zero context", (UNIFIED,), Steps(lambda change, _random: draft(change, context=0, widen=False))),
    _mode("untagged context", DIFFS, lambda form: Steps(plain, write=headings.untagged(form))),
    _mode("heading above", DIFFS, lambda form: Steps(plain, write=headings.named_above(form))),
    Mode("anchor", (BEGIN_PATCH,), moves.anchored),
    _mode("no end", (BEGIN_PATCH,), Steps(plain, body=wrapping.no_end)),
    _mode("heredoc", (BEGIN_PATCH,), Steps(plain, wrapped=wrapping.heredoc)),
    _mode("two places", (SEARCH_REPLACE, BEGIN_PATCH), Steps(stages.bare_site, want=REFUSE)),
    _mode("two places", (UNIFIED,), Steps(stages.bare_site)),
    _mode("already applied", FORMATS, Steps(plain, on_disk=stages.done, want=NOTHING)),
    _mode("truncated", FORMATS, lambda form: Steps(plain, body=broken.cut(form), wrapped=broken.unclosed, want=REFUSE)),
    _mode("elided file", (WHOLE,), Steps(plain, write=broken.with_dots, want=EITHER)),
    _mode("touching blocks", BLOCKS, Steps(stages.touching)),
    _mode("blocks backwards", (SEARCH_REPLACE,), Steps(plain, rows=stages.backwards)),
    Mode("moved lines", FORMATS, _clear(moves.moved)),
    *(Mode(name, FORMATS, _clear(shapes.shaped(name))) for name in shapes.SHAPES),
    Mode("new file", FORMATS, _clear(shapes.new_file)),
    Mode("deleted file", DIFFS, _clear(shapes.deleted)),
    Mode("renamed file", DIFFS, _clear(shapes.renamed)),
    Mode("several files", FORMATS, _clear(shapes.together)),
    Mode("mixed formats", FORMATS, _clear(shapes.mixed)),
)
