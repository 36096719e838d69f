"""What a repository says about the bot in its own `.codex.toml`: pure, from the text of the file to its meaning."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from bot.globs import matches, problem_of
from bot.languages import LANGUAGES, languages_of

FILE = ".codex.toml"
LARGEST = 32 * 1024  # bytes
_MOST = 100  # entries of a list
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")


def _checked_glob(pattern: str) -> str:
    problem = problem_of(pattern)
    if problem:
        raise ValueError(problem)
    return pattern


def _checked_language(name: str) -> str:
    if name not in LANGUAGES:
        raise ValueError(f"must name languages of this list, in lower case: {', '.join(LANGUAGES)}")
    return name


Name = Annotated[str, Field(min_length=1, max_length=100)]
Glob = Annotated[str, AfterValidator(_checked_glob)]
Language = Annotated[str, AfterValidator(_checked_language), Field(json_schema_extra={"enum": list(LANGUAGES)})]
Level = Literal["info", "minor", "major", "critical"]
Names = Annotated[tuple[Name, ...], Field(max_length=_MOST)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=_MOST)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Commands(_Table):
    """Which commands are answered. What is about jobs (help, status, cancel, retry) always is."""

    enabled: Names | SkipJsonSchema[None] = Field(default=None, description="only these; without it, all")
    disabled: Names = Field(default=(), description="not these")


class Access(_Table):
    """Who may give commands. Nobody without write permission ever may."""

    who: Literal["write", "admin"] | Names = Field(
        default="write",
        description='"write": who has write permission; "admin": who administers the repository; or a list of accounts '
        "with write permission, beside which administrators always may",
    )
    refusals: Literal["comment", "silent"] = Field(
        default="comment", description='"comment": who may not is told so in one comment; "silent": gets no answer'
    )

    @field_validator("who", mode="before")
    @classmethod
    def _a_word_or_accounts(cls, given: Any) -> Any:
        if given in ("write", "admin") or (isinstance(given, list | tuple) and all(map(_is_login, given))):
            return given
        raise ValueError('must be "write", "admin" or a list of account names without @')

    def names(self, login: str) -> bool:
        """Say whether an account stands in the list; forges do not tell upper case from lower."""
        return not isinstance(self.who, str) and login.lower() in {name.lower() for name in self.who}


class Paths(_Table):
    """Patterns as in .gitignore: what the model may see and change. The tests that are run see every file."""

    include: Globs | SkipJsonSchema[None] = Field(
        default=None, description="the model sees and changes only these files; without it, all"
    )
    exclude: Globs = Field(default=(), description="the model neither sees nor changes these files")
    protected: Globs = Field(
        default=(),
        description="the model may see these files, but only people change them; besides those that decide how the "
        "repository is built, checked and guarded, which are always protected",
    )


class Review(_Table):
    """How pull requests are reviewed. Whatever is found, the bot neither approves nor asks for changes."""

    automatic: Annotated[tuple[Literal["opened", "ready", "pushed", "requested"], ...], Field(max_length=4)] = Field(
        default=("opened", "ready", "pushed", "requested"),
        description="when a pull request is reviewed without a command; empty: never",
    )
    floor: Level = Field(default="minor", description="what is less severe is not said")
    confidence: float = Field(default=0.5, ge=0, le=1, description="what is less certain is not said")
    most: int = Field(default=10, ge=1, le=50, description="remarks of one review; the rest is listed in its summary")
    refute: bool = Field(default=True, description="let the model try to refute each of its findings first")
    tools: bool = Field(default=True, description="run static analysis beside the model")
    fail_on: Literal["never", "minor", "major", "critical"] = Field(
        default="never", description="the check fails while something as severe as this is open"
    )
    incomplete: Literal["neutral", "failure"] = Field(
        default="neutral", description="what the check says of a review that could not be done, or not wholly"
    )


class Describe(_Table):
    """What `/codex describe` does beside writing its part of a pull request's description."""

    labels: bool = Field(default=True, description="label the pull request by effort and risk, as codex/...")


class Model(_Table):
    """How the model is asked."""

    profile: Literal["auto", "small", "large"] = Field(
        default="auto",
        description='"small": one file, written again whole; "large": edits in several files; "auto": by its name',
    )
    language: str = Field(
        default="English",
        pattern=r"^[A-Za-z][A-Za-z ()\-]{1,39}$",
        description="the language that it answers people in",
    )


class Tests(_Table):
    """How the tests are run."""

    command: Annotated[tuple[str, ...], Field(min_length=1, max_length=_MOST)] | SkipJsonSchema[None] = Field(
        default=None,
        description='a list of words, such as ["pytest", "-q", "tests/unit"]; only pytest can be run today, with any '
        "other command each change is an unverified draft",
    )


class RepoConfig(_Table):
    """The whole file; every key has a default, so that an empty file changes nothing."""

    languages: Annotated[tuple[Language, ...], Field(max_length=_MOST)] = Field(
        default=(),
        description="source files in other languages are neither shown to the model nor changed; empty: all languages",
    )
    commands: Commands = Commands()
    access: Access = Access()
    paths: Paths = Paths()
    review: Review = Review()
    describe: Describe = Describe()
    model: Model = Model()
    tests: Tests = Tests()

    def answers(self, command: str) -> bool:
        """Say whether a command is switched on."""
        enabled = self.commands.enabled
        return (enabled is None or command in enabled) and command not in self.commands.disabled

    def opens(self, path: str) -> bool:
        """Say whether the model may see a file, and change it if it is not protected."""
        include, written_in = self.paths.include, languages_of(path)
        if self.languages and written_in and written_in.isdisjoint(self.languages):
            return False
        return (include is None or _covers(include, path)) and not _covers(self.paths.exclude, path)

    def protects(self, path: str) -> bool:
        """Say whether only people may change a file, beyond what is protected everywhere."""
        return _covers(self.paths.protected, path)


DEFAULTS = RepoConfig()


def schema() -> dict[str, Any]:
    """Return the JSON schema of the file, for editors."""
    made = RepoConfig.model_json_schema()
    for table in made["$defs"].values():
        for key in table["properties"].values():
            if key.get("default", "") is None:
                del key["default"]  # TOML knows no null: what is not set is left out
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _is_login(value: object) -> bool:
    return isinstance(value, str) and _LOGIN.fullmatch(value) is not None


def _covers(patterns: tuple[str, ...], path: str) -> bool:
    return any(matches(pattern, path) for pattern in patterns)
