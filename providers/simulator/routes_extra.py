"""The paths beside the chats: embeddings and counts of tokens."""

import re
from urllib.parse import unquote

from providers.simulator import wire_embeddings, wire_free
from providers.simulator.wire import Wire

PATHS = {
    "/openai/v1/embeddings": wire_embeddings.OPENAI,
    "/openai/v1/responses/input_tokens": wire_free.OPENAI_COUNT,
    "/anthropic/v1/messages/count_tokens": wire_free.ANTHROPIC_COUNT,
}
GEMINI = re.compile(r"/gemini/v1(?:beta|alpha)?/models/([^/:]+):(batchEmbedContents|countTokens)")
GEMINI_WIRES = {
    "batchEmbedContents": wire_embeddings.GEMINI,
    "countTokens": wire_free.GEMINI_COUNT,
}
BEDROCK = re.compile(r"/bedrock/model/([^/]+)/(invoke|count-tokens)")
BEDROCK_WIRES = {"invoke": wire_embeddings.BEDROCK, "count-tokens": wire_free.BEDROCK_COUNT}
EMBEDDING_MODELS = {"openai": ("text-embedding-3-small",), "gemini": ("gemini-embedding-001",)}


def find(path: str) -> tuple[Wire, str] | None:
    """The format spoken at a path, and the model that the path names."""
    if wire := PATHS.get(path):
        return wire, ""
    if match := GEMINI.fullmatch(path):
        return GEMINI_WIRES[match[2]], unquote(match[1])
    if match := BEDROCK.fullmatch(path):
        return BEDROCK_WIRES[match[2]], unquote(match[1])
    return None
