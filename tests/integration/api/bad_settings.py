"""Wrong settings of a tenant."""

from typing import Any

from tests.integration.api.refusals import Row

MODEL = "openai/gpt-5-mini"
PRICES = {"input": 1, "output": 2}


def settings(name: str, pointer: str, says: str = "", **body: Any) -> Row:
    return Row(f"settings: {name}", 422, "invalid_input", pointer, body, "PUT", "/v1/settings",
               says=says)  # fmt: skip


def group(**changes: Any) -> dict[str, Any]:
    return {"cheap": {"models": [MODEL], **changes}}


SETTINGS = [
    settings("unknown field", "/colour", colour=1),
    settings("groups list", "/groups", groups=[]),
    settings("group text", "/groups/cheap", groups={"cheap": MODEL}),
    settings("group without models", "/groups/cheap/models", groups={"cheap": {}}),
    settings("group of none", "/groups/cheap/models", groups=group(models=[])),
    settings("group's model number", "/groups/cheap/models/0", groups=group(models=[1])),
    settings("group's model unknown", "/groups/cheap/models/1", "unknown model",
             groups=group(models=[MODEL, "openai/gone"])),
    settings("group in a group", "/groups/cheap/models/0", groups=group(models=["fast"])),
    settings("group's strategy", "/groups/cheap/strategy", groups=group(strategy="best")),
    settings("group's unknown field", "/groups/cheap/weight", groups=group(weight=1)),
    settings("group's name", "/groups/a~1b", "letters", groups={"a/b": {"models": [MODEL]}}),
    settings("group named as a provider", "/groups/openai", "provider",
             groups={"openai": {"models": [MODEL]}}),
    settings("capabilities of a group", "/capabilities/fast", capabilities={"fast": {}}),
    settings("capabilities of a provider", "/capabilities/openai", "provider/model",
             capabilities={"openai": {}}),
    settings("capabilities of nobody", "/capabilities/nobody~1x", capabilities={"nobody/x": {}}),
    settings("unknown capability", "/capabilities/openai~1gpt-5-mini/taste",
             capabilities={MODEL: {"taste": True}}),
    settings("capability of another type", "/capabilities/openai~1gpt-5-mini/vision",
             capabilities={MODEL: {"vision": 1}}),
    settings("context text", "/capabilities/openai~1gpt-5-mini/context",
             capabilities={MODEL: {"context": "9000"}}),
    settings("context true", "/capabilities/openai~1gpt-5-mini/context",
             capabilities={MODEL: {"context": True}}),
    settings("task unknown", "/capabilities/openai~1gpt-5-mini/tasks/cooking",
             capabilities={MODEL: {"tasks": {"cooking": 5}}}),
    settings("task's score text", "/capabilities/openai~1gpt-5-mini/tasks/code",
             capabilities={MODEL: {"tasks": {"code": "5"}}}),
    settings("task's score over 100", "/capabilities/openai~1gpt-5-mini/tasks/code",
             capabilities={MODEL: {"tasks": {"code": 101}}}),
    settings("tasks list", "/capabilities/openai~1gpt-5-mini/tasks",
             capabilities={MODEL: {"tasks": ["code"]}}),
    settings("quality over 100", "/capabilities/openai~1gpt-5-mini/quality",
             capabilities={MODEL: {"quality": 101}}),
    settings("price provider unknown", "/capabilities/openai~1gpt-5-mini/price_provider",
             "price list", capabilities={MODEL: {"price_provider": "nobody"}}),
    settings("price provider null", "/capabilities/openai~1gpt-5-mini/price_provider",
             capabilities={MODEL: {"price_provider": None}}),
    settings("price without output", "/prices/openai~1gpt-5-mini/output",
             prices={MODEL: {"input": 1}}),
    settings("price negative", "/prices/openai~1gpt-5-mini/input",
             prices={MODEL: PRICES | {"input": -1}}),
    settings("price broken", "/prices/openai~1gpt-5-mini/input",
             prices={MODEL: PRICES | {"input": 0.5}}),
    settings("price of an unknown model", "/prices/openai~1gone", prices={"openai/gone": PRICES}),
    settings("price of a group", "/prices/fast", prices={"fast": PRICES}),
    settings("price null", "/prices/openai~1gpt-5-mini", prices={MODEL: None}),
    settings("redact text", "/privacy/redact", privacy={"redact": "email"}),
    settings("redact nothing", "/privacy/redact", privacy={"redact": []}),
    settings("redact unknown", "/privacy/redact/1", privacy={"redact": ["email", "colour"]}),
    settings("redact of lists", "/privacy/redact/0", privacy={"redact": [["email"]]}),
    settings("required without kinds", "/privacy/required", privacy={"required": True}),
    settings("required text", "/privacy/required", privacy={"redact": True, "required": "yes"}),
    settings("policy", "/policy", policy="lax"),
    settings("cooldown negative", "/cooldown_seconds", cooldown_seconds=-1),
    settings("cooldown true", "/cooldown_seconds", cooldown_seconds=True),
    settings("cooldown of days", "/cooldown_seconds", cooldown_seconds=86_400),
    settings("provider unknown", "/routing/providers/1", "no such provider",
             routing={"providers": ["openai", "nobody"]}),
    settings("providers none", "/routing/providers", routing={"providers": []}),
    settings("region number", "/routing/region", routing={"region": 5}),
    settings("no_training text", "/routing/no_training", routing={"no_training": "true"}),
    settings("strategy is the group's", "/routing/strategy", routing={"strategy": "lowest_cost"}),
    settings("too long", "", "bytes", groups={
        f"g{n}": {"models": [MODEL] * 50} for n in range(100)
    }),
    settings("201 prices", "/prices", prices={f"openai/{n}": PRICES for n in range(201)}),
    settings("null", "/privacy", privacy=None),
    Row("settings: list", 422, "invalid_input", None, "[]", "PUT", "/v1/settings"),
    Row("settings: query", 422, "invalid_input", "/query/x", None, "GET", "/v1/settings?x=1"),
    Row("settings: changed meanwhile", 412, "precondition_failed", None, {}, "PUT",
        "/v1/settings", {"If-Match": '"99"'}),
    Row("settings: empty If-Match", 412, "precondition_failed", None, {}, "PUT",
        "/v1/settings", {"If-Match": ""}),
    Row("settings: no ETag of ours", 412, "precondition_failed", None, {}, "PUT",
        "/v1/settings", {"If-Match": 'W/"0", abc, "-1", "99999999999999999999"'}),
]  # fmt: skip
