"""Pictures as a job's `images` has them."""

import base64
from pathlib import Path

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture(source: bytes | str | Path) -> dict[str, str]:
    """A picture's {media_type, data}, of its bytes or its file.

    Raises OSError; ValueError for what is not PNG, JPEG, WebP or GIF.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    name = "the picture" if isinstance(source, bytes) else str(source)
    found = next((kind for begins, kind in SIGNATURES.items() if data.startswith(begins)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = "image/webp"
    if found is None:
        raise ValueError(f"{name} is neither PNG, JPEG, WebP nor GIF")
    return {"media_type": found, "data": base64.b64encode(data).decode("ascii")}
