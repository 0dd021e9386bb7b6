"""Shapes a schema for a vendor's structured output, with the way back.

A vendor enforces a subset of JSON Schema. The relaxed schema says less than the original (the
answer is always checked against the original); what had to be wrapped or made nullable is undone
by `Plan.restore`. A schema that the subset cannot express is asked for in the prompt instead.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.json_schema.merging import Inexpressible
from schemas.json_schema.normal import normalize
from schemas.json_schema.restore import Restorer
from schemas.json_schema.shaping import NOTED, Dialect, Shaper
from schemas.json_schema.validate import checker_for

__all__ = ["DIALECTS", "NOTED", "Plan", "plan"]

WRAP = "value"  # the property that holds a root which is no object
NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
DIALECTS = {
    # "Supported schemas" of OpenAI's structured outputs guide (strict mode), and its limits.
    "openai": Dialect(
        keeps=NUMBERS | {"pattern", "minItems", "maxItems"},
        formats=FORMATS,
        closes=True,
        nullable=True,
        recursion="free",
        object_root=True,
        max_properties=5_000,
        max_object_depth=10,
        max_enum_values=1_000,
        max_characters=120_000,
    ),
    # "JSON Schema limitations" of Anthropic's guide, and `transform_schema` of its SDK.
    "anthropic": Dialect(
        keeps=frozenset({"minItems"}),
        formats=FORMATS | {"uri"},
        closes=True,
        recursion="none",
        max_min_items=1,
        max_optional=24,
        max_unions=16,
    ),
    # `response_json_schema` of the Gemini API's GenerationConfig, as its SDK describes it.
    "gemini": Dialect(
        keeps=frozenset({"minItems", "maxItems", "minimum", "maximum", "prefixItems"}),
        formats=frozenset({"date-time", "time", "date", "duration"}),
        closes=False,
        recursion="optional",
        text_enums=True,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to ask a vendor for a schema, and how to read the answer back."""

    mode: Literal["native", "prompt"]
    schema: dict[str, Any] | None  # in the vendor's dialect; None in prompt mode
    restore: Callable[[Any], Any]  # of an answer that may be anything; raises nothing
    reason: str | None = None  # why the vendor cannot be given the schema, in prompt mode
    wrapped: bool = False  # the root is asked for inside an object


def plan(schema: Mapping[str, Any], dialect: str) -> Plan:
    """The plan for a vendor's dialect; an unknown one ("none") gets prompt mode."""
    return _plan(json.dumps(schema), dialect)


@functools.lru_cache(maxsize=128)
def _plan(text: str, name: str) -> Plan:
    if name not in DIALECTS:
        reason = "what this server makes of a schema is not known"
        return Plan(mode="prompt", schema=None, restore=_same, reason=reason)
    schema = json.loads(text)
    dialect = DIALECTS[name]
    try:
        normal = normalize(schema)
        shaper = Shaper(normal, dialect)
        relaxed = shaper.run()
    except (Inexpressible, LookupError, RecursionError) as error:
        reason = str(error) if isinstance(error, Inexpressible) else "too involved"
        return Plan(mode="prompt", schema=None, restore=_same, reason=reason)
    wrapped = dialect.object_root and relaxed.get("type") != "object"
    if wrapped:
        relaxed = _wrapped(relaxed)
    if not dialect.nullable:
        return Plan(mode="native", schema=relaxed, restore=_same)
    restorer = Restorer(normal, shaper.alternatives, relaxed.get("$defs", {}))
    return Plan(
        mode="native",
        schema=relaxed,
        restore=functools.partial(_back, schema, restorer, wrapped),
        wrapped=wrapped,
    )


def _wrapped(relaxed: dict[str, Any]) -> dict[str, Any]:
    definitions = relaxed.pop("$defs", None)
    wrapper: dict[str, Any] = {
        "type": "object",
        "properties": {WRAP: relaxed},
        "required": [WRAP],
        "additionalProperties": False,
    }
    return {**wrapper, "$defs": definitions} if definitions else wrapper


def _back(schema: dict[str, Any], restorer: Restorer, wrapped: bool, value: Any) -> Any:
    if wrapped and isinstance(value, dict) and value.keys() == {WRAP}:
        value = value[WRAP]
    try:
        kept = restorer.restore(value)
        if not checker_for(schema).errors(kept):
            return kept
        # A null that the schema allows may still have stood for an absent property.
        dropped = restorer.restore(value, drop=True)
        return kept if checker_for(schema).errors(dropped) else dropped
    except RecursionError:
        return value


def _same(value: Any) -> Any:
    return value
