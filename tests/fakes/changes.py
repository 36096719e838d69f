"""Changes of one or many files, as git would write their diff."""

from collections.abc import Sequence

from bot.diff import FileDiff, parse_diff


def added(path: str, lines: Sequence[str]) -> FileDiff:
    """Return a new file."""
    head = (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
    )
    return parse_diff(head + "".join(f"+{line}\n" for line in lines))[0]


def changed(path: str, before: Sequence[str], after: Sequence[str], *, at: int = 1, heading: str = "") -> FileDiff:
    """Return a file of which the lines `before`, from number `at` on, became the lines `after`."""
    return hunks(path, (at, before, after), heading=heading)


def hunks(path: str, *parts: tuple[int, Sequence[str], Sequence[str]], heading: str = "") -> FileDiff:
    """Return a file with a hunk for each (old number, lines before, lines after)."""
    text, shift = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n", 0
    for at, before, after in parts:
        old, new = at - (not before), at + shift - (not after)
        text += f"@@ -{old},{len(before)} +{new},{len(after)} @@ {heading}".rstrip() + "\n"
        text += "".join(f"-{line}\n" for line in before) + "".join(f"+{line}\n" for line in after)
        shift += len(after) - len(before)
    return parse_diff(text)[0]


def binary(path: str) -> FileDiff:
    """Return a changed picture."""
    return parse_diff(f"diff --git a/{path} b/{path}\nBinary files a/{path} and b/{path} differ\n")[0]


def renamed(old: str, new: str) -> FileDiff:
    """Return a file that only got another name."""
    return parse_diff(f"diff --git a/{old} b/{new}\nsimilarity index 100%\nrename from {old}\nrename to {new}\n")[0]
