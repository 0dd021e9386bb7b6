"""Random schemas of the subset that the simulator supports; each has an instance."""

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
NAMES = ["name", "total", "date", "items", "kind", "customer", "is_open", "note-2"]
FORMATS = ["date", "date-time", "email", "uri", "uuid", "hostname", "ipv4"]
PATTERNS = [
    "^[A-Z]{3}-[0-9]{2,4}$",
    r"^\d{2}-\d{2}$",
    "^(red|green)$",
    "[a-z]+@[a-z]+",
    r"^\+?[0-9 ]{6,20}$",
    r"^[^,]{2,5}$",
]


def texts() -> st.SearchStrategy[Schema]:
    sized = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(
        lambda p: {"type": "string", "minLength": min(p), "maxLength": max(p)}
    )
    formatted = st.sampled_from(FORMATS).map(lambda f: {"type": "string", "format": f})
    patterned = st.sampled_from(PATTERNS).map(lambda p: {"type": "string", "pattern": p})
    return st.one_of(st.just({"type": "string"}), sized, formatted, patterned)


def numbers() -> st.SearchStrategy[Schema]:
    bounds = st.tuples(st.integers(-50, 50), st.integers(0, 100))
    between = st.builds(
        lambda kind, b: {"type": kind, "minimum": b[0], "maximum": b[0] + b[1]},
        st.sampled_from(["integer", "number"]),
        bounds,
    )
    strictly = st.builds(
        lambda kind, b: {
            "type": kind,
            "exclusiveMinimum": b[0],
            "exclusiveMaximum": b[0] + b[1] + 2,
        },
        st.sampled_from(["integer", "number"]),
        bounds,
    )
    stepped = st.builds(
        lambda step, low: {"type": "number", "multipleOf": step, "minimum": low},
        st.sampled_from([0.01, 0.5, 2, 3, 7.5]),
        st.integers(-20, 20),
    )
    return st.one_of(between, strictly, stepped)


def leaves() -> st.SearchStrategy[Schema]:
    values = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("abc", max_size=3))
    enums = st.lists(values, min_size=1, max_size=4).map(lambda v: {"enum": v})
    consts = st.one_of(values, st.just({"x": [1]})).map(lambda v: {"const": v})
    plain = st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["integer", "null"]}])
    return st.one_of(texts(), numbers(), enums, consts, plain)


def objects(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    @st.composite
    def made(draw: st.DrawFn) -> Schema:
        properties = draw(st.dictionaries(st.sampled_from(NAMES), inner, max_size=4))
        schema: Schema = {"type": "object", "properties": properties}
        if properties:
            names = st.sampled_from(sorted(properties))
            schema["required"] = draw(st.lists(names, unique=True))
        schema |= draw(
            st.sampled_from(
                [
                    {},
                    {"additionalProperties": False},
                    {"additionalProperties": {"type": "integer"}, "minProperties": 2},
                    {"patternProperties": {"^x-": {"type": "string"}}},
                ]
            )
        )
        return schema

    return made()


def arrays(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    plain = st.builds(
        lambda i, low, more: {"type": "array", "items": i, "minItems": low, "maxItems": low + more},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    unique = st.builds(
        lambda low: {
            "type": "array",
            "items": {"type": "string"},
            "minItems": low,
            "uniqueItems": True,
        },
        st.integers(0, 5),
    )
    tuples = st.builds(
        lambda p: {"type": "array", "prefixItems": p, "items": False, "minItems": len(p)},
        st.lists(inner, min_size=1, max_size=3),
    )
    containing = inner.map(lambda i: {"type": "array", "contains": i, "items": {}})
    return st.one_of(plain, unique, tuples, containing)


def combined(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    any_of = st.lists(inner, min_size=1, max_size=3).map(lambda c: {"anyOf": c})
    all_of = inner.map(lambda i: {"allOf": [i, {"title": "twice"}]})
    tagged = st.lists(inner, min_size=1, max_size=3).map(
        lambda c: {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": f"kind {n}"}, "value": child},
                    "required": ["kind", "value"],
                }
                for n, child in enumerate(c)
            ]
        }
    )
    return st.one_of(any_of, all_of, tagged)


def nested() -> st.SearchStrategy[Schema]:
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(objects(inner), arrays(inner), combined(inner)),
        max_leaves=8,
    )


def with_definitions() -> st.SearchStrategy[Schema]:
    """A root whose properties refer to definitions, one of which refers to itself."""

    def root(leaf: Schema, other: Schema, needed: bool) -> Schema:
        tree = {
            "type": "object",
            "properties": {
                "name": {"$ref": "#/$defs/leaf"},
                "next": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
            "required": ["name", "next"] if needed else ["name", "children"],
        }
        return {
            "$defs": {"leaf": leaf, "tree": tree},
            "type": "object",
            "properties": {"tree": {"$ref": "#/$defs/tree"}, "other": other},
            "required": ["tree", "other"],
        }

    return st.builds(root, leaves(), nested(), st.booleans())
