"""Answers with what can be asked, and guesses what a mistyped command meant."""

import difflib

from tasks.commands import registry
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work


@command("help", help="say what can be asked", free=True)
def help_(work: Work) -> str:
    """Post the list of commands; an unknown one is answered with the nearest that exists."""
    known = registry.discover()
    asked = work.job.kind
    near = "" if asked in known else next(iter(difflib.get_close_matches(asked, list(known), n=1)), "")
    work.publisher.reply(
        render("help.md.j2", asked=asked, unknown=asked not in known, near=near, commands=list(known.values()))
    )
    return "helped" if asked in known else f"unknown command: {asked}"
