"""An id is a UUIDv7 in base32hex, so it sorts by the time it was made."""

import base64
import re
import time
import uuid

import pytest

from app.infra.ids import new_id


def decoded(text: str) -> uuid.UUID:
    return uuid.UUID(bytes=base64.b32hexdecode(text.partition("_")[2].upper() + "======"))


def test_it_is_the_base32_of_a_uuid_of_now() -> None:
    before = time.time_ns() // 1_000_000
    text = new_id("job")
    assert re.fullmatch("job_[0-9a-v]{26}", text)
    value = decoded(text)
    assert (value.version, value.variant) == (7, uuid.RFC_4122)
    assert before <= value.int >> 80 <= time.time_ns() // 1_000_000
    # The library's encoder says the same.
    assert text == "job_" + base64.b32hexencode(value.bytes).decode().rstrip("=").lower()


def test_later_ones_sort_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for now in range(1_800_000_000_000, 1_800_000_100_000, 97):  # milliseconds
        monkeypatch.setattr(time, "time_ns", lambda now=now: now * 1_000_000)
        first = new_id("job")
        monkeypatch.setattr(time, "time_ns", lambda now=now: (now + 1) * 1_000_000)
        assert first < new_id("job")
