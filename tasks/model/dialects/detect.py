"""Finding out which kind of model server answers, by asking it."""

from bot.errors import UserError
from tasks.model.completion import ServedModel
from tasks.model.dialects.llamacpp import LlamaCpp
from tasks.model.dialects.protocol import Dialect
from tasks.model.dialects.tgi import Tgi
from tasks.model.dialects.vllm import Vllm
from tasks.model.questions import Questions


def detect(ask: Questions) -> tuple[Dialect, ServedModel]:
    """Return the first dialect that the server speaks, and what it serves. Raises as `Questions` does."""
    dialects: tuple[Dialect, ...] = (Tgi(), LlamaCpp(), Vllm())
    for dialect in dialects:
        served = dialect.served(ask)
        if served is not None:
            return dialect, served
    raise UserError(
        f"What answers at {ask.endpoint.url} is no model server that I know (TGI, llama.cpp, vLLM).",
        mend="Check the model server's URL: it is the server's root.",
    )
