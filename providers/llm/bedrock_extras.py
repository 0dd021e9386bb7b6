"""Bedrock's counts of tokens and its list of models: calls that cost nothing."""

from dataclasses import replace

from providers.errors import IncompleteAnswer
from providers.llm.bedrock_client import BedrockClient
from providers.llm.bedrock_messages import arguments
from providers.routing.regions import PROFILE
from providers.types import CompletionRequest
from providers.wire import count, mapping, text

COUNTED = ("messages", "system", "toolConfig")


async def count_tokens(client: BedrockClient, request: CompletionRequest, timeout: float) -> int:
    """May raise anything: AWS counts for some models only.

    It takes no output format, so a schema is counted as the tool that says the same.
    """
    if request.schema is not None and not request.tools:
        request = replace(request, schema_mode="tool")
    told = arguments(request)
    asked = {name: told[name] for name in COUNTED if name in told}
    wanted = {"modelId": PROFILE.sub("", request.model), "input": {"converse": asked}}
    reply = await client.call("count_tokens", wanted, timeout)
    tokens = count(reply.body.get("inputTokens"))
    if not tokens:
        raise IncompleteAnswer("the answer has no count of tokens")
    return tokens


async def models(client: BedrockClient, timeout: float) -> list[str]:
    """Those that make text. May raise anything."""
    wanted = {"byOutputModality": "TEXT"}
    reply = await client.call("list_foundation_models", wanted, timeout)
    rows = reply.body.get("modelSummaries")
    if not isinstance(rows, list):
        raise IncompleteAnswer("the list of models is missing")
    return [name for row in rows if (name := text(mapping(row).get("modelId")))]
