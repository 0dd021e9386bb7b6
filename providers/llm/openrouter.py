"""OpenRouter: OpenAI's format in front of many vendors, with words of its own."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from providers.base import Answer
from providers.errors import ProviderError
from providers.failures import Failure, classify
from providers.llm.openai import read_usage
from providers.llm.openai_compatible import OpenAICompatibleAdapter
from providers.types import Completion, CompletionRequest, Usage
from providers.wire import count, mapping, sequence, text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

MOST = 1_000_000  # dollars a call: more is nonsense
UPSTREAM_FAILED = 502  # of an error inside an answer that names no status


class OpenRouterAdapter(OpenAICompatibleAdapter):
    """Takes the cost that it reports, and sees the errors that come with a 200."""

    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        body = mapping(answer.body)
        usage = priced_usage(mapping(body.get("usage")))
        request_id = answer.headers.get("x-request-id") or text(body.get("id")) or None
        fault = _fault_of(body)
        if fault is not None:
            with_schema = request.schema is not None
            failed = classify(replace(fault, request_id=request_id), with_schema=with_schema)
            failed.usage = usage if body.get("usage") else None
            raise failed
        try:
            whole = super().read(answer, request)
        except ProviderError as failed:
            failed.usage = failed.usage and usage  # a refusal is charged too
            raise
        return replace(whole, usage=usage, request_id=request_id)

    def explain(self, error: Exception) -> Failure | None:
        failure = super().explain(error)
        if failure is None or failure.status is None:
            return failure
        said = _said(getattr(error, "body", None), failure.status)
        return replace(failure, code=said.code, message=said.message)

    async def list_models(self, client: "AsyncOpenAI", timeout: float) -> list[str]:
        """The list is public, so the key is asked about first. May raise anything."""
        import httpx2

        await client.get("/key", cast_to=httpx2.Response, options={"timeout": timeout})
        return await super().list_models(client, timeout)

    def _arguments(self, request: CompletionRequest) -> dict[str, Any]:
        arguments = super()._arguments(request)
        if request.schema is not None or request.tools:  # only vendors that would not drop them
            arguments["provider"] = {"require_parameters": True}
        return arguments


def priced_usage(usage: Any) -> Usage:
    """The counts with what was charged: with a key of one's own, the vendor's part too."""
    credits = _dollars(usage.get("cost"))
    if credits is not None and usage.get("is_byok") is True:
        credits += _dollars(mapping(usage.get("cost_details")).get("upstream_inference_cost")) or 0
    cost = None if credits is None else round(credits * 1_000_000)
    return replace(read_usage(usage), cost_micros=cost)


def _dollars(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and 0 <= value < MOST else None


def _fault_of(body: Any) -> Failure | None:
    """The error of an answer whose HTTP status says that all is well."""
    choices = sequence(body.get("choices"))
    choice = mapping(choices[0] if choices else None)
    said = choice.get("error") or (body.get("error") if not choice else None)
    if choice.get("finish_reason") != "error" and not said:
        return None
    return _said(said or body.get("error"), UPSTREAM_FAILED)


def _said(body: Any, status: int) -> Failure:
    """Read an error object, {"error": {...}} or the inner one; the vendor's own words follow."""
    body = mapping(body)
    fault = mapping(body.get("error")) or body
    more = mapping(fault.get("metadata"))
    words = [text(fault.get("message")), text(more.get("raw"))[:300]]
    codes = [str(fault["code"])] if fault.get("code") else []
    codes += [text(more.get("error_type"))]
    if sequence(more.get("reasons")):  # moderation says why
        codes.append("content_policy")
    return Failure(
        status=count(fault.get("code")) or status,
        code=" ".join(filter(None, codes)),
        message=": ".join(filter(None, words)),
    )
