"""llama.cpp's server inside this process, set up to be small, quiet and private."""

import dataclasses
import os
import socket

import xllamacpp

from infra.engine.errors import EngineError
from infra.engine.models import ModelFile

_ERRORS_ONLY, _CHATTY = 1, 3


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How to serve: `context` is tokens (prompt and answer) per request, `slots` is requests at a time."""

    host: str = "127.0.0.1"
    port: int = 8322
    context: int = 8192
    threads: int = 1
    slots: int = 1
    verbose: bool = False


def default_threads() -> int:
    """Return one thread less than there are cores: llama.cpp's threads spin, and one too many stalls them all."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


def start(model: ModelFile, options: Options) -> xllamacpp.Server:
    """Load the model and listen; returns when the server answers. It stops when the object goes away.

    The call holds the interpreter's lock for as long as loading takes. Raises `EngineError`.
    """
    _check_port(options.host, options.port)
    try:
        return xllamacpp.Server(_parameters(model, options))
    except RuntimeError as error:
        # The library has one message for every cause; llama.cpp's own words went to stderr.
        raise EngineError(
            f"llama.cpp could not load {model.path}: broken, incomplete, of an unknown kind, or too big.",
            mend="Read the lines above (--verbose shows more), fetch the file again, or try a smaller --context.",
        ) from error


def _parameters(model: ModelFile, options: Options) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model.path)
    parameters.model_alias = {model.name}
    parameters.hostnames = [options.host]
    parameters.port = options.port
    parameters.n_parallel = options.slots
    parameters.n_ctx = options.context * options.slots  # llama.cpp splits it evenly over the slots
    parameters.n_batch = 512  # between two batches llama.cpp notices that nobody waits for the answer any more
    parameters.cpuparams.n_threads = options.threads
    parameters.cpuparams_batch.n_threads = options.threads
    parameters.n_gpu_layers = 0
    parameters.fit_params = False
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.verbosity = _CHATTY if options.verbose else _ERRORS_ONLY
    parameters.cache_ram_mib = 0  # by default old prompts may fill 8 GiB
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.endpoint_props = False  # the route that changes them; reading them is always on
    # No page in somebody's browser may talk to the engine: by default llama.cpp invites every origin.
    parameters.cors_origins = ""
    parameters.cors_origins_explicit = True
    parameters.cors_credentials = False
    return parameters


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EngineError(
                f"Cannot listen on {host} port {port}: {error.strerror}.",
                mend="Stop what runs there, or choose another --port.",
            ) from error
