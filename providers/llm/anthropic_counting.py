"""Anthropic's count of a request's input tokens: POST /v1/messages/count_tokens, free of charge."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from providers.errors import IncompleteAnswer
from providers.wire import count, mapping

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")


async def count_tokens(
    client: "AsyncAnthropic", arguments: Mapping[str, Any], timeout: float
) -> int:
    """`arguments` are those of `messages.create`. May raise anything."""
    told: Any = {name: arguments[name] for name in COUNTED if name in arguments}
    raw = await client.messages.with_raw_response.count_tokens(**told, timeout=timeout)
    tokens = count(mapping(raw.http_response.json()).get("input_tokens"))
    if not tokens:
        raise IncompleteAnswer("the answer has no count of tokens")
    return tokens
