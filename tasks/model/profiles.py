"""What a model is good at, guessed from its name; measured where we could, cautious where we could not."""

import dataclasses
import re
from typing import Literal

_TOY_BELOW = 2.0  # billions of parameters
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)([mb])(?![a-z0-9])", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """How to ask a model: in which form it writes changes, how many samples to draw, and how boldly.

    `note` is for the person who reads the result; it is empty when there is nothing to say.
    """

    edit_format: Literal["whole", "search_replace"]
    samples: int
    temperature: float
    frequency_penalty: float
    is_toy: bool
    note: str


def profile_for(model_name: str, wanted: Literal["auto", "small", "large"] = "auto") -> Profile:
    """Return the profile for a model's name; below two billion parameters it is a toy that rewrites whole files.

    A name without a size counts as grown up: the check of its answers is the same for all. Who knows better says
    which way of asking is `wanted`; a toy stays one.
    """
    size = parameters(model_name)
    is_toy = size is not None and size < _TOY_BELOW
    note = f"{model_name} is a toy model: good for seeing everything work, not for real work." if is_toy else ""
    if wanted == "large" or (wanted == "auto" and not is_toy):
        return Profile("search_replace", samples=4, temperature=0.2, frequency_penalty=0.0, is_toy=is_toy, note=note)
    # Without the penalty a model this small goes on writing functions that nobody asked for.
    return Profile("whole", samples=8, temperature=0.3, frequency_penalty=0.3, is_toy=is_toy, note=note)


def parameters(model_name: str) -> float | None:
    """Return the billions of parameters that a name tells: 0.135 for `SmolLM2-135M-Instruct`, None if it does not."""
    sizes = [float(number) * (0.001 if unit in "mM" else 1.0) for number, unit in _SIZE.findall(model_name)]
    return max(sizes, default=None)
