import pytest

from tests.unit.providers.routing.circuits import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()
