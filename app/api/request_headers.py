"""Headers that carry meaning: read strictly, refused by name."""

import hashlib
import re
from dataclasses import dataclass

from flask import Request

from app.errors import FieldError, InvalidInput
from app.repositories.resubmission import IdempotencyKey

TRACEPARENT = re.compile(  # W3C: no version ff, no ids of zeros
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?")
VISIBLE = re.compile(r"[\x21-\x7e]+")
MAX_WAIT = 60
IDEMPOTENCY_KEY = {  # as OpenAPI has it
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
}
MAX_CANCEL_AFTER = 30 * 86_400


@dataclass(frozen=True, kw_only=True)
class SubmitHeaders:
    idempotency: IdempotencyKey | None
    wait_seconds: int
    cancel_after: float | None
    traceparent: str | None


def read_submit_headers(request: Request) -> SubmitHeaders:
    """Raises InvalidInput with a pointer such as /headers/Idempotency-Key."""
    return SubmitHeaders(
        idempotency=_idempotency(request),
        wait_seconds=_wait(request),
        cancel_after=_cancel_after(request),
        traceparent=_traceparent(request),
    )


def sane_request_id(given: str | None) -> str | None:
    """A client's request id, if it is short and visible ASCII."""
    return given if given and len(given) <= 128 and VISIBLE.fullmatch(given) else None


def _refuse(name: str, detail: str) -> InvalidInput:
    return InvalidInput(f"the header {name} is not valid", [FieldError(f"/headers/{name}", detail)])


def read_idempotency_key(request: Request) -> str | None:
    """Raises InvalidInput naming /headers/Idempotency-Key."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and (len(key) > 255 or not VISIBLE.fullmatch(key)):
        raise _refuse("Idempotency-Key", "must have 1 to 255 visible ASCII characters")
    return key


def _idempotency(request: Request) -> IdempotencyKey | None:
    key = read_idempotency_key(request)
    if key is None:
        return None
    headers = f"{request.headers.get('Cancel-After', '')}".encode()
    digest = hashlib.sha256(headers + b"\0" + request.get_data(cache=True)).digest()
    return IdempotencyKey(key=key, payload_sha256=digest)


def _wait(request: Request) -> int:
    match = WAIT.search(request.headers.get("Prefer", "").lower())
    return min(MAX_WAIT, int(match[1])) if match else 0


def _cancel_after(request: Request) -> float | None:
    given = request.headers.get("Cancel-After")
    if given is None:
        return None
    if not re.fullmatch(r"\d{1,8}(\.\d{1,9})?", given) or not 0 < float(given) <= MAX_CANCEL_AFTER:
        raise _refuse("Cancel-After", f"must be a number of seconds up to {MAX_CANCEL_AFTER}")
    return float(given)


def _traceparent(request: Request) -> str | None:
    given = request.headers.get("traceparent", "")
    return given if TRACEPARENT.fullmatch(given) else None
