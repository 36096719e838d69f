"""Opens the pull request that sets the bot up in a repository; nothing is changed before people merge it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import UserError
from bot.events import FileChange
from bot.intake import LABEL
from bot.repo_config import FILE
from tasks.commands.admission import Found, config_of, find_config
from tasks.commands.registry import command, discover
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.context.checkout import check_out
from tasks.context.detect import count_languages, find_test_commands
from tasks.publish import Place, Proposal
from tasks.verify.suite import pytest_arguments

BRANCH = "codex/configure"
TITLE = "Configure Codex Bot"
_THERE, _OPEN, _CLOSED, _FREE = "there", "open", "closed", "free"


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """What was found when the job began: the pull request's address where it is open, the place where it is free."""

    verdict: str
    url: str = ""
    place: Mapping[str, str] = dataclasses.field(default_factory=dict)


@command("configure", help="open a pull request that sets the bot up in this repository", free=True)
def configure(work: Work) -> str:
    """Propose a `.codex.toml`, once; where one is there or was proposed, say so."""
    found = find_config(work)
    # Decided once: what a later attempt finds may be what this one made.
    stand = Stand(**work.once("stand", lambda: dataclasses.asdict(_look(work, found))))
    if stand.verdict == _FREE:
        return _propose(work, Place(**stand.place))
    values = {"asker": work.event.asker.login, "branch": BRANCH, "file": FILE}
    if stand.verdict == _THERE:
        text = found.content.decode(errors="replace")
        work.publisher.reply(render("configure/there.md.j2", **values, text=text, problem=_problem(found)))
    else:
        work.publisher.reply(render(f"configure/{stand.verdict}.md.j2", **values, url=stand.url))
    return f"{stand.verdict}: {stand.url or FILE}"


def _look(work: Work, found: Found) -> Stand:
    if found.text is not None:
        return Stand(_THERE)
    opened = work.forge.find_pull_request(work.event.repo, BRANCH)
    if opened is not None:
        return Stand(_OPEN, url=opened.url)
    if work.forge.head(work.event.repo, BRANCH) is not None:
        return Stand(_CLOSED)
    return Stand(_FREE, place=dataclasses.asdict(work.publisher.place(BRANCH)))


def _problem(found: Found) -> str:
    try:
        config_of(found)
    except UserError as error:
        return error.message
    return ""


def _propose(work: Work, place: Place) -> str:
    values = _detect(_tree(work, place.parent))
    content = render("configure/codex.toml.j2", **values) + "\n"
    commands = [each for each in discover().values() if not each.free]
    body = render(
        "configure/pull_request.md.j2",
        **values,
        asker=work.event.asker.login,
        branch=place.branch,
        base=place.base,
        commands=commands,
        label=LABEL,
        required=work.hands.options.require_config,
        sandbox=work.hands.self_test.ok,
    )
    proposal = Proposal(
        title=TITLE,
        body=body,
        message=f"{TITLE}\n\nAsked for in {work.event.issue.subject}.",
        changes=[FileChange(FILE, content.encode())],
        draft=False,
    )
    opened = work.publisher.pull_request(place, proposal)
    asker = work.event.asker.login
    work.publisher.reply(render("configure/opened.md.j2", asker=asker, file=FILE, url=opened.url))
    return f"opened: {opened.url}"


def _tree(work: Work, sha: str) -> Path:
    tree = work.folder / "tree"
    clone = work.forge.clone(work.event.repo)
    check_out(clone, sha, tree, scratch=work.folder, cancelled=lambda: work.stopped() is not None)
    if (tree / FILE).exists() or (tree / FILE).is_symlink():
        raise UserError(f"`{FILE}` was added while this job ran.", mend="Ask again to see what it holds.")
    return tree


def _detect(tree: Path) -> dict[str, Any]:
    tests = find_test_commands(tree)
    return {
        "file": FILE,
        "languages": count_languages(tree),
        "tests": tests[0] if tests else None,
        "further_tests": tests[1:],
        "runnable": bool(tests) and pytest_arguments(tests[0].words) is not None,
    }
