"""Renders the Jinja files beside the commands; an undefined name is an error, never an empty string."""

import functools

from jinja2 import Environment

from tasks.quoting import code, defuse, fence, first_characters, last_lines, one_line
from tasks.templating import environment_of


def render(name: str, **values: object) -> str:
    """Render a template such as `implement/status.md.j2`."""
    return _environment().get_template(name).render(**values).strip()


@functools.cache
def _environment() -> Environment:
    return environment_of("tasks.commands", (code, defuse, fence, first_characters, last_lines, one_line))
