"""Google's Gemini API by its own SDK, over generateContent."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from providers.adapter import Adapter, Deltas
from providers.base import Answer
from providers.errors import ContentRefused, IncompleteAnswer
from providers.failures import Failure, duration, retry_after, transport_failure
from providers.llm import gemini_counting, gemini_embeddings, listing
from providers.llm import gemini_messages as words
from providers.llm.gemini_calls import calls_of
from providers.llm.gemini_stream import deltas
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
    from google.genai import Client

BASE_URL = "https://generativelanguage.googleapis.com"
API_VERSION = "v1beta"
FINISH: dict[str, Finish] = {"STOP": "stop", "MAX_TOKENS": "length"}
REFUSED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "ESCALATION",
        "PUP_LIMITED_DISABLED",
        "MODEL_ARMOR",
    }
)
UNFINISHED = frozenset({"", "FINISH_REASON_UNSPECIFIED", "CONTINUATION"})


class GeminiAdapter(Adapter["Client"]):
    dialect: ClassVar[str] = "gemini"

    def load(self) -> None:
        import google.genai.types  # noqa: F401

    def open_client(self) -> "Client":
        from google.genai import Client
        from google.genai.types import HttpOptions, HttpRetryOptions

        url = self.config.base_url or BASE_URL
        return Client(
            vertexai=False,  # None would be read from the environment, as would no key
            api_key=self.config.api_key or "none",
            http_options=HttpOptions(
                base_url=url,
                api_version=API_VERSION,
                timeout=int(self.config.timeout_seconds * 1000),  # milliseconds
                retry_options=HttpRetryOptions(attempts=1),
                httpx_async_client=http_client(url, self.config.timeout_seconds),
            ),
        )

    async def close_client(self, client: "Client") -> None:
        http = client._api_client._http_options.httpx_async_client
        await client.aio.aclose()
        client.close()
        if http is not None:
            await http.aclose()  # the SDK leaves one that it was given open

    async def send(self, client: "Client", request: CompletionRequest, timeout: float) -> Answer:
        answer = await client.aio.models.generate_content(
            model=request.model,
            contents=words.contents(request),
            config=words.config(request),
        )
        whole = answer.sdk_http_response
        if whole is None:
            raise IncompleteAnswer("the answer has no body")
        return Answer(body=json.loads(whole.body or ""), headers=whole.headers or {})

    def send_stream(self, client: "Client", request: CompletionRequest, timeout: float) -> Deltas:
        return deltas(client, request, self.read)

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = read_usage(mapping(body.get("usageMetadata")))
        request_id = text(body.get("responseId")) or _request_id(answer.headers)
        candidates = sequence(body.get("candidates"))
        candidate = mapping(candidates[0] if candidates else None)
        finish = text(candidate.get("finishReason"))
        blocked = text(mapping(body.get("promptFeedback")).get("blockReason"))
        if finish in REFUSED or (blocked and not finish):
            reason = f"the vendor blocked the content: {finish or blocked}"
            raise ContentRefused(reason, request_id=request_id, usage=usage)
        if finish in UNFINISHED:
            raise IncompleteAnswer(
                "the answer has no finished candidate", request_id=request_id, usage=usage
            )
        parts = [mapping(p) for p in sequence(mapping(candidate.get("content")).get("parts"))]
        said = "".join(text(p.get("text")) for p in parts if not p.get("thought"))
        calls = calls_of(parts, text(body.get("responseId")))
        return Completion(
            model=text(body.get("modelVersion")) or request.model,
            usage=usage,
            request_id=request_id,
            **settled(request, said, calls, FINISH.get(finish, "other")),
        )

    def explain(self, error: Exception) -> Failure | None:
        import httpx2
        from google.genai.errors import APIError

        if isinstance(error, APIError):
            return _said(error)
        if isinstance(error, httpx2.HTTPError):
            return transport_failure(error)
        return None

    async def send_embedding(
        self, client: "Client", request: EmbeddingRequest, timeout: float
    ) -> Embeddings:
        return await gemini_embeddings.embed(client, request)

    async def send_count(self, client: "Client", request: CompletionRequest, timeout: float) -> int:
        told = words.contents(request)
        return await gemini_counting.count_tokens(
            client, request.model, told, words.config(request)
        )

    async def list_models(self, client: "Client", timeout: float) -> list[str]:
        return await listing.gemini_models(client, timeout)


def read_usage(usage: Any) -> Usage:
    """Split Gemini's counts: its input includes the cache, its output leaves thoughts out."""
    cached = count(usage.get("cachedContentTokenCount"))
    prompt = count(usage.get("promptTokenCount")) + count(usage.get("toolUsePromptTokenCount"))
    return Usage(
        input_tokens=max(0, prompt - cached),
        cache_read_tokens=cached,
        output_tokens=count(usage.get("candidatesTokenCount")),
        reasoning_tokens=count(usage.get("thoughtsTokenCount")),
    )


def _said(error: Any) -> Failure:
    body = mapping(error.details)
    body = mapping(body.get("error")) or body
    details = [mapping(detail) for detail in sequence(body.get("details"))]
    headers = getattr(error.response, "headers", None) or {}
    wait = next((duration(d["retryDelay"]) for d in details if "retryDelay" in d), None)
    return Failure(
        status=error.code if isinstance(error.code, int) else None,
        code=" ".join([text(body.get("status")), *_reasons(details)]).strip(),
        message=text(body.get("message")),
        request_id=_request_id(headers),
        retry_after=wait if wait is not None else retry_after(headers),
    )


def _reasons(details: list[Any]) -> list[str]:
    """ErrorInfo reasons and the ids of violated quotas, such as ...PerDayPerProject..."""
    violations = [mapping(v) for d in details for v in sequence(d.get("violations"))]
    ids = [text(v.get("quotaId")) for v in violations]
    return list(filter(None, [*(text(d.get("reason")) for d in details), *ids]))


def _request_id(headers: Any) -> str | None:
    return text(headers.get("x-request-id")) or text(headers.get("x-goog-request-id")) or None
