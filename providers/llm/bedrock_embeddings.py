"""Bedrock's embeddings, over InvokeModel: each family of models has a format of its own."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from providers.errors import InvalidRequest
from providers.llm.bedrock_call import Reply
from providers.llm.bedrock_client import BedrockClient
from providers.types import EmbeddingRequest, Embeddings, Usage
from providers.vectors import checked
from providers.wire import count, mapping

TITAN, COHERE = "amazon.titan-embed-text", "cohere.embed"
BILLED = "x-amzn-bedrock-input-token-count"


async def embed(client: BedrockClient, request: EmbeddingRequest, timeout: float) -> Embeddings:
    """One call for all texts, or with Titan one a text. May raise anything."""
    if TITAN in request.model:
        return await _titan(client, request, timeout)
    if COHERE in request.model:
        return await _cohere(client, request, timeout)
    raise InvalidRequest(f"bedrock: the embeddings known here are of {TITAN} and {COHERE}")


async def _titan(client: BedrockClient, request: EmbeddingRequest, timeout: float) -> Embeddings:
    size = {} if request.dimensions is None else {"dimensions": request.dimensions}
    calls = [
        asyncio.ensure_future(_invoke(client, request, {"inputText": text, **size}, timeout))
        for text in request.texts
    ]
    try:
        replies = await asyncio.gather(*calls)
    finally:
        for call in calls:  # one failed: the others are for nothing
            call.cancel()
    vectors = [reply.body.get("embedding") for reply in replies]
    tokens = sum(count(reply.body.get("inputTextTokenCount")) for reply in replies)
    return _embeddings(vectors, tokens, request, replies[0].headers)


async def _cohere(client: BedrockClient, request: EmbeddingRequest, timeout: float) -> Embeddings:
    told: dict[str, Any] = {
        "texts": list(request.texts),
        "input_type": "search_document",
        "embedding_types": ["float"],
        "truncate": "NONE",
    }
    if request.dimensions is not None:
        told["output_dimension"] = request.dimensions
    reply = await _invoke(client, request, told, timeout)
    found = reply.body.get("embeddings")
    vectors = mapping(found).get("float") if isinstance(found, dict) else found
    billed = reply.headers.get(BILLED, "")
    tokens = int(billed) if billed.isdecimal() else 0
    return _embeddings(vectors, tokens, request, reply.headers)


async def _invoke(
    client: BedrockClient, request: EmbeddingRequest, body: dict[str, Any], timeout: float
) -> Reply:
    kind = "application/json"
    wanted = {"modelId": request.model, "body": json.dumps(body), "contentType": kind}
    return await client.call("invoke_model", {**wanted, "accept": kind}, timeout)


def _embeddings(
    vectors: Any, tokens: int, request: EmbeddingRequest, headers: Mapping[str, str]
) -> Embeddings:
    return Embeddings(
        vectors=checked(vectors if isinstance(vectors, list) else [], request),
        model=request.model,
        usage=Usage(input_tokens=tokens),
        request_id=headers.get("x-amzn-requestid"),
    )
