"""Headers that carry meaning."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from app.api.request_headers import read_submit_headers

GOOD = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (GOOD, True),
        (f"ff-{'a' * 32}-{'b' * 16}-01", False),
        (f"00-{'0' * 32}-{'b' * 16}-01", False),
        (f"00-{'a' * 32}-{'0' * 16}-01", False),
        (GOOD.upper(), False),
        (GOOD + "-x", False),
        ("", False),
    ],
)
def test_traceparent(given: str, kept: bool) -> None:
    request = Request(EnvironBuilder(headers={"traceparent": given}).get_environ())
    assert read_submit_headers(request).traceparent == (given if kept else None)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("wait=5", 5), ("respond-async, wait=7", 7), ("wait=600", 60), ("wait=x", 0), ("", 0)],
)
def test_wait(given: str, seconds: int) -> None:
    request = Request(EnvironBuilder(headers={"Prefer": given}).get_environ())
    assert read_submit_headers(request).wait_seconds == seconds
