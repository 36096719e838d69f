"""Lines that stand in a file but for a few letters: the rest of them says where, and nothing else comes near."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz.distance import OSA

from tasks.patch.matching.lines import Lines
from tasks.patch.matching.wanted import Wanted

_LETTERS_A_SLIP = 12  # a line may differ by one letter for so many that it has, and by two at least
_LEAST_LETTERS = 8  # in a shorter line every difference may be meant
_LEAST_ALONE = 20  # of a line that has no other beside it
_COMPANY = 3  # good lines for each misspelt one that goes away
_MOST_COPIES = 50  # a line that stands more often says little about a place
_MOST_OFFSETS = 20
_GAP = 3  # times the difference of the best: what is no farther off than that may be meant as well


def find_misspelt(wanted: Wanted, lines: Lines) -> list[int]:
    """Return the places in `lines.keys` where the wanted keys stand, a few letters aside; several are as likely.

    At most one line in four is misspelt. One that goes away must have good ones for company, so one that stands alone
    must stay.
    """
    keys = wanted.keys
    found: dict[int, dict[int, int]] = {}
    for start in _offsets(keys, lines):
        slips = _slips(keys, lines.keys, start)
        if slips is not None:
            found[start] = slips
    best = min((sum(slips.values()) for slips in found.values()), default=0)
    likely = [start for start, slips in found.items() if sum(slips.values()) <= best * _GAP]
    return likely if all(_is_sure(wanted, found[start]) for start in likely) else []


def _offsets(keys: Sequence[str], lines: Lines) -> Iterable[int]:
    """Yield where the keys may begin, as far as lines that stand in the file tell; those that most lines tell first."""
    where: Mapping[str, list[int]] = defaultdict(list)
    wanted = set(keys)
    for place, key in enumerate(lines.keys):
        if key in wanted:
            where[key].append(place)
    votes = Counter(
        place - number
        for number, key in enumerate(keys)
        if len(where.get(key, ())) <= _MOST_COPIES
        for place in where.get(key, ())
    )
    if not votes and len(keys) == 1 and len(keys[0]) >= _LEAST_ALONE:
        return range(len(lines.keys))
    return [start for start, _ in votes.most_common(_MOST_OFFSETS) if 0 <= start <= len(lines.keys) - len(keys)]


def _slips(wanted: Sequence[str], keys: Sequence[str], start: int) -> dict[int, int] | None:
    """Return by how many letters lines differ, by their number; None where nobody would take them for those wanted."""
    slips: dict[int, int] = {}
    for number, key in enumerate(wanted):
        real = keys[start + number]
        if key == real:
            continue
        most = _most_letters(key) * _GAP
        distance = OSA.distance(key, real, score_cutoff=most)
        if distance > most or len(slips) >= (len(wanted) + 3) // 4:
            return None
        slips[number] = distance if _signs(key) == _signs(real) else most
    return slips


def _most_letters(key: str) -> int:
    return max(2, len(key) // _LETTERS_A_SLIP)


def _is_sure(wanted: Wanted, slips: Mapping[int, int]) -> bool:
    """Say whether lines are misspelt for sure, and not others that look like them."""
    keys = wanted.keys
    gone = [number for number in slips if wanted.solid[number] in wanted.deleted]
    return (
        all(
            len(keys[number]) >= _LEAST_LETTERS and letters <= _most_letters(keys[number])
            for number, letters in slips.items()
        )
        and len(keys) - len(slips) >= len(gone) * _COMPANY
    )


def _signs(line: str) -> str:
    """Return what is no letter in a line: another number or operator is no misspelling."""
    return "".join(sign for sign in line if not sign.isalpha() and not sign.isspace())
