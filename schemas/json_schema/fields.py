"""Asks again for only what was wrong in an answer, and puts it back."""

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.json_schema.places import child_schema, required_names
from schemas.json_schema.pointers import INDEX, escape, steps
from schemas.json_schema.transplant import Transplant
from schemas.json_schema.validate import SchemaError

Schema = dict[str, Any]
MAX_FIELDS = 20  # past these the whole answer is asked for again


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What to ask for: an object with a property per place, `field_1` for the first pointer."""

    schema: Schema
    pointers: tuple[str, ...]  # into the answer; none inside another
    optional: frozenset[str]  # of these, what the answer may leave out, and is left out then


def failing_fields(schema: Schema, value: Any, errors: Sequence[SchemaError]) -> Fields | None:
    """The places that `errors` of `value` are at, with the schema to ask for them.

    None when all of the answer must be asked for again: its root is at fault, over 20 places
    are, or the schema does not say what belongs there. Needs a schema that lint passed.
    """
    places: dict[str, list[str]] = {}
    for error in errors:
        places.setdefault(_place(schema, value, error), []).append(error.detail)
    kept = sorted((p for p in places if not _covered(p, places)), key=_in_order)
    if not kept or "" in places or len(kept) > MAX_FIELDS:
        return None
    transplant, properties, optional = Transplant(schema), {}, set()
    for index, pointer in enumerate(kept):
        found = _described(schema, value, pointer)
        if found is None:
            return None
        part, required = found
        properties[name_of(index)] = _noted(transplant.copy(part), pointer, places[pointer])
        if not required:
            optional.add(pointer)
    asked: Schema = {
        "type": "object",
        "properties": properties,
        "required": [name_of(i) for i, pointer in enumerate(kept) if pointer not in optional],
        "additionalProperties": False,
    }
    if transplant.definitions:
        asked["$defs"] = transplant.definitions
    return Fields(schema=asked, pointers=tuple(kept), optional=frozenset(optional))


def merge(
    value: Any, pointers: Sequence[str], answer: Any, *, optional: Collection[str] = ()
) -> Any:
    """A copy of `value` with the answer's `field_1`, `field_2`, ... put at the pointers.

    What the answer leaves out stays, and is removed where it is optional. Raises nothing.
    """
    if not isinstance(answer, dict):
        return value
    out = [copy.deepcopy(value)]
    for index, pointer in enumerate(pointers):
        *above, last = ["0", *steps(pointer)]
        parent = _at(out, above)
        if name_of(index) in answer:
            _put(parent, last, answer[name_of(index)])
        elif pointer in optional and isinstance(parent, dict):
            parent.pop(last, None)
    return out[0]


def name_of(index: int) -> str:
    """The property of the asked object that stands for pointer number `index`, from 0."""
    return f"field_{index + 1}"


def _place(schema: Schema, value: Any, error: SchemaError) -> str:
    """Where an error is at: of a missing property that is the property, not the object."""
    holder = _at(value, steps(error.pointer))
    if not isinstance(holder, dict) or not error.detail.endswith(" is required"):
        return error.pointer
    node: Any = schema
    inner = value
    for step in steps(error.pointer):
        node = child_schema(schema, node, inner, step)
        inner = _at(inner, [step])
    for name in required_names(schema, node):
        if name not in holder and error.detail == f"{name!r} is required":
            return f"{error.pointer}/{escape(name)}"
    return error.pointer


def _covered(pointer: str, places: Collection[str]) -> bool:
    cuts = [at for at, char in enumerate(pointer) if char == "/"]
    return any(pointer[:at] in places for at in cuts)


def _in_order(pointer: str) -> list[tuple[int, str]]:
    return [(int(s), "") if INDEX.fullmatch(s) else (0, s) for s in steps(pointer)]


def _described(root: Schema, value: Any, pointer: str) -> tuple[Any, bool] | None:
    """The schema of a place and whether something must be there; None when that is not said."""
    node: Any = root
    required = True
    for step in steps(pointer):
        if not isinstance(value, dict | list):
            return None
        required = isinstance(value, list) or step in required_names(root, node)
        node = child_schema(root, node, value, step)
        if not isinstance(node, dict) or not node:
            return None
        value = _at(value, [step])
    return node, required


def _noted(part: Schema, pointer: str, faults: Sequence[str]) -> Schema:
    words = f"What belongs at {pointer}; the last answer's was wrong: {'; '.join(faults)[:500]}"
    described = part.get("description")
    return {**part, "description": f"{described}\n\n{words}" if described else words}


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and INDEX.fullmatch(step) and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _put(parent: Any, step: str, value: Any) -> None:
    if isinstance(parent, dict):
        parent[step] = value
    elif isinstance(parent, list) and INDEX.fullmatch(step):
        if int(step) < len(parent):
            parent[int(step)] = value
        elif int(step) == len(parent):
            parent.append(value)
