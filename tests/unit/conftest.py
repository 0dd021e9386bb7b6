"""A stand-in for the API, for the client and the commands."""

from collections.abc import Iterator

import pytest

from app.client import transport
from tests.support.fake_api import FakeAPI


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Delays between tries are recorded, not slept."""
    slept: list[float] = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    return slept


@pytest.fixture
def api(no_waiting: list[float]) -> Iterator[FakeAPI]:
    fake = FakeAPI()
    yield fake
    fake.close()
