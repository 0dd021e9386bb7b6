"""Amazon Bedrock by boto3, over Converse: one format for the models of all its vendors."""

import re
from functools import partial
from typing import Any, ClassVar

from providers.adapter import Adapter, Deltas
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, retry_after, transport_failure
from providers.llm import bedrock_embeddings, bedrock_extras
from providers.llm.bedrock_client import BedrockClient
from providers.llm.bedrock_messages import arguments
from providers.llm.bedrock_session import MODELS, boto_client
from providers.llm.bedrock_stream import deltas
from providers.llm.tool_calls import arguments_text, settled
from providers.types import (
    Completion,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Finish,
    ToolCall,
    Usage,
)
from providers.wire import count, http_client, mapping, sequence, text

FINISH: dict[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
REFUSED = frozenset({"guardrail_intervened", "content_filtered", "refusal"})
TIMED_OUT = "ModelTimeoutException"
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class BedrockAdapter(Adapter[BedrockClient]):
    """Its schemas are held to Anthropic's subset, which is Bedrock's own."""

    dialect: ClassVar[str] = "anthropic"
    _boto: Any = None

    def load(self) -> None:
        """Import boto3 and read AWS's files. Raises PermanentError when it is not installed."""
        self._boto = boto_client(self.config)

    def open_client(self) -> BedrockClient:
        boto, self._boto = self._boto, None
        http = http_client(boto.meta.endpoint_url, self.config.timeout_seconds)
        models = partial(boto_client, self.config, MODELS)
        return BedrockClient(boto, http, self.config.concurrency, models)

    async def close_client(self, client: BedrockClient) -> None:
        await client.aclose()

    async def send(
        self, client: BedrockClient, request: CompletionRequest, timeout: float
    ) -> Answer:
        reply = await client.call("converse", arguments(request), timeout)
        return Answer(body=reply.body, headers=reply.headers)

    def send_stream(
        self, client: BedrockClient, request: CompletionRequest, timeout: float
    ) -> Deltas:
        return deltas(client, request, timeout, self.read)

    async def send_embedding(
        self, client: BedrockClient, request: EmbeddingRequest, timeout: float
    ) -> Embeddings:
        return await bedrock_embeddings.embed(client, request, timeout)

    async def send_count(
        self, client: BedrockClient, request: CompletionRequest, timeout: float
    ) -> int:
        return await bedrock_extras.count_tokens(client, request, timeout)

    async def list_models(self, client: BedrockClient, timeout: float) -> list[str]:
        return await bedrock_extras.models(client, timeout)

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = read_usage(mapping(body.get("usage")))
        request_id = answer.headers.get("x-amzn-requestid")
        stop = text(body.get("stopReason"))
        if not stop:
            raise IncompleteAnswer(
                "the answer has no stop reason", request_id=request_id, usage=usage
            )
        if stop in REFUSED:
            reason = f"the vendor stopped the answer: {stop}"
            raise ContentRefused(reason, request_id=request_id, usage=usage)
        message = mapping(mapping(body.get("output")).get("message"))
        blocks = [mapping(block) for block in sequence(message.get("content"))]
        said = "".join(text(block.get("text")) for block in blocks)
        return Completion(
            model=request.model,  # Converse does not say which version answered
            usage=usage,
            request_id=request_id,
            **settled(request, said, _calls_of(blocks), FINISH.get(stop, "other")),
        )

    def explain(self, error: Exception) -> Failure | None:
        import httpx2
        from botocore.exceptions import ClientError

        if isinstance(error, ClientError):
            return _said(error.response)
        if isinstance(error, httpx2.HTTPError):
            return transport_failure(error)
        return None

    def _scrubbed(self, text: str) -> str:
        """AWS tells what it signed, in which a session token stands alone."""
        for secret in filter(None, self.config.api_key.split(":")[1:]):
            text = text.replace(secret, "[key]")
        return super()._scrubbed(text)


def _calls_of(blocks: list[Any]) -> list[ToolCall]:
    """The tools called; their input is an object, and in a stream the text of one."""
    calls = [mapping(block["toolUse"]) for block in blocks if "toolUse" in block]
    return [
        ToolCall(
            id=text(call.get("toolUseId")) or f"call_{place}",
            name=text(call.get("name")),
            arguments=arguments_text(call.get("input")) or "{}",
        )
        for place, call in enumerate(calls)
    ]


def read_usage(usage: Any) -> Usage:
    """Bedrock's input leaves the cache out; its output includes what it does not tell apart."""
    return Usage(
        input_tokens=count(usage.get("inputTokens")),
        cache_read_tokens=count(usage.get("cacheReadInputTokens")),
        cache_write_tokens=count(usage.get("cacheWriteInputTokens")),
        output_tokens=count(usage.get("outputTokens")),
    )


def _said(response: Any) -> Failure:
    fault = mapping(response.get("Error"))
    told = mapping(response.get("ResponseMetadata"))
    code = text(fault.get("Code"))
    return Failure(
        status=count(told.get("HTTPStatusCode")) or None,
        code=f"{code} {HUMP.sub('_', code).lower()}",
        message=text(fault.get("Message")) or text(response.get("message")),
        request_id=text(told.get("RequestId")) or None,
        retry_after=retry_after(mapping(told.get("HTTPHeaders"))),
        timed_out=code == TIMED_OUT,
    )
