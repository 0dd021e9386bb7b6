"""Each family's format of embeddings at Bedrock; the shared cases speak Cohere's."""

import asyncio
from typing import Any

import pytest

from providers.errors import InvalidRequest, RateLimited
from providers.registry import build
from providers.types import EmbeddingRequest, Embeddings, ProviderConfig
from tests.contract.wire_server import Reply, WireServer

pytest.importorskip("boto3")
TITAN = "amazon.titan-embed-text-v2:0"


def embed(server: WireServer, model: str, *texts: str, **more: Any) -> Embeddings:
    config = ProviderConfig(name="p", kind="bedrock", base_url=server.url, api_key="tkey")
    provider = build(config)

    async def ask() -> Embeddings:
        try:
            return await provider.embed(EmbeddingRequest(model=model, texts=texts, **more), 10.0)
        finally:
            await provider.aclose()

    return asyncio.run(ask())


def test_titan_takes_a_text_a_call(server: WireServer) -> None:
    server.reply = Reply({"embedding": [0.5, 1], "inputTextTokenCount": 4})
    found = embed(server, TITAN, "one", "two", "three", dimensions=2)
    assert found.vectors == ((0.5, 1.0),) * 3
    assert found.usage.input_tokens == 12
    said = [seen.body for seen in server.received]
    assert sorted(body["inputText"] for body in said) == ["one", "three", "two"]
    assert {body["dimensions"] for body in said} == {2}


def test_one_text_that_fails_fails_all(server: WireServer) -> None:
    server.reply = Reply({"message": "slow"}, status=429)
    with pytest.raises(RateLimited):
        embed(server, TITAN, "one", "two")


def test_cohere_says_what_it_billed_in_a_header(server: WireServer) -> None:
    server.reply = Reply({"embeddings": [[0.5, 1]]})  # as before there were types of them
    server.reply.headers = {"x-amzn-bedrock-input-token-count": "7"}
    found = embed(server, "eu.cohere.embed-v4:0", "one")
    assert (found.vectors, found.usage.input_tokens) == (((0.5, 1.0),), 7)


def test_other_families_are_refused(server: WireServer) -> None:
    with pytest.raises(InvalidRequest, match="titan"):
        embed(server, "amazon.nova-2-multimodal-embeddings-v1:0", "one")
    assert server.received == []
