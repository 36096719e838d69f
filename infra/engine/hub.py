"""Model files from the Hugging Face Hub, downloaded once into its cache."""

import dataclasses
import pathlib

import httpx2
import huggingface_hub
from huggingface_hub import constants, errors

from infra.engine.errors import EngineError

PREFIX = "hf:"
_PATIENCE = 10.0  # seconds


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where the Hub answers and where files are kept; None means huggingface_hub's own defaults."""

    endpoint: str | None = None
    cache: pathlib.Path | None = None


def fetch(model: str, source: Source) -> pathlib.Path:
    """Download `hf:owner/repo[:file]` with a progress bar, unless the cache has it; return its path.

    Without `:file` the repository must hold exactly one GGUF file. Raises `EngineError` with the next step.
    """
    repo, _, file = model.removeprefix(PREFIX).partition(":")
    try:
        return _cached(repo, file, source) or _download(repo, file, source)
    except errors.HFValidationError as error:
        raise EngineError(f"{repo!r} is not the name of a repository.", mend="Write hf:owner/repo[:file].") from error
    except errors.GatedRepoError as error:
        raise EngineError(
            f"The Hub asks you to accept the terms of {repo} first.",
            mend="Accept them on the model's page, then run `hf auth login`.",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise EngineError(
            f"The Hub has no model repository {repo}, or hides it.",
            mend="Check the spelling; for a private one run `hf auth login`.",
        ) from error
    except errors.RemoteEntryNotFoundError as error:
        raise EngineError(
            f"The repository {repo} has no file {file}.", mend=f"Leave the file out to see what there is: hf:{repo}."
        ) from error
    except (httpx2.HTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        raise EngineError(
            f"Cannot reach the Hub for {repo}.",
            mend="Check the network and HF_HUB_OFFLINE, or download the file elsewhere and give its path to --model.",
        ) from error


def _cached(repo: str, file: str, source: Source) -> pathlib.Path | None:
    if not file:
        return None
    path = huggingface_hub.try_to_load_from_cache(repo, file, cache_dir=source.cache)
    return pathlib.Path(path) if isinstance(path, str) else None


def _download(repo: str, file: str, source: Source) -> pathlib.Path:
    # Without this question a Hub out of reach is tried six times, half a minute long.
    huggingface_hub.get_session().head(source.endpoint or constants.ENDPOINT, timeout=_PATIENCE)
    wanted = file or _only_file(repo, source)
    return pathlib.Path(huggingface_hub.hf_hub_download(repo, wanted, endpoint=source.endpoint, cache_dir=source.cache))


def _only_file(repo: str, source: Source) -> str:
    listed = huggingface_hub.HfApi(endpoint=source.endpoint).list_repo_files(repo)
    # `mmproj` files hold the eyes of a model that also reads pictures; alone they are no language model.
    files = [file for file in listed if file.endswith(".gguf") and not file.rpartition("/")[2].startswith("mmproj")]
    if len(files) == 1:
        return files[0]
    if not files:
        raise EngineError(
            f"The repository {repo} holds no GGUF file.", mend="Look for one whose name ends in -GGUF on the Hub."
        )
    choices = "\n".join(f"  --model hf:{repo}:{file}" for file in sorted(files))
    raise EngineError(f"The repository {repo} holds {len(files)} GGUF files.", mend=f"Choose one:\n{choices}")
