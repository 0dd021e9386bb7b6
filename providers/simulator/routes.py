"""Which path speaks which format, and which models there are."""

import re
from typing import Any
from urllib.parse import unquote

from providers.simulator import (
    routes_extra,
    wire_anthropic,
    wire_bedrock,
    wire_gemini,
    wire_openai,
    wire_responses,
)
from providers.simulator.wire import CREATED, Wire

PATHS = {
    "/openai/v1/chat/completions": wire_openai.WIRE,
    "/openai/v1/responses": wire_responses.WIRE,
    "/anthropic/v1/messages": wire_anthropic.WIRE,
}
GEMINI = re.compile(
    r"/gemini/v1(?:beta|alpha)?/models/([^/:]+):(generateContent|streamGenerateContent)"
)
BEDROCK = re.compile(r"/bedrock/model/([^/]+)/(converse|converse-stream)")
GEMINI_MODELS = re.compile(r"/gemini/v1(?:beta|alpha)?/models")
ERRORS = {
    "openai": wire_openai.WIRE,
    "anthropic": wire_anthropic.WIRE,
    "gemini": wire_gemini.WIRE,
    "bedrock": wire_bedrock.WIRE,
}
MODELS = {
    "openai": ("gpt-5-mini", "gpt-5"),
    "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5"),
    "gemini": ("gemini-2.5-flash", "gemini-2.5-pro"),
    "bedrock": ("anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-lite-v1:0"),
}


def find(path: str) -> tuple[Wire, str] | None:
    """The format spoken at a path, and the model that the path names (two vendors' do)."""
    if wire := PATHS.get(path):
        return wire, ""
    if match := GEMINI.fullmatch(path):
        streamed = match[2] == "streamGenerateContent"
        return wire_gemini.STREAMED if streamed else wire_gemini.WIRE, unquote(match[1])
    if match := BEDROCK.fullmatch(path):
        streamed = match[2] == "converse-stream"
        return wire_bedrock.STREAMED if streamed else wire_bedrock.WIRE, unquote(match[1])
    return routes_extra.find(path)


def near(path: str) -> Wire | None:
    """The format in which to say that a path is unknown."""
    return ERRORS.get(path.split("/")[1] if "/" in path else "")


def models(path: str) -> dict[str, Any] | None:
    """A vendor's list of models, if that is what the path names."""
    if path == "/openai/v1/models":
        rows = [
            {"id": m, "object": "model", "created": CREATED, "owned_by": "penstock-simulator"}
            for m in (*MODELS["openai"], *routes_extra.EMBEDDING_MODELS["openai"])
        ]
        return {"object": "list", "data": rows}
    if path == "/anthropic/v1/models":
        told = MODELS["anthropic"]
        born = "2026-01-01T00:00:00Z"
        listed = [{"id": m, "type": "model", "display_name": m, "created_at": born} for m in told]
        return {"data": listed, "has_more": False, "first_id": told[0], "last_id": told[-1]}
    if path == "/bedrock/foundation-models":
        return {"modelSummaries": [{"modelId": m, "modelName": m} for m in MODELS["bedrock"]]}
    if GEMINI_MODELS.fullmatch(path):
        named = (*MODELS["gemini"], *routes_extra.EMBEDDING_MODELS["gemini"])
        return {"models": [{"name": f"models/{m}", "displayName": m} for m in named]}
    return None
