"""Anthropic by its own SDK, over messages."""

from typing import TYPE_CHECKING, Any, ClassVar

from providers.adapter import Adapter, Deltas
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, retry_after, transport_failure
from providers.llm import anthropic_counting, listing
from providers.llm import anthropic_messages as words
from providers.llm.anthropic_stream import deltas
from providers.llm.tool_calls import arguments_text, settled
from providers.stream_failures import status_of
from providers.types import Completion, CompletionRequest, Finish, ToolCall, Usage
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

    def send_stream(
        self, client: "AsyncAnthropic", request: CompletionRequest, timeout: float
    ) -> Deltas:
        return deltas(client, _arguments(request), request, timeout, self.read)

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
        said = "".join(text(b.get("text")) for b in blocks if b.get("type") == "text")
        return Completion(
            model=text(body.get("model")) or request.model,
            usage=usage,
            request_id=request_id,
            **settled(request, said, _calls_of(blocks), FINISH.get(stop, "other")),
        )

    def explain(self, error: Exception) -> Failure | None:
        import anthropic
        import httpx2

        if isinstance(error, anthropic.APIStatusError):
            code = " ".join(filter(None, (error.type, error.error_code)))
            inside = error.status_code == 200  # of a stream
            return Failure(
                status=status_of(code) if inside else error.status_code,
                code=code,
                message=text(error.api_message),
                request_id=error.request_id,
                retry_after=retry_after(error.response.headers),
            )
        if isinstance(error, anthropic.APIConnectionError):
            return transport_failure(error.__cause__ or error)
        if isinstance(error, httpx2.HTTPError):  # inside a stream, where the SDK lets it through
            return transport_failure(error)
        return None

    async def send_count(
        self, client: "AsyncAnthropic", request: CompletionRequest, timeout: float
    ) -> int:
        return await anthropic_counting.count_tokens(client, _arguments(request), timeout)

    async def list_models(self, client: "AsyncAnthropic", timeout: float) -> list[str]:
        return await listing.anthropic_models(client, timeout)


def _calls_of(blocks: list[Any]) -> list[ToolCall]:
    """The tools called; their input is an object, and in a stream the text of one."""
    return [
        ToolCall(
            id=text(block.get("id")),
            name=text(block.get("name")),
            arguments=arguments_text(block.get("input")) or "{}",
        )
        for block in blocks
        if block.get("type") == "tool_use"
    ]


def _arguments(request: CompletionRequest) -> dict[str, Any]:
    """There is no `temperature` among them: the API has none since Claude's newest models."""
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens or MAX_OUTPUT_TOKENS,
        **words.conversation(request),
        **words.tools(request),
        **words.shape(request),
    }
    return {**arguments, "stop_sequences": list(request.stop)} if request.stop else arguments


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
