"""What stands round a patch, how its path is named, and how its markers are spelt."""

import re
from random import Random

from edits.changes import Draft, lines_of
from edits.write import longer_fence, search_replace

CHATTER = (
    ("Sure! Here is the change you asked for:\n\n", "\nThat should do it. Let me know if the tests pass.\n"),
    ("<think>\nThe user wants a small change. I'd edit one place.\n</think>\n\n", ""),
    ("## Plan\n\n1. Find the place.\n2. Change it.\n\n---\n\n", "\n**Note:** nothing else was touched.\n"),
    ("I looked at `docs/elsewhere.md` too, which needs nothing.\n\n", "\n```sh\npytest -q\n```\n"),
)


def chatter(reply: str, random: Random) -> str:
    before, after = random.choice(CHATTER)
    return before + reply + after


def crlf_reply(reply: str, _random: Random) -> str | None:
    return None if "\r" in reply else reply.replace("\n", "\r\n")


def in_one_more_fence(reply: str, _random: Random) -> str:
    fence = longer_fence(lines_of(reply))
    return f"{fence}markdown\n{reply}{fence}\n"


FENCE = re.compile(r"^```([a-z]*)$", re.MULTILINE)


def _own_fences(reply: str) -> bool:
    """Say whether all fences of a reply are those round its patches: none belongs to the text."""
    return len(FENCE.findall(reply)) == reply.count("```") == 2 * max(1, reply.count("\n<<<<<<< SEARCH\n"))


def longer(reply: str, _random: Random) -> str | None:
    return FENCE.sub(r"`````\1", reply) if _own_fences(reply) else None


def tildes(reply: str, _random: Random) -> str | None:
    return FENCE.sub(r"~~~\1", reply) if _own_fences(reply) else None


def no_fence(reply: str, _random: Random) -> str | None:
    return FENCE.sub("", reply) if _own_fences(reply) else None


# --- paths ---


def prefixed(path: str, random: Random) -> str:
    return random.choice(["./{}", "our-repo/{}", "/{}", "a/{}", "workspace/our-repo/{}"]).format(path)


def base_name(path: str, _random: Random) -> str | None:
    return path.rpartition("/")[2] if "/" in path else None


def decorated(path: str, random: Random) -> str:
    return random.choice(["`{}`", "**{}**", "### `{}`", "File: {}", "# {}", "{}:", "**`{}`:**"]).format(path)


# --- markers ---

OTHER_MARKS = (
    ("<<<<<<< ORIGINAL", "=======", ">>>>>>> UPDATED"),
    ("<<<<<<<< SEARCH", "========", ">>>>>>>> REPLACE"),
    ("<<<<<<< search", "=======", ">>>>>>> replace"),
    ("<<<<<<<SEARCH", "=======", ">>>>>>>REPLACE"),
    ("<<<<<<< SEARCH ", "======= ", ">>>>>>> REPLACE "),
    ("<<<<<< SEARCH", "======", ">>>>>> REPLACE"),
    ("------- SEARCH", "=======", "+++++++ REPLACE"),
    ("<<<<<<< SEARCH:", "=======", ">>>>>>> REPLACE:"),
    ("<<<<<<< HEAD", "=======", ">>>>>>> new"),
)


def other_marks(made: Draft, random: Random) -> str:
    return search_replace(made, marks=random.choice(OTHER_MARKS))


def git_header(patch: str, random: Random) -> str:
    first, second, rest = patch.split("\n", 2)
    name = first.removeprefix("--- a/")
    stamp = "\t2026-03-01 12:00:00.000000000 +0100"
    return random.choice(
        [
            f"diff --git a/{name} b/{name}\nindex 83db48f..bf2a9c1 100644\n{patch}",
            f"--- {name}\n+++ {name}\n{rest}",
            f"{first}{stamp}\n{second}{stamp}\n{rest}",
            f"Index: {name}\n{'=' * 67}\n{patch}",
            f"diff -u a/{name} b/{name}\n{patch}",
        ]
    )


def other_patch_marks(patch: str, random: Random) -> str:
    words = random.choice(
        [
            (("*** Begin Patch", "***Begin Patch"), ("*** End Patch", "***End Patch")),
            (("*** Begin Patch", "*** begin patch"), ("*** End Patch", "*** end patch")),
            (("*** Begin Patch", "*** Begin Patch ***"), ("*** End Patch", "*** End Patch ***")),
            (("*** Update File: ", "*** Update File:"),),
            (("*** Update File: ", "*** Modify File: "),),
        ]
    )
    for word, other in words:
        patch = patch.replace(word, other)
    return patch


def no_end(patch: str, _random: Random) -> str:
    return patch.removesuffix("*** End Patch\n")


def heredoc(reply: str, random: Random) -> str:
    call = random.choice(["apply_patch <<'EOF'", "apply_patch << EOF", '$ apply_patch <<"PATCH"'])
    word = "PATCH" if "PATCH" in call else "EOF"
    return reply.replace("*** Begin Patch", f"{call}\n*** Begin Patch", 1).replace(
        "*** End Patch\n", f"*** End Patch\n{word}\n"
    )
