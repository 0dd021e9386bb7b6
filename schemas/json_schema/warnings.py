"""What a schema says in vain: it may be used, and is probably not what was meant."""

import difflib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from schemas.json_schema.assertions import FORMATS, identity
from schemas.json_schema.keywords import SHAPES
from schemas.json_schema.kinds import KEYWORDS
from schemas.json_schema.limits import MAX_REPORTED
from schemas.json_schema.lint import Finding
from schemas.json_schema.pointers import escape, walk

KNOWN = frozenset(name for names, _, _ in SHAPES for name in names) | {"$ref", "const", "default"}
NEEDS = {
    "then": "if",
    "else": "if",
    "minContains": "contains",
    "maxContains": "contains",
}
OF_TYPE = {
    **dict.fromkeys(KEYWORDS["object"], "object"),
    **dict.fromkeys((*KEYWORDS["array"], "contains"), "array"),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(KEYWORDS["number"], "number"),
}
MAX_UNKNOWN = 500  # keywords of one subschema
Warned = tuple[str, str, str]  # step or steps below the subschema, code, detail


def schema_warnings(schema: dict[str, Any]) -> list[Finding]:
    """Of a schema that `lint_schema` passed; at most 50."""
    found = (
        Finding(pointer=f"{at}/{step}" if step else at, code=code, detail=detail)
        for at, node in walk(schema)
        for step, code, detail in _of_node(node)
    )
    return list(islice(found, MAX_REPORTED))


def _of_node(node: dict[str, Any]) -> Iterator[Warned]:
    yield from _keywords(node)
    yield from _ignored(node)
    yield from _branches(node)
    name = node.get("format")
    if name is not None and name not in FORMATS.checkers:
        yield "format", "unknown_format", f"{name!r} is no format that is checked"
    for name in node.get("required", ()) if "properties" in node else ():
        if name not in node["properties"] and not node.keys() & {"allOf", "$ref"}:
            detail = f"{name!r} is required and not described"
            yield "required", "undescribed_required", detail


def _keywords(node: dict[str, Any]) -> Iterator[Warned]:
    # Each is held against all keywords: of very many the rest is not looked at.
    for key in [key for key in node if key not in KNOWN][:MAX_UNKNOWN]:
        near = difflib.get_close_matches(key, KNOWN, n=1, cutoff=0.8)
        if near:
            detail = f"is no keyword and says nothing; did you mean {near[0]!r}?"
            yield escape(key), "unknown_keyword", detail


def _ignored(node: dict[str, Any]) -> Iterator[Warned]:
    for key, other in NEEDS.items():
        if key in node and other not in node:
            yield key, "ignored_keyword", f"says nothing without {other!r}"
    kinds = node.get("type")
    if kinds is None:
        return
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    kinds |= {"number"} if "integer" in kinds else set()
    for key in node:
        if key in OF_TYPE and OF_TYPE[key] not in kinds:
            yield key, "ignored_keyword", f"says nothing of a value that is no {OF_TYPE[key]}"


def _branches(node: dict[str, Any]) -> Iterator[Warned]:
    own = _types(node)
    for key in ("anyOf", "oneOf"):
        seen: set[Any] = set()
        for index, branch in enumerate(node.get(key, ())):
            if branch is False or not _meet(own, _types(branch)):
                detail = "no value that satisfies the rest satisfies this alternative"
                yield f"{key}/{index}", "dead_branch", detail
            elif key == "anyOf" and identity(branch) in seen:
                yield f"{key}/{index}", "dead_branch", "the same alternative stands before"
            seen.add(identity(branch))


def _types(node: Any) -> set[str] | None:
    kinds = node.get("type") if isinstance(node, dict) else None
    return None if kinds is None else {kinds} if isinstance(kinds, str) else set(kinds)


def _meet(one: set[str] | None, other: set[str] | None) -> bool:
    if one is None or other is None:
        return True
    both = [{*kinds, "integer"} if "number" in kinds else kinds for kinds in (one, other)]
    return bool(both[0] & both[1])
