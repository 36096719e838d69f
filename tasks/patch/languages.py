"""Which files the language named on a fence can belong to."""

import posixpath

_FAMILIES = {
    "python py python3 pyi": ".py .pyi .pyw",
    "javascript js jsx typescript ts tsx mjs cjs vue svelte": ".js .jsx .ts .tsx .mjs .cjs .mts .cts .vue .svelte",
    "c h cpp c++ cc objc cuda": ".c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .cu .cuh .ino",
    "go golang": ".go",
    "rust rs": ".rs",
    "java kotlin kt scala groovy": ".java .kt .kts .scala .groovy .gradle",
    "ruby rb": ".rb .rake .gemspec",
    "php": ".php",
    "csharp cs c#": ".cs .csx",
    "swift": ".swift",
    "css scss sass less": ".css .scss .sass .less",
    "html htm xml svg": ".html .htm .xml .svg .vue .j2 .jinja .jinja2",
    "yaml yml": ".yml .yaml",
    "toml": ".toml .lock",
    "json jsonc json5": ".json .jsonc .json5 .ipynb .webmanifest",
    "markdown md": ".md .markdown .mdx",
    "rst": ".rst",
    "sql": ".sql",
}
# Commands and their output: shown to be typed or read, hardly ever a file's content.
_SPOKEN = {
    "sh bash zsh shell ksh fish": ".sh .bash .zsh .ksh .fish",
    "console shell-session terminal output log stdout cmd bat powershell ps1": ".bat .cmd .ps1 .log",
    "text txt plaintext plain": ".txt .md .rst",
    "diff patch": ".diff .patch",
}
_SUFFIXES = {
    word: frozenset(suffixes.split())
    for family, suffixes in {**_FAMILIES, **_SPOKEN}.items()
    for word in family.split()
}
_KNOWN_SUFFIXES = frozenset().union(*_SUFFIXES.values())
_NEVER_ELSEWHERE = frozenset(["console", "shell-session", "terminal", "output", "log", "stdout", "diff", "patch"])


def language_fits(language: str, path: str) -> bool:
    """Say whether a fence marked with `language` can hold the file at `path`; unknown words fit anything."""
    suffixes = _SUFFIXES.get(language)
    if suffixes is None:
        return True
    suffix = posixpath.splitext(path)[1].lower()
    if suffix in suffixes:
        return True
    return suffix not in _KNOWN_SUFFIXES and language not in _NEVER_ELSEWHERE
