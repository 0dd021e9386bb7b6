"""OpenAI by its own SDK, over chat.completions.

Not over `responses`: what an extraction asks (messages in, one structured answer out) both do
alike, and chat.completions is the one that every compatible server speaks, so that this file
serves `openai_compatible` too.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from providers.adapter import Adapter
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, classify, retry_after, transport_failure
from providers.types import TOOL, Completion, CompletionRequest, Finish, Usage
from providers.wire import count, http_client, mapping, sequence, text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

BASE_URL = "https://api.openai.com/v1"
FINISH: dict[str, Finish] = {"stop": "stop", "tool_calls": "stop", "length": "length"}


class OpenAIAdapter(Adapter["AsyncOpenAI"]):
    dialect: ClassVar[str] = "openai"
    limit_parameter: ClassVar[str] = "max_completion_tokens"
    strict: ClassVar[bool] = True
    default_url: ClassVar[str] = BASE_URL

    def load(self) -> None:
        import openai  # noqa: F401

    def open_client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        url = self.config.base_url or self.default_url
        client = AsyncOpenAI(
            api_key=self.config.api_key or "none",
            admin_api_key="",  # None would be read from the environment
            base_url=url,
            webhook_secret="",
            max_retries=0,
            timeout=self.config.timeout_seconds,
            http_client=http_client(url, self.config.timeout_seconds),
        )
        # These the SDK takes from the environment whatever it is given.
        client.organization = client.project = None
        client._custom_headers = {}
        return client

    async def close_client(self, client: "AsyncOpenAI") -> None:
        await client.close()

    async def send(
        self, client: "AsyncOpenAI", request: CompletionRequest, timeout: float
    ) -> Answer:
        import httpx2

        # The SDK's own door for raw answers: `chat.completions.create` walks the arguments and
        # builds a model of the answer, which costs more than sending it, and neither is used.
        raw = await client.post(
            "/chat/completions",
            body=self._arguments(request),
            cast_to=httpx2.Response,
            options={"timeout": timeout},
        )
        return Answer(body=raw.json(), headers=raw.headers)

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = read_usage(mapping(body.get("usage")))
        request_id = answer.headers.get("x-request-id")
        choices = sequence(body.get("choices"))
        choice = mapping(choices[0] if choices else None)
        message = mapping(choice.get("message"))
        if not choice and body.get("error"):  # some compatible servers fail with a 200
            raise classify(_fault(body, request_id), with_schema=request.schema is not None)
        finish = text(choice.get("finish_reason"))
        if not finish or not message:
            raise IncompleteAnswer(
                "the answer has no finished choice", request_id=request_id, usage=usage
            )
        if finish == "content_filter" or message.get("refusal"):
            reason = text(message.get("refusal")) or "the content filter stopped the answer"
            raise ContentRefused(reason, request_id=request_id, usage=usage)
        return Completion(
            text=_arguments_of(message) or text(message.get("content")),
            model=text(body.get("model")) or request.model,
            finish=FINISH.get(finish, "other"),
            usage=usage,
            request_id=request_id,
        )

    def explain(self, error: Exception) -> Failure | None:
        import openai

        if isinstance(error, openai.APIStatusError):
            return _said(error)
        if isinstance(error, openai.APIConnectionError):
            return transport_failure(error.__cause__ or error)
        return None

    def _arguments(self, request: CompletionRequest) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        }
        if request.max_output_tokens is not None:
            arguments[self.limit_parameter] = request.max_output_tokens
        if request.effort is not None:
            arguments["reasoning_effort"] = request.effort
        return arguments | self._shape(request)

    def _shape(self, request: CompletionRequest) -> dict[str, Any]:
        """The schema, as the format of the answer or as a tool that must be called."""
        if request.schema is None:
            return {}
        name, schema = request.schema_name, dict(request.schema)
        strict = {"strict": True} if self.strict and request.schema_mode != "tool" else {}
        if request.schema_mode == "native":
            form = {"name": name, "schema": schema, **strict}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        function = {"name": name, "description": TOOL, "parameters": schema, **strict}
        return {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": name}},
        }


def _arguments_of(message: Any) -> str:
    """What the tool was called with; "" when none was called."""
    calls = sequence(message.get("tool_calls"))
    return text(mapping(mapping(calls[0] if calls else None).get("function")).get("arguments"))


def read_usage(usage: Any) -> Usage:
    """Split OpenAI's counts: its input includes the cache, its output the reasoning."""
    prompt = mapping(usage.get("prompt_tokens_details"))
    completion = mapping(usage.get("completion_tokens_details"))
    read, written = count(prompt.get("cached_tokens")), count(prompt.get("cache_write_tokens"))
    reasoning = count(completion.get("reasoning_tokens"))
    return Usage(
        input_tokens=max(0, count(usage.get("prompt_tokens")) - read - written),
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=max(0, count(usage.get("completion_tokens")) - reasoning),
        reasoning_tokens=reasoning,
    )


def _said(error: Any) -> Failure:
    return replace(
        _fault(error.body, error.request_id),
        status=error.status_code,
        retry_after=retry_after(error.response.headers),
    )


def _fault(body: Any, request_id: str | None) -> Failure:
    """Read {"error": {...}}, wrapped or not: the SDK unwraps it, some servers never wrap it."""
    body = mapping(body)
    fault = mapping(body.get("error")) or body
    codes = (fault.get("code"), fault.get("type"), fault.get("param"))
    return Failure(
        status=count(fault.get("code")) or None,
        code=" ".join(str(code) for code in codes if code),
        message=text(fault.get("message")) or text(fault.get("error")),
        request_id=request_id,
    )
