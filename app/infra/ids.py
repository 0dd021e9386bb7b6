"""Ids: a prefix and the base32 of a UUIDv7, so that they sort by the time they were made."""

import base64
import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def new_id(prefix: str) -> str:
    """`job_` + 26 lower-case base32 characters."""
    return f"{prefix}_{base64.b32encode(uuid7().bytes).decode().rstrip('=').lower()}"
