"""Of random schemas: the relaxed one covers it, stays in the vendor's subset, and comes back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.json_schema.dialects import DIALECTS, WRAP, modes, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.pointers import walk
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.strategies import Pair, pairs
from tests.unit.json_schema.vendor_writing import encoded


@settings(max_examples=300, deadline=None)
@given(pairs(), st.sampled_from(sorted(DIALECTS)))
def test_the_relaxed_schema_covers_the_original_and_comes_back(pair: Pair, dialect: str) -> None:
    schema, value = pair
    for mode in modes(schema, dialect):
        shaped = plan(schema, dialect, mode)
        written = {WRAP: value} if shaped.wrapped else value
        if mode in ("native", "strict_tool"):
            written = encoded(shaped, value)
        assert checker_for(shaped.schema or {}).errors(written) == []
        restored = shaped.restore(written)
        assert checker_for(schema).errors(restored) == []
        if mode in ("tool", "prompt"):
            assert restored == value


ALLOWED = {
    "openai": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"
    " minItems maxItems",
    "anthropic": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description format minItems",
    "gemini": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description format minItems maxItems minimum maximum prefixItems",
}


def inside(relaxed: dict[str, Any], dialect: str) -> None:
    """A checker of the vendor's documented rules, apart from the code that follows them."""
    assert lint_schema(relaxed) == []
    for _, node in walk(relaxed):
        assert node.keys() <= set(ALLOWED[dialect].split()), node
        assert node.keys() & {"type", "anyOf", "$ref"}
        if "$ref" in node:
            assert not {key for key in node if not key.startswith("$")}
        if node.get("type") == "object" and dialect != "gemini":
            assert node["additionalProperties"] is False
        if node.get("type") == "object" and dialect == "openai":
            assert list(node["properties"]) == node["required"]
        if node.get("type") == "array":
            assert "items" in node or "prefixItems" in node
        if dialect == "anthropic":
            assert node.get("minItems", 0) <= 1
        if dialect == "gemini":
            assert all(isinstance(v, str | int | float) for v in node.get("enum", ()))
    if dialect == "openai":
        assert relaxed["type"] == "object"


@settings(max_examples=300, deadline=None)
@given(pairs(), st.sampled_from(sorted(DIALECTS)))
def test_the_relaxed_schema_stays_in_the_vendor_s_subset(pair: Pair, dialect: str) -> None:
    for mode in {"native", "strict_tool"} & set(modes(pair[0], dialect)):
        shaped = plan(pair[0], dialect, mode)
        assert shaped.schema is not None
        inside(shaped.schema, dialect)
