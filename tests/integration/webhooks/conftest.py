"""Relay and webhook worker as processes, and a receiver."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tests.support.receiver import Receiver
from tests.support.webhooks import Webhooks


@pytest.fixture
def webhooks(deployment: Deployment) -> Webhooks:
    return Webhooks(deployment)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()
