"""The pictures of an extract job: what may be sent, what it counts as, how models get it."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.errors import FieldError
from providers.types import ImagePart

MOST = 20  # pictures of one call
MOST_BYTES = 3_932_160  # of one; 5 MiB in base64, which every vendor takes
MOST_TOGETHER = 12_582_912  # of one call; 16 MiB in base64, as much as a request body may have
TOKENS = 1_600  # a picture counts as so many: vendors scale a large one down to about that
SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
UNREDACTABLE = "a picture cannot be redacted: send `redact` false with it"
REQUIRED = "a picture cannot be redacted, and the tenant's settings require that"


def pictures_of(given: Mapping[str, Any], item: Mapping[str, Any] | None) -> Sequence[Any]:
    """Of a job, or of one of its items: {media_type, data} each."""
    found: Sequence[Any] = (item or {}).get("images") or given.get("images") or ()
    return found


def tokens_of(pictures: Sequence[Any]) -> int:
    """An estimate that needs no look at them."""
    return TOKENS * len(pictures)


def parts_of(pictures: Sequence[Mapping[str, str]]) -> tuple[ImagePart, ...]:
    """Of pictures that were checked."""
    return tuple(
        ImagePart(media_type=one["media_type"], data=base64.b64decode(one["data"]))
        for one in pictures
    )


def digests_of(pictures: Sequence[Mapping[str, str]]) -> list[str]:
    """SHA-256 of each with its media type; in order, for the order may decide an answer."""
    texts = (f"{one['media_type']},{one['data']}" for one in pictures)
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def picture_faults(pictures: Sequence[Mapping[str, str]], at: str) -> Iterator[FieldError]:
    """Of pictures of the right shape; `at` points at their list."""
    total = 0
    for index, one in enumerate(pictures):
        found = _read(one["data"])
        if isinstance(found, bytes):
            total += len(found)
            found = _signature_fault(found, one["media_type"])
        if found:
            yield FieldError(f"{at}/{index}/data", found)
    if total > MOST_TOGETHER:
        yield FieldError(at, f"have {total} bytes together, and {MOST_TOGETHER} are allowed")


def redaction_faults(
    given: Mapping[str, Any], items: Sequence[Mapping[str, Any]] | None, *, required: bool
) -> Iterator[FieldError]:
    """Pictures of a job that has personal data taken out, which a picture cannot be rid of."""
    if not given.get("redact"):
        return
    detail = REQUIRED if required else UNREDACTABLE
    if given.get("images"):
        yield FieldError("/input/images", detail)
    for index, item in enumerate(items or ()):
        if item.get("images"):
            yield FieldError(f"/items/{index}/images", detail)


def _read(data: str) -> bytes | str:
    """The picture, or what is wrong with its text."""
    if data.startswith("data:"):
        return "must be the base64 alone, without 'data:...;base64,'"
    if len(data) > 4 * MOST_BYTES // 3:
        return f"has {len(data)} characters of base64: a picture may have {MOST_BYTES} bytes"
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        return f"is not base64: {error}"
    return found or "is empty"


def _signature_fault(found: bytes, media_type: str) -> str:
    seen = _media_type(found)
    if seen == media_type:
        return ""
    return f"is {seen}, not {media_type}" if seen else f"does not begin as {media_type} does"


def _media_type(found: bytes) -> str | None:
    """By the first bytes."""
    if found[:4] == b"RIFF" and found[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for kind, begins in SIGNATURES.items() if found.startswith(begins)), None)
