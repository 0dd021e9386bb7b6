from collections.abc import Iterator

import pytest

from tests.unit.services.semantic.parts import Parts


@pytest.fixture
def parts() -> Iterator[Parts]:
    made = Parts()
    yield made
    made.caller.close()
