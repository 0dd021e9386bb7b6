"""From what a vendor said to our error tree. One place, because the vendors' words overlap."""

import datetime
import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.errors import (
    AuthenticationFailed,
    ContentRefused,
    ContextTooLong,
    IncompleteAnswer,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    SchemaRefused,
)

ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What went wrong, in nobody's words. Without a status no whole answer came."""

    status: int | None = None
    code: str = ""  # every code, type and reason that the vendor gave, space-separated
    message: str = ""
    request_id: str | None = None
    retry_after: float | None = None  # seconds
    timed_out: bool = False
    cut: bool = False  # an answer began and did not end

    def has(self, pattern: re.Pattern[str]) -> bool:
        """An address in the message is no word: many end with where to pay for more."""
        said = ADDRESS.sub("", self.message)
        return bool(pattern.search(self.code) or pattern.search(said))


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


QUOTA = _words(
    "insufficient_quota",
    "billing",
    "spend.{0,20}limit",
    "credit balance",
    "exceeded your current quota",
    "usage limits?",
    "per[_ -]?day",
    r"quota.{0,40}\bdaily\b",
    "service_?quota_?exceeded",
    "key limit exceeded",  # OpenRouter, of what a key may spend
)
# Gemini words its per-minute 429 as "exceeded your current quota" too; the quota's id tells.
PER_MINUTE = _words("per_?minute", "per_?second")
NOT_FOUND = _words("not_?found")
KEY = _words("api_key_invalid", "invalid_api_key", "authentication_error", "api key not valid")
CONTEXT = _words(
    "context_length_exceeded",
    "maximum context length",
    r"\bmodel's context length",  # vLLM
    r"exceeds? the (available )?context (size|length)",  # llama.cpp, Ollama
    "exceeds? context limit",  # Anthropic, of the input and the answer together
    "maximum model length",  # vLLM
    r"inputs` (tokens \+|must have less than)",  # Hugging Face's own server
    "number of input tokens exceeds",  # Amazon's models
    "exceed_context_size",
    "context window",
    "prompt is too long",
    "input token count.{0,40}exceeds",
    "string_above_max_length",
    "request_too_large",
    "input is too long",
)
MODEL = _words(
    "model_not_found",
    "model_not_supported",
    # within a sentence; a name may have dots in it
    r"\bmodels?\b([^.]|\.(?=\S)){0,120}"
    r"((not|no longer) (found|supported|available)|does not exist|unknown)",
    r"(no such|unknown|unsupported) model",
    "^model: ",
    "model identifier is invalid",
    "on-demand throughput",  # Bedrock: the model has to be named by an inference profile
    "deployment_?not_?found",
)
SCHEMA = _words(
    "response_?format",
    "output_?config",
    "(structured )?output.?format",
    "structured output",
    r"schema\b",
    r"\bgrammar\b",  # that a local server makes of it
    "text_?format",
    "tool_?(choice|config)",
    # OpenRouter: none of the model's vendors takes what `require_parameters` holds them to
    "no endpoints found that (can handle the requested parameters|support tool use)",
)
CONTENT = _words(
    *("content_policy", "content_filter", "content management policy", "safety system"),
    *("content filtering policy", "(input|prompt) was flagged"),
)

Kind = type[ProviderError]


def classify(failure: Failure, *, with_schema: bool) -> ProviderError:
    """The error of our tree that says the same; `with_schema` when the request carried one."""
    kind = _kind(failure, with_schema)
    return kind(
        failure.message or _sentence(failure),
        status=failure.status,
        request_id=failure.request_id,
        retry_after=failure.retry_after,
    )


def _kind(failure: Failure, with_schema: bool) -> Kind:
    status = failure.status
    if failure.cut:
        return IncompleteAnswer
    if failure.timed_out:
        return ProviderTimeout
    if status is None or status in (408, 409, 424, 425) or (status >= 500 and status != 501):
        return ProviderUnavailable
    if status == 402:
        return QuotaExhausted
    if status == 429:
        return QuotaExhausted if _quota(failure) else RateLimited
    if status == 401 or failure.has(KEY):
        return AuthenticationFailed
    if status == 413:
        return ContextTooLong
    return _refusal(failure, with_schema)


def _quota(failure: Failure) -> bool:
    return failure.has(QUOTA) and not PER_MINUTE.search(failure.code)


def _refusal(failure: Failure, with_schema: bool) -> Kind:
    """A 4xx that speaks of this request."""
    if failure.has(CONTEXT):
        return ContextTooLong
    if failure.has(MODEL) or (failure.status == 404 and NOT_FOUND.search(failure.code)):
        return ModelNotFound
    if failure.has(CONTENT):
        return ContentRefused
    if failure.has(QUOTA):
        return QuotaExhausted
    if failure.status == 403:
        return AuthenticationFailed
    if with_schema and failure.has(SCHEMA):
        return SchemaRefused
    return InvalidRequest


def _sentence(failure: Failure) -> str:
    if failure.status is None:
        return "the provider could not be reached"
    return f"the provider answered with status {failure.status}"


def unreadable(error: Exception) -> bool:
    """Whether an exception is what reading a nonsensical body ends in (JSON and pydantic too)."""
    return isinstance(error, ValueError | AttributeError | LookupError | RecursionError)


def transport_failure(error: BaseException | None) -> Failure:
    """Explain an exception of the HTTP library, by its class name: no SDK need be loaded."""
    name, text = type(error).__name__, str(error)
    if name.endswith("Timeout"):
        return Failure(timed_out=True, message=f"the provider did not answer in time ({name})")
    if name == "RemoteProtocolError" and ("complete message body" in text or "chunked" in text):
        return Failure(cut=True, message="the answer was cut off")
    if name == "DecodingError":
        return Failure(cut=True, message="the answer could not be decoded")
    return Failure(message=f"the provider could not be reached ({name})")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After` (seconds or a date); None: unsaid."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:  # asctime's format names no zone: HTTP's times are UTC
            moment = moment.replace(tzinfo=datetime.UTC)
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def duration(value: Any) -> float | None:
    """Seconds of a protobuf duration such as "13.5s"."""
    return _number(value[:-1]) if isinstance(value, str) and value.endswith("s") else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 10**7 else None
