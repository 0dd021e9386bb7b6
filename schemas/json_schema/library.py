"""jsonschema, without what makes its import slow.

Its iri formats import rfc3987_syntax, which compiles a grammar: 0.6 s and 18 MB in each process.
A stand-in that loads the real one at the first iri takes its place.
"""

import importlib
import sys
import types

NAME = "rfc3987_syntax"


def _is_valid_syntax(rule: str, value: str) -> bool:
    if sys.modules.get(NAME) is _stand_in:
        del sys.modules[NAME]
    return bool(importlib.import_module(NAME).is_valid_syntax(rule, value))


_stand_in = types.ModuleType(NAME)
_stand_in.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]
sys.modules.setdefault(NAME, _stand_in)

from jsonschema import Draft202012Validator, FormatChecker  # noqa: E402
from jsonschema.exceptions import FormatError, ValidationError, best_match  # noqa: E402
from jsonschema.validators import extend  # noqa: E402

__all__ = [
    "Draft202012Validator",
    "FormatChecker",
    "FormatError",
    "ValidationError",
    "best_match",
    "extend",
]
