"""Says whether a tool and a model mean one problem, by their words alone; where that is unsure, it is two. Pure."""

import dataclasses
import re
from typing import Protocol

from tasks.review.finding import MODEL, Category

_SPAN = re.compile(r"`([^`]+)`|'([^' ]+)'|\"([^\" ]+)\"")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_WORD = re.compile(r"[a-z]{3,}")
_NOT = re.compile(r"\b(?:not|never|isn't|aren't) (?:been |be )?(?=\w{4})")  # "not defined" is "undefined"
_ENDINGS = re.compile(r"(?:ations?|ions?|ings?|ed|es|s|e|ly)$")
_STEM = 3  # letters that an ending leaves at least
# Words that titles have in common whatever they are about.
_EMPTY = re.compile(
    r"the|and|for|not|never|are|was|but|this|that|with|from|may|can|could|should|would|will|has|have|when|where|which|"
    r"than|then|here|there|does|doing|use|using|used|into|its|via|about|through|between|possible|possibly|potential|"
    r"potentially|likely|found|detected|identified|issue|problem|error|bug|warning|code|lines?|file|values?|variables?|"
    r"names?|functions?|methods?|class|arguments?|parameters?|calls?|statement|local|global|new|old|returns?|consider|"
    r"instead|always|some|any|each|one"
)
_HALF = 0.5
_FEW = 2  # words that say enough where no name of the code does

# A missing test or a wrong word about a problem is another problem.
_BESIDE = frozenset({Category.TEST, Category.DOCS})


class Said(Protocol):
    """A finding of now, or one that is remembered."""

    @property
    def source(self) -> str:
        """Return who says it."""

    @property
    def category(self) -> str:
        """Return what kind of trouble it is."""

    @property
    def rule(self) -> str:
        """Return what was broken."""

    @property
    def title(self) -> str:
        """Return it in one line."""


def is_told_twice(one: Said, other: Said) -> bool:
    """Say whether a tool and a model tell one problem of the same lines, whatever category each puts it into."""
    if (one.source == MODEL) is (other.source == MODEL) or _BESIDE & {one.category, other.category}:
        return False
    tool, model = (other, one) if one.source == MODEL else (one, other)
    return means_the_same(tool.title, tool.rule, model.title)


@dataclasses.dataclass(frozen=True, slots=True)
class _Title:
    """What a title is made of: the names of the code that it marks as such, all its words, and the telling ones."""

    names: frozenset[str]
    words: frozenset[str]
    telling: frozenset[str]

    @classmethod
    def of(cls, title: str, rule: str = "") -> "_Title":
        spans = [next(filter(None, match.groups())) for match in _SPAN.finditer(title)]
        names = frozenset(name for span in spans for name in _IDENTIFIER.findall(span))
        plain = _NOT.sub("un", f"{_SPAN.sub(' ', title)} {rule}".lower())
        # A rule's code is no word, its name is: "template-injection", and not "F821".
        telling = (word for word in _WORD.findall(re.sub(r"\b\w*\d\w*\b", " ", plain)) if not _EMPTY.fullmatch(word))
        return cls(names, frozenset(_IDENTIFIER.findall(title)), frozenset(map(_stem, telling)))


def means_the_same(told: str, rule: str, said: str) -> bool:
    """Say whether a tool, by its title and rule, and a model, by its title, speak of one problem of the same lines.

    They must share more than half of the telling words of the shorter title, and two of them; one will do where it is
    all that title tells and both name the same thing of the code. Who name different things never mean the same.
    """
    tool, model = _Title.of(told, rule.partition("/")[2]), _Title.of(said)
    common = (tool.names & model.words) | (model.names & tool.words)
    if tool.names and model.names and not common:
        return False
    code = {_stem(name.lower()) for name in common}
    one, other = tool.telling - code, model.telling - code
    shared, shorter = len(one & other), min(len(one), len(other))
    return shared > shorter * _HALF and shared >= (1 if common and shared == shorter else _FEW)


def _stem(word: str) -> str:
    short = _ENDINGS.sub("", word)
    return short if len(short) >= _STEM else word
