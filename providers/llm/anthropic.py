"""Anthropic by its own SDK, over messages."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from providers.adapter import Adapter
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, retry_after, transport_failure
from providers.types import TOOL, Completion, CompletionRequest, Finish, Usage
from providers.wire import count, http_client, mapping, sequence, text

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

BASE_URL = "https://api.anthropic.com"
MAX_OUTPUT_TOKENS = 8192  # the API has no default of its own; every Claude since 3.5 allows it
FINISH: dict[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
EFFORT = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}


class AnthropicAdapter(Adapter["AsyncAnthropic"]):
    dialect: ClassVar[str] = "anthropic"

    def load(self) -> None:
        import anthropic.resources.messages  # noqa: F401  the client imports it late

    def open_client(self) -> "AsyncAnthropic":
        from anthropic import AsyncAnthropic

        url = self.config.base_url or BASE_URL
        client = AsyncAnthropic(
            api_key=self.config.api_key or "none",
            base_url=url,
            webhook_key="",
            max_retries=0,
            timeout=self.config.timeout_seconds,
            http_client=http_client(url, self.config.timeout_seconds),
            open_telemetry=False,
        )
        client._custom_headers = {}  # ANTHROPIC_CUSTOM_HEADERS, which it always reads
        return client

    async def close_client(self, client: "AsyncAnthropic") -> None:
        await client.close()

    async def send(
        self, client: "AsyncAnthropic", request: CompletionRequest, timeout: float
    ) -> Answer:
        raw = await client.messages.with_raw_response.create(**_arguments(request), timeout=timeout)
        return Answer(body=raw.http_response.json(), headers=raw.headers)

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = read_usage(mapping(body.get("usage")))
        request_id = answer.headers.get("request-id")
        stop = text(body.get("stop_reason"))
        if not stop:
            raise IncompleteAnswer(
                "the answer has no stop reason", request_id=request_id, usage=usage
            )
        if stop == "refusal":
            raise ContentRefused("the model refused", request_id=request_id, usage=usage)
        blocks = [mapping(block) for block in sequence(body.get("content"))]
        return Completion(
            text=_input_of(blocks)
            or "".join(text(b.get("text")) for b in blocks if b.get("type") == "text"),
            model=text(body.get("model")) or request.model,
            finish=FINISH.get(stop, "other"),
            usage=usage,
            request_id=request_id,
        )

    def explain(self, error: Exception) -> Failure | None:
        import anthropic

        if isinstance(error, anthropic.APIStatusError):
            return Failure(
                status=error.status_code,
                code=" ".join(filter(None, (error.type, error.error_code))),
                message=text(error.api_message),
                request_id=error.request_id,
                retry_after=retry_after(error.response.headers),
            )
        if isinstance(error, anthropic.APIConnectionError):
            return transport_failure(error.__cause__ or error)
        return None


def _input_of(blocks: list[Any]) -> str:
    """What the tool was called with, as JSON; "" when none was called."""
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    return json.dumps(calls[0].get("input"), ensure_ascii=False) if calls else ""


def _arguments(request: CompletionRequest) -> dict[str, Any]:
    system = "\n\n".join(m.text for m in request.messages if m.role == "system")
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens or MAX_OUTPUT_TOKENS,
        "messages": [
            {"role": m.role, "content": m.content} for m in request.messages if m.role != "system"
        ],
    }
    if system:
        arguments["system"] = system
    wanted: dict[str, Any] = {}
    if request.schema is not None and request.schema_mode != "native":
        schema = dict(request.schema)
        tool = {"name": request.schema_name, "description": TOOL, "input_schema": schema}
        arguments["tools"] = [tool]
        arguments["tool_choice"] = {"type": "tool", "name": request.schema_name}
    elif request.schema is not None:
        wanted["format"] = {"type": "json_schema", "schema": dict(request.schema)}
    if request.effort is not None:
        wanted["effort"] = EFFORT[request.effort]
    return {**arguments, "output_config": wanted} if wanted else arguments


def read_usage(usage: Any) -> Usage:
    """Split Anthropic's counts: its input leaves the cache out, its output includes thinking."""
    details = mapping(usage.get("output_tokens_details"))
    thinking = count(details.get("thinking_tokens"))
    return Usage(
        input_tokens=count(usage.get("input_tokens")),
        cache_read_tokens=count(usage.get("cache_read_input_tokens")),
        cache_write_tokens=count(usage.get("cache_creation_input_tokens")),
        output_tokens=max(0, count(usage.get("output_tokens")) - thinking),
        reasoning_tokens=thinking,
    )
