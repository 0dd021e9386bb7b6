"""Pictures as jobs send them: no real ones, but they begin and end as real ones do."""

import base64
import struct

HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x04\x00\x00\x00WEBP",
}


def png(width: int = 2, height: int = 3, size: int = 45) -> bytes:
    """Of so many bytes; the simulator reads its width and height."""
    head = HEADS["image/png"] + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return head.ljust(size, b"\0")


def image(data: bytes | None = None, media_type: str = "image/png") -> dict[str, str]:
    """One of an input's `images`."""
    data = png() if data is None else data
    return {"media_type": media_type, "data": base64.b64encode(data).decode()}
