"""Whether a log is one that SARIF's own schema allows.

`sarif_2_1_0.json` is the schema of SARIF 2.1.0 as @microsoft/sarif-multitool-linux 5.7.0 carries it, without its prose
(every `title` and `description` that is not the name of a property); its licence is LICENSE-sarif.
"""

import functools
import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator


def complaints(log: Any) -> list[str]:
    """Return everything that the schema has against a parsed log."""
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in _validator().iter_errors(log)]


@functools.cache
def _validator() -> Draft202012Validator:
    schema = json.loads(files(__package__).joinpath("sarif_2_1_0.json").read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
