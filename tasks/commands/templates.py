"""Renders the Jinja files beside the commands; an undefined name is an error, never an empty string."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from tasks.quoting import code, defuse, fence, first_characters, last_lines, one_line


def render(name: str, **values: object) -> str:
    """Render a template such as `implement/status.md.j2`."""
    environment = Environment(
        loader=PackageLoader("tasks.commands"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # Markdown and prompts, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    filters = (code, defuse, fence, first_characters, last_lines, one_line)
    environment.filters.update({function.__name__: function for function in filters})
    return environment.get_template(name).render(**values).strip()
