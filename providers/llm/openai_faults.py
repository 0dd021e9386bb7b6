"""What went wrong, in the shapes of OpenAI and of the servers that speak as it does."""

from typing import Any

from providers.failures import Failure
from providers.stream_failures import status_of
from providers.wire import count, mapping, text


def fault(body: Any, request_id: str | None) -> Failure:
    """Read an error's body: {"error": {...}}, {"error": "..."}, either unwrapped, or a `detail`.

    The SDK unwraps it; some servers never wrap it, and guards in front of them say one sentence.
    """
    told = mapping(body[0] if isinstance(body, list) and body else body)  # Google's: a list
    inner = told.get("error", told) or told
    said = mapping(inner)
    codes = (said.get("code"), said.get("type"), said.get("param"))
    sentences = (said.get("message"), said.get("error"), said.get("detail"), inner, body)
    words = " ".join(str(code) for code in codes if code)
    return Failure(
        status=count(said.get("code")) or status_of(words),
        code=words,
        message=next(filter(None, map(text, sentences)), ""),
        request_id=request_id,
    )
