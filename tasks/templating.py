"""How every Jinja file is read: prompts and comments, in which an undefined name is an error and never nothing."""

from collections.abc import Callable, Iterable

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment_of(package: str, filters: Iterable[Callable[..., str]]) -> Environment:
    """Return what renders the `templates` folder of a package; filters are called by the names of their functions."""
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # Markdown and prompts, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({function.__name__: function for function in filters})
    return environment
