"""How Bedrock speaks of tools and pictures."""

import json
from collections.abc import Sequence
from typing import Any

from providers.types import ToolCall
from tests.contract.vendor import Json
from tests.contract.vendors_bedrock import BEDROCK

PARIS = {"toolUseId": "call_a", "name": "get_weather", "input": {"city": "Paris"}}
ROME = {"toolUseId": "call_b", "name": "get_weather", "input": {"city": "R\u00f4me"}}
CHOICES = [{"auto": {}}, None, {"any": {}}, {"tool": {"name": "get_time"}}]
TALK = [
    {"role": "user", "content": [{"text": "Weather in Paris and Rome?"}]},
    {
        "role": "assistant",
        "content": [{"text": "Let me see."}, {"toolUse": PARIS}, {"toolUse": ROME}],
    },
    {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "call_a", "content": [{"text": '{"celsius": 21}'}]}},
            {"toolResult": {"toolUseId": "call_b", "content": [{"text": "no data"}]}},
            {"text": "And?"},
        ],
    },
]


def tools(body: Json) -> list[tuple[str, str | None, Any]]:
    return [
        (spec["name"], spec.get("description"), spec["inputSchema"]["json"])
        for spec in _specs(body)
    ]


def strict(body: Json) -> list[Any]:
    return [spec.get("strict") for spec in _specs(body)]


def _specs(body: Json) -> list[Json]:
    return [tool["toolSpec"] for tool in body["toolConfig"]["tools"]]


def choice(body: Json) -> Any:
    return body.get("toolConfig", {}).get("toolChoice")


def answer(text: str, calls: Sequence[ToolCall]) -> Json:
    body = BEDROCK.answer(text, "tool_use")
    body["output"]["message"]["content"] += [
        {
            "toolUse": {
                "toolUseId": call.id,
                "name": call.name,
                "input": json.loads(call.arguments),
            }
        }
        for call in calls
    ]
    return body


def pictures(data: str) -> list[Json]:
    image = {"format": "png", "source": {"bytes": data}}
    return [{"role": "user", "content": [{"text": "What is this?"}, {"image": image}]}]


def inference(body: Json, name: str) -> Any:
    return body.get("inferenceConfig", {}).get(name)
