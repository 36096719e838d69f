"""The part of a pull request that says what is proven, which newer evidence can take the place of."""

import re

from tasks.commands.templates import render
from tasks.verify.evidence import Evidence

_UNVERIFIED = "[unverified] "
# Nobody else can write these: what comes from strangers, tests and models is defused.
_PROOF = re.compile(r"<!-- proof -->.*?<!-- end of proof -->", re.DOTALL)


def render_proof(evidence: Evidence, *, issue: int = 0, title: str = "", before: str = "", after: str = "") -> str:
    """Return the part as Markdown; the issue by number and title if there is one, the commits in words if known."""
    return render("proof.md.j2", evidence=evidence, issue=issue, title=title, before=before, after=after)


def replace_proof(body: str, proof: str) -> str:
    """Return the body of a pull request with this proof instead of an older one; where that is gone, at the top."""
    if _PROOF.search(body):
        return _PROOF.sub(lambda _old: proof, body, count=1)
    return f"{proof}\n\n{body}"


def titled(title: str, evidence: Evidence) -> str:
    """Return the title of a pull request with this evidence, whatever it said before."""
    plain = title.removeprefix(_UNVERIFIED)
    return plain if evidence.verified else f"{_UNVERIFIED}{plain}"
