"""Programming languages by the endings of their files."""

from collections.abc import Mapping
from pathlib import PurePosixPath

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "c": (".c", ".h"),
    "c++": (".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx"),
    "c#": (".cs", ".csx"),
    "css": (".css", ".scss", ".sass", ".less"),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "go": (".go",),
    "haskell": (".hs",),
    "html": (".html", ".htm", ".vue", ".svelte"),
    "java": (".java",),
    "javascript": (".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"),
    "kotlin": (".kt", ".kts"),
    "lua": (".lua",),
    "perl": (".pl", ".pm"),
    "php": (".php",),
    "python": (".py", ".pyi", ".pyw"),
    "r": (".r",),
    "ruby": (".rb", ".rake"),
    "rust": (".rs",),
    "scala": (".scala",),
    "shell": (".sh", ".bash", ".zsh"),
    "sql": (".sql",),
    "swift": (".swift",),
    "typescript": (".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"),
}
_BY_ENDING: dict[str, frozenset[str]] = {
    ending: frozenset(name for name, endings in LANGUAGES.items() if ending in endings)
    for ending in {ending for endings in LANGUAGES.values() for ending in endings}
}


def languages_of(path: str) -> frozenset[str]:
    """Return the languages that a file may be written in; none for prose, settings and data."""
    return _BY_ENDING.get(PurePosixPath(path).suffix.lower(), frozenset())
