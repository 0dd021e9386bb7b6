"""Pictures in messages, as far as all vendors treat them alike."""

import base64

from providers.errors import InvalidRequest
from providers.types import ImagePart, Message

MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


def checked(image: ImagePart, kind: str, takes: frozenset[str] = MEDIA_TYPES) -> bytes:
    """The picture's bytes. Raises InvalidRequest for a type that is not in `takes`."""
    if image.media_type not in takes:
        known = ", ".join(sorted(takes))
        raise InvalidRequest(f"{kind} does not take images of type {image.media_type!r}: {known}")
    if not image.data:
        raise InvalidRequest("an image needs data or a url")
    return image.data


def encoded(image: ImagePart, kind: str, takes: frozenset[str] = MEDIA_TYPES) -> str:
    """The picture in base64. Raises as `checked` does."""
    return base64.b64encode(checked(image, kind, takes)).decode("ascii")


def without_pictures(message: Message, kind: str) -> str:
    """The message's text. Raises InvalidRequest when it has pictures too."""
    if isinstance(message.content, str):
        return message.content
    if any(isinstance(part, ImagePart) for part in message.content):
        raise InvalidRequest(f"{kind} does not take an image in a message of role {message.role!r}")
    return message.text
