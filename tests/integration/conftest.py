"""RabbitMQ for the broker tests, and a module's deployment for each of its tests."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Deployment
from tests.support.rabbitmq import RabbitMQ, server_script


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    if server_script() is None:
        pytest.skip("RabbitMQ is not installed: `apt-get install rabbitmq-server` (needs root)")
    node = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture
def stack(running: Deployment) -> Iterator[Deployment]:
    """The module's `running`; faults that a test sets are gone after it."""
    yield running
    running.servers.simulate("DELETE", "/control/faults")
