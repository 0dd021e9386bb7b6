"""Makes an answer: it satisfies the schema, and says what the document says where it can."""

import json
from collections import OrderedDict
from hashlib import sha256
from typing import Any

from providers.simulator.counters import MARK
from providers.simulator.document import Document
from providers.simulator.fill import MISSING, Filler
from providers.simulator.place import Place
from providers.simulator.repair import repaired
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
    value = satisfying(schema, Document(document))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def satisfying(schema: Any, document: Document) -> Any:
    """A value that satisfies the schema; the nearest to one if none was found."""
    if not isinstance(schema, dict):
        return None if schema is False else {}
    checker = checker_for(schema)
    value = Filler(schema).fill(schema, Place(document=document))
    if value is not MISSING and not checker.errors(value):
        return value
    nothing = Document("")
    for seed in range(SEEDS):
        plain = Filler(schema, seed).fill(schema, Place(document=nothing))
        for wrong in (value, plain):
            if wrong is not MISSING:
                value, left = repaired(wrong, plain, checker)
                if not left:
                    return value
    return None if value is MISSING else value
