"""Random schemas, each made with an instance that satisfies it."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from schemas.json_schema.lint import lint_schema
from schemas.json_schema.validate import checker_for

TEXT = {"type": "string"}


def obj(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), **more}


@st.composite
def leaves(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    made: list[tuple[dict[str, Any], Any]] = [
        ({"type": "string", "minLength": 1}, "ab"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "abc"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, 5),
        ({"type": "number", "multipleOf": 0.5}, 2.5),
        ({"type": "boolean"}, True),
        ({"type": ["string", "null"]}, None),
        ({"type": ["integer", "string"]}, "x"),
        ({"enum": ["a", 2, None]}, 2),
        ({"enum": ["a", 2, None]}, None),
        ({"const": "k"}, "k"),
        ({"type": "null"}, None),
        ({"type": "string", "enum": ["on", "off", 3]}, "on"),
    ]
    return draw(st.sampled_from(made))


Pair = tuple[dict[str, Any], Any]


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    parts = draw(st.dictionaries(st.sampled_from("abcd"), inner, min_size=1, max_size=4))
    given = draw(st.sets(st.sampled_from(sorted(parts))))
    needed = [name for name in given if draw(st.booleans())]
    schema = obj({name: part[0] for name, part in parts.items()}, *needed)
    if draw(st.booleans()):
        schema["additionalProperties"] = False
    if draw(st.booleans()):
        schema = {"allOf": [schema, {"type": "object", "minProperties": 0}]}
    return schema, {name: parts[name][1] for name in given}


@st.composite
def maps(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    """An object with names that are not known before, beside known ones or not."""
    schema, value = draw(inner)
    known, found = draw(objects(inner)) if draw(st.booleans()) else ({"type": "object"}, {})
    known = known["allOf"][0] if "allOf" in known else known
    out = {key: v for key, v in known.items() if key != "additionalProperties"}
    names = draw(st.sets(st.sampled_from(["x-1", "x-2", "key", "value", "other_properties", ""])))
    if draw(st.booleans()):
        out["additionalProperties"] = schema
        return out, {**found, **dict.fromkeys(names, value)}
    out["patternProperties"] = {"^x-": schema}
    if draw(st.booleans()):
        out["additionalProperties"] = False
    return out, {**found, **{n: value for n in names if n.startswith("x-")}}


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    schema, value = draw(inner)
    count = draw(st.integers(0, 3))
    return {"type": "array", "items": schema, "maxItems": 3}, [value] * count


@st.composite
def unions(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    pairs = draw(st.lists(inner, min_size=1, max_size=3))
    key = draw(st.sampled_from(["anyOf", "oneOf"]))
    return {key: [schema for schema, _ in pairs]}, draw(st.sampled_from(pairs))[1]


def hoisted(schema: Any, defs: dict[str, Any]) -> Any:
    """The schema with its objects and arrays moved to $defs."""
    if isinstance(schema, list):
        return [hoisted(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        key: {n: hoisted(c, defs) for n, c in value.items()}
        if key in ("properties", "patternProperties")
        else hoisted(value, defs)
        if key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties")
        else value
        for key, value in schema.items()
    }
    if out.get("type") in ("object", "array"):
        name = f"d{len(defs)}"
        defs[name] = out
        return {"$ref": f"#/$defs/{name}"}
    return out


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    schema, value = draw(
        st.recursive(
            leaves(), lambda i: objects(i) | maps(i) | arrays(i) | unions(i), max_leaves=10
        )
    )
    if draw(st.booleans()):
        defs: dict[str, Any] = {}
        schema = {**hoisted(schema, defs), "$defs": defs}
    assume(lint_schema(schema) == [])
    assume(checker_for(schema).errors(value) == [])
    return schema, value
