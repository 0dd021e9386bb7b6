"""AWS's binary event stream: a length, headers, a body of JSON, and two checksums a frame."""

import json
import struct
import zlib
from typing import Any

TEXT = 7  # a header's type


def frame(kind: str, said: dict[str, Any], message: str = "event") -> bytes:
    """One event, or one error: "exception" of the model of the service, "error" of the protocol."""
    name = ":error-code" if message == "error" else f":{message}-type"
    named = {name: kind, ":content-type": "application/json"}
    headers = b"".join(_header(*pair) for pair in {**named, ":message-type": message}.items())
    payload = json.dumps(said, ensure_ascii=False).encode()
    sizes = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = sizes + _sum(sizes) + headers + payload
    return body + _sum(body)


def _header(name: str, value: str) -> bytes:
    told = value.encode()
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", TEXT, len(told)) + told


def _sum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))
