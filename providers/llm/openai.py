"""OpenAI by its own SDK, over chat.completions.

Not over `responses`: what an extraction asks (messages in, one structured answer out) both do
alike, and chat.completions is the one that every compatible server speaks, so that this file
serves `openai_compatible` too.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from providers.adapter import Adapter, Deltas
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, classify, retry_after, transport_failure
from providers.llm import listing, openai_counting, openai_embeddings
from providers.llm import openai_messages as words
from providers.llm.openai_faults import fault
from providers.llm.openai_reading import calls_of, spoken
from providers.llm.openai_stream import deltas
from providers.llm.tool_calls import settled
from providers.types import (
    Completion,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Finish,
    Usage,
)
from providers.wire import count, http_client, mapping, sequence, text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

BASE_URL = "https://api.openai.com/v1"
FINISH: dict[str, Finish] = {"stop": "stop", "tool_calls": "stop", "length": "length"}
# Reasoning models answer a temperature with a 400, unless told not to reason.
# A reseller puts the vendor before the name.
FIXED_TEMPERATURE = re.compile(r"(?:.*/)?(?:o\d|gpt-[5-9](?!.*chat))")


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

    def send_stream(
        self, client: "AsyncOpenAI", request: CompletionRequest, timeout: float
    ) -> Deltas:
        return deltas(client, self._arguments(request), request, timeout, self.read)

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = read_usage(mapping(body.get("usage")))
        request_id = answer.headers.get("x-request-id")
        choices = sequence(body.get("choices"))
        choice = mapping(choices[0] if choices else None)
        message = mapping(choice.get("message"))
        if not choice and body.get("error"):  # some compatible servers fail with a 200
            raise classify(fault(body, request_id), with_schema=request.schema is not None)
        finish = text(choice.get("finish_reason"))
        if not finish or not message:
            raise IncompleteAnswer(
                "the answer has no finished choice", request_id=request_id, usage=usage
            )
        if finish == "content_filter" or message.get("refusal"):
            reason = text(message.get("refusal")) or "the content filter stopped the answer"
            raise ContentRefused(reason, request_id=request_id, usage=usage)
        said, ended = spoken(message.get("content")), FINISH.get(finish, "other")
        return Completion(
            model=text(body.get("model")) or request.model,
            usage=usage,
            request_id=request_id,
            **settled(request, said, calls_of(message), ended),
        )

    def explain(self, error: Exception) -> Failure | None:
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            return _said(error)
        if isinstance(error, openai.APIConnectionError):
            return transport_failure(error.__cause__ or error)
        if isinstance(error, openai.APIError):  # inside a stream
            return fault(error.body, None)
        if isinstance(error, httpx2.HTTPError):  # of a body that we read ourselves
            return transport_failure(error)
        return None

    async def send_embedding(
        self, client: "AsyncOpenAI", request: EmbeddingRequest, timeout: float
    ) -> Embeddings:
        return await openai_embeddings.embed(client, request, timeout)

    async def send_count(
        self, client: "AsyncOpenAI", request: CompletionRequest, timeout: float
    ) -> int:
        return await openai_counting.count_tokens(client, request, timeout)

    async def list_models(self, client: "AsyncOpenAI", timeout: float) -> list[str]:
        return await listing.openai_models(client, timeout)

    def _arguments(self, request: CompletionRequest) -> dict[str, Any]:
        arguments: dict[str, Any] = {"model": request.model, "messages": words.messages(request)}
        if request.max_output_tokens is not None:
            arguments[self.limit_parameter] = request.max_output_tokens
        if request.effort is not None:
            arguments["reasoning_effort"] = request.effort
        if request.stop:
            arguments["stop"] = list(request.stop)
        if request.temperature is not None and not FIXED_TEMPERATURE.match(request.model):
            arguments["temperature"] = request.temperature
        shape = words.shape(request, strict=self.strict)
        return arguments | words.tools(request, strict=self.strict) | shape


def read_usage(usage: Any) -> Usage:
    """Split OpenAI's counts: its input includes the cache, its output the reasoning.

    Some that speak as it does leave the reasoning out of the output, which their total shows.
    """
    prompt = mapping(usage.get("prompt_tokens_details"))
    completion = mapping(usage.get("completion_tokens_details"))
    read, written = count(prompt.get("cached_tokens")), count(prompt.get("cache_write_tokens"))
    reasoning = count(completion.get("reasoning_tokens"))
    asked, answered = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    beside = asked + answered + reasoning == count(usage.get("total_tokens"))
    return Usage(
        input_tokens=max(0, asked - read - written),
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=answered if beside else max(0, answered - reasoning),
        reasoning_tokens=reasoning,
    )


def _said(error: Any) -> Failure:
    return replace(
        fault(error.body, error.request_id),
        status=error.status_code,
        retry_after=retry_after(error.response.headers),
    )
