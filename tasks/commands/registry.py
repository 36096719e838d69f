"""Finds the commands: every module of this package that holds a `Command`."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Mapping

import tasks.commands
from tasks.commands.work import Work

Handler = Callable[[Work], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A handler with its name and the line that `/codex help` shows; it returns the job's outcome in a few words.

    A `free` one is answered whatever the repository's `.codex.toml` says, even where that cannot be read.
    """

    name: str
    help: str
    run: Handler
    free: bool = False


def command(name: str, *, help: str, free: bool = False) -> Callable[[Handler], Command]:  # noqa: A002  # the field's word
    """Make a handler into a command."""
    return lambda handler: Command(name, help, handler, free)


def switchable() -> list[str]:
    """Return the names of the commands that a repository may switch on and off."""
    return [name for name, found in discover().items() if not found.free]


def discover() -> Mapping[str, Command]:
    """Import the modules of this package and return their commands by name."""
    modules = [
        importlib.import_module(f"tasks.commands.{info.name}") for info in pkgutil.iter_modules(tasks.commands.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Command)]
    return {item.name: item for item in sorted(found, key=lambda item: item.name)}
