"""Real servers for the tests: throw-away folders, free ports, gone afterwards."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.leftovers import remove_elsewhere
from tests.support.receiver import Receiver
from tests.support.servers import Servers
from tests.support.webhooks import Webhooks

for name in [n for n in os.environ if n.startswith("PENSTOCK_")]:
    del os.environ[name]  # a developer's own settings are not the tests'
for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
    os.environ.pop(name, None)


def pytest_configure() -> None:
    """SIGTERM, as of `timeout`, ends a session in order: its servers stop and their data goes."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))


@pytest.fixture(scope="session", autouse=True)
def nothing_left_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """As root, data of folders that are closed to others lies elsewhere; it goes too."""
    yield
    remove_elsewhere(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Postgres, Valkey and the simulator, shared by the session."""
    shared = Servers(tmp_path_factory.mktemp("servers"))
    try:
        shared.start()
        yield shared
    finally:
        shared.stop()


@pytest.fixture
def deployment(servers: Servers, tmp_path: Path) -> Iterator[Deployment]:
    """A database of its own, an empty broker, and any process roles as subprocesses."""
    with Deployment(servers, tmp_path) as made:
        yield made


@pytest.fixture
def webhooks(deployment: Deployment) -> Webhooks:
    """Endpoints and deliveries of that deployment."""
    return Webhooks(deployment)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks arrive."""
    made = Receiver()
    yield made
    made.stop()
