"""hadolint: Dockerfiles, and the shell in them (https://github.com/hadolint/hadolint/wiki)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import MORE, OURS, Remark, Tier, Tool, Worth, entries
from tasks.analysis.tools import shellcheck
from tasks.review.finding import Category, Severity

# What does something else than its author thinks; the rest is taste or a matter of size.
_POSTED = frozenset(
    [
        *("DL1000", "DL3000", "DL3007", "DL3010", "DL3011", "DL3012", "DL3021", "DL3022", "DL3023", "DL3024"),
        *("DL3043", "DL3044", "DL3061", "DL4003", "DL4004"),
    ]
)
_NAME = re.compile(r"(?:^|/)(?:dockerfile|containerfile)(?:\.[\w-]+)?$|\.(?:dockerfile|containerfile)$")


def _takes(path: str, _: str) -> bool:
    return _NAME.search(path.lower()) is not None


def _worth(code: str, level: str) -> Worth:
    if code.startswith("SC"):
        return shellcheck.worth(int(code[2:]), level)
    severity = Severity.MAJOR if level == "error" else Severity.MINOR
    return Worth(severity, Category.BUG, Tier.POST if code in _POSTED else Tier.HINT)


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)):
        code, line = str(found["code"]), int(found["line"])
        if not re.fullmatch(r"(?:DL|SC)\d{4}", code):
            raise ValueError("no code of a rule")
        more = (
            "https://github.com/hadolint/hadolint/wiki" if code.startswith("DL") else "https://www.shellcheck.net/wiki"
        )
        yield Remark(
            str(found["file"]),
            [(line, line)],
            code,
            str(found["message"]),
            _worth(code, str(found["level"])),
            f"{more}/{code}",
        )


HADOLINT = Tool(
    name="hadolint",
    takes=_takes,
    argv=(
        *(f"{MORE}/bin/hadolint", "-c", f"{OURS}/hadolint.yaml", "--disable-ignore-pragma", "--no-fail"),
        *("--format", "json", "--"),
    ),
    needs=(f"{MORE}/bin/hadolint",),
    read=_read,
    about="Dockerfiles",
)
