"""AWS's binary event stream, as Bedrock sends it: frames with checksums, JSON within."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NamedTuple

from providers.errors import IncompleteAnswer
from providers.wire import mapping, text

# What an error inside a stream has for a status outside of one.
STATUSES = {
    "ValidationException": 400,
    "AccessDeniedException": 403,
    "ModelTimeoutException": 408,
    "ModelStreamErrorException": 424,
    "ThrottlingException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}


class Event(NamedTuple):
    """One frame: its type, such as "messageStop", and what it says."""

    kind: str
    said: Any


async def events(
    parts: AsyncIterator[bytes], request_id: str | None
) -> AsyncGenerator[Event, None]:
    """The events in a stream's bytes. Raises botocore's ClientError for one that is an error.

    Raises IncompleteAnswer for bytes that are no such stream. A half frame at the end is left
    alone: whoever reads misses the end mark.
    """
    from botocore.eventstream import EventStreamBuffer, ParserError

    buffer = EventStreamBuffer()
    async for part in parts:
        buffer.add_data(part)
        try:
            frames = list(buffer)
        except ParserError:
            raise IncompleteAnswer("the stream could not be read") from None
        for frame in frames:
            yield _event(frame, request_id)


def _event(frame: Any, request_id: str | None) -> Event:
    kind = frame.headers.get(":message-type")
    said = _object(frame.payload)
    if kind == "exception":
        raise _error(text(frame.headers.get(":exception-type")), said, request_id)
    if kind == "error":
        code, message = frame.headers.get(":error-code"), frame.headers.get(":error-message")
        raise _error(text(code), {"message": message}, request_id)
    return Event(text(frame.headers.get(":event-type")), said)


def _error(code: str, said: Any, request_id: str | None) -> Exception:
    """The exception that boto3 raises for the same error without a stream."""
    from botocore.exceptions import ClientError

    code = code[:1].upper() + code[1:]
    told = {
        "Error": {"Code": code, "Message": text(mapping(said).get("message"))},
        "ResponseMetadata": {"HTTPStatusCode": STATUSES.get(code), "RequestId": request_id},
    }
    error: Exception = ClientError(told, "ConverseStream")
    return error


def _object(payload: bytes) -> Any:
    try:
        return mapping(json.loads(payload or b"{}"))
    except (ValueError, RecursionError):
        raise IncompleteAnswer("the stream could not be read") from None
