"""ruff: Python's own mistakes (https://docs.astral.sh/ruff/rules)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import TOOLS, Remark, Tier, Tool, Worth, ends, entries
from tasks.review.finding import Category, Severity

# Chosen for few false alarms on good code; where one prefix is not worth it as a whole, its codes are named.
POSTED = (
    *("E711", "E722", "E9", "F402", "F404", "F406", "F407", "F5", "F6", "F7"),
    *("F811", "F821", "F823", "F842", "F901"),
    *("B002", "B003", "B004", "B005", "B006", "B012", "B013", "B014", "B015", "B016", "B017", "B020", "B021", "B022"),
    *("B023", "B025", "B029", "B030", "B031", "B032", "B033", "B035", "B039", "B909", "B911"),
    *("S103", "S113", "S201", "S202", "S302", "S306", "S307", "S323", "S501", "S506", "S508", "S509", "S602"),
    *("S604", "S605", "S608", "S609", "S610", "S611", "S612", "S701", "S702"),
    *("DTZ003", "DTZ004", "RUF006", "RUF016", "RUF018", "RUF020", "RUF024", "RUF026", "RUF032", "RUF034", "RUF040"),
    *("RUF048", "RUF060", "RUF064", "RUF069"),
    *("ASYNC100", "ASYNC105", "ASYNC115", "ASYNC116", "ASYNC210", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230"),
    *("ASYNC250", "ASYNC251", "LOG001", "LOG002", "LOG007", "PLE", "PLW0128", "PLW0129", "PLW0131", "PLW0133"),
    *("PLW0177", "PLW0244", "PLW0604", "PLW0711", "PLW1501", "PLW1507", "PLW1509", "PLW2101", "PLR0124", "TRY203"),
    *("PT010", "PT014", "PT025", "PT026", "PT031", "FAST", "YTT", "INT", "PIE794", "PIE796"),
)
# Often right, but not often enough to be said without a second opinion.
HINTED = (
    *("S105", "S106", "S107", "S104", "S108", "S110", "S112", "S324", "SIM115", "B008", "B018", "B026", "B034"),
    *("DTZ005", "PLR1704", "E721", "A002", "F822", "PT015", "RUF009", "RUF043"),
)
NEVER = ("F541", "PLE0704")
_WORTH = (
    (re.compile(r"S\d"), Worth(Severity.MAJOR, Category.SECURITY)),
    (re.compile(r"F8[12]|E9|F5|F6|F7|B006|B012|B023|B909|PLE|RUF006"), Worth(Severity.MAJOR, Category.BUG)),
    (re.compile(r"PT"), Worth(Severity.MINOR, Category.TEST)),
    (re.compile(r"ASYNC"), Worth(Severity.MINOR, Category.PERFORMANCE)),
    (re.compile(r""), Worth(Severity.MINOR, Category.BUG)),
)


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)):
        # What does not parse has no code in some versions.
        code = found["code"] or "invalid-syntax"
        worth = next(worth for pattern, worth in _WORTH if pattern.match(code))
        tier = Tier.HINT if code in HINTED else Tier.POST
        if code == "invalid-syntax":
            worth = Worth(Severity.MAJOR, Category.BUG)
        name = str(found.get("name") or "")
        more = f"https://docs.astral.sh/ruff/rules/{name}/" if re.fullmatch(r"[a-z-]+", name) else ""
        span = (int(found["location"]["row"]), int(found["end_location"]["row"]))
        yield Remark(
            str(found["filename"]),
            [span],
            code,
            str(found["message"]),
            Worth(worth.severity, worth.category, tier),
            "" if code == "invalid-syntax" else more,
        )


RUFF = Tool(
    name="ruff",
    takes=ends(".py", ".pyi"),
    argv=(
        *(f"{TOOLS}/bin/ruff", "check", "--isolated", "--no-cache", "--preview", "--ignore-noqa", "--exit-zero"),
        # The newest, or the syntax of newer versions would be called wrong.
        *("--target-version", "py314", "--output-format", "json", "--quiet"),
        *("--select", ",".join([*POSTED, *HINTED]), "--ignore", ",".join(NEVER), "--"),
    ),
    needs=(f"{TOOLS}/bin/ruff",),
    read=_read,
    codes=frozenset({0}),
    about="mistakes in Python",
)
