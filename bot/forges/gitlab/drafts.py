"""Drafts as GitLab has them: a merge request is one as long as its title begins so.

https://docs.gitlab.com/user/project/merge_requests/drafts/
"""

import re

_MARK = "Draft: "
_MARKS = re.compile(r"(?:\s*(?:draft:|\[draft\]|\(draft\)))+\s*", re.IGNORECASE)


def titled(title: str, *, draft: bool) -> str:
    """Return a title that says whether its merge request is a draft, whatever it said before."""
    plain = plain_title(title)
    return f"{_MARK}{plain}" if draft else plain


def plain_title(title: str) -> str:
    """Return a title without what makes a draft of its merge request."""
    found = _MARKS.match(title)
    return title[found.end() :] if found else title
