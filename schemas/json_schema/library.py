"""jsonschema, without what makes its import slow and large.

Its iri formats import rfc3987_syntax, which compiles a grammar: 0.6 s and 18 MB in each process.
Its duration format imports arrow, for one call of it, with the month names of every language.
Stand-ins that load the real ones at the first iri and the first duration take their places.
"""

import importlib
import sys
import threading
import types
from typing import Any

SYNTAX, ARROW = "rfc3987_syntax", "arrow"
_lock = threading.Lock()


def _real(name: str) -> Any:
    with _lock:
        if sys.modules.get(name) is _stand_ins[name]:
            del sys.modules[name]
    return importlib.import_module(name)


_stand_ins = {name: types.ModuleType(name) for name in (SYNTAX, ARROW)}
_stand_ins[SYNTAX].is_valid_syntax = (  # type: ignore[attr-defined]
    lambda rule, value: bool(_real(SYNTAX).is_valid_syntax(rule, value))
)
_stand_ins[ARROW].__getattr__ = lambda name: getattr(_real(ARROW), name)  # type: ignore[method-assign]
for _name, _module in _stand_ins.items():
    sys.modules.setdefault(_name, _module)

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
