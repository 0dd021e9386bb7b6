"""Makes an answer: it satisfies the schema, and says what the document says where it can."""

import json
from collections import OrderedDict
from hashlib import sha256
from typing import Any

from providers.simulator.counters import MARK
from providers.simulator.document import Document
from providers.simulator.fill import Filler
from providers.simulator.place import MISSING, Place
from providers.simulator.repair import repaired
from providers.simulator.shapes import smallest
from schemas.json_schema.validate import checker_for

REMEMBERED = 4_096  # answers; a repeated call is answered at once
SEEDS = 6  # ways of choosing that are tried when the first does not satisfy

_answers: OrderedDict[bytes, str] = OrderedDict()


def answer(schema: Any, document: str) -> str:
    """The answer's text: JSON for a schema, a sentence without one. Equal input, equal text."""
    document = MARK.sub("", document)
    if schema is None:
        found = Document(document)
        return f"(simulated) {found.paragraph() or document.strip()[:200]}"
    text = json.dumps(schema)
    key = sha256(f"{len(text)} {text}{document}".encode(errors="surrogatepass")).digest()
    if key not in _answers:
        _answers[key] = _made(json.loads(text), document)
        if len(_answers) > REMEMBERED:
            _answers.popitem(last=False)
    _answers.move_to_end(key)
    return _answers[key]


def _made(schema: Any, document: str) -> str:
    try:
        value = satisfying(schema, Document(document))
    except RecursionError:  # what asked for the answer finds it invalid
        value = smallest(schema)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def satisfying(schema: Any, document: Document) -> Any:
    """A value that satisfies the schema; the nearest to one if none was found."""
    if not isinstance(schema, dict):
        return None if schema is False else {}
    checker = checker_for(schema)
    filler = Filler(schema)
    value = filler.fill(schema, Place(document=document))
    if value is not MISSING and not checker.errors(value):
        return value
    if filler.endless:  # too much to repair, and for nothing
        value = smallest(schema)
    nothing = Document("")
    for seed in range(SEEDS):
        filler = Filler(schema, seed)
        plain = filler.fill(schema, Place(document=nothing))
        if filler.endless:
            if not checker.errors(plain):
                return plain
            continue
        for wrong in (value, plain):
            if wrong is not MISSING:
                value, left = repaired(wrong, plain, checker)
                if not left:
                    return value
    return None if value is MISSING else value
