"""The vendors' subsets of JSON Schema, from their guides and SDKs, read in November 2026."""

from schemas.json_schema.shaping import Dialect

NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
DIALECTS = {
    # "Supported schemas" of OpenAI's structured outputs guide (strict mode), and its limits. A
    # tool with `strict` has the same ones; without it, its parameters are any JSON Schema.
    "openai": Dialect(
        keeps=NUMBERS | {"pattern", "minItems", "maxItems"},
        formats=FORMATS,
        closes=True,
        nullable=True,
        recursion="free",
        object_root=True,
        strict_tool=True,
        open_tool=True,
        max_properties=5_000,
        max_object_depth=10,
        max_enum_values=1_000,
        max_characters=120_000,
    ),
    # "JSON Schema limitations" of Anthropic's guide, and `transform_schema` of its SDK; they hold
    # for `strict` tools too. Without it, `input_schema` is any JSON Schema of an object.
    "anthropic": Dialect(
        keeps=frozenset({"minItems"}),
        formats=FORMATS | {"uri"},
        closes=True,
        recursion="none",
        strict_tool=True,
        open_tool=True,
        max_min_items=1,
        max_optional=24,
        max_unions=16,
    ),
    # `response_json_schema` of the Gemini API's GenerationConfig, as its SDK describes it; what
    # `parameters_json_schema` of a function takes beyond that is not said, so no more is sent.
    "gemini": Dialect(
        keeps=frozenset({"minItems", "maxItems", "minimum", "maximum", "prefixItems"}),
        formats=frozenset({"date-time", "time", "date", "duration"}),
        closes=False,
        recursion="optional",
        text_enums=True,
    ),
}
