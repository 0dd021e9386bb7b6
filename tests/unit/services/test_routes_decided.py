"""What a job is tried on is what /v1/route says of it."""

from pathlib import Path
from typing import Any

import pytest

from app.services.deployments import kept_of
from app.services.routing import needs_of
from tests.unit.services.configured import routes_of

# Questions are dear at `asks`, answers at `tells`.
FILE = """
[providers.asks]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1/v1"
models = ["m"]
[providers.tells]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1/v1"
models = ["m"]
[models.cheap]
deployments = ["asks/m", "tells/m"]
strategy = "lowest_cost"
[prices."asks/m"]
input = 10_000_000
output = 1_000_000
[prices."tells/m"]
input = 1_000_000
output = 10_000_000
"""


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"document": "x" * 80_000}, "tells/m"),
        ({"document": "x" * 40}, "asks/m"),
        ({"document": "x" * 400, "max_output_tokens": 4_000}, "asks/m"),
        ({"document": "x" * 80_000, "max_output_tokens": 4}, "tells/m"),
    ],
)
def test_a_group_that_goes_by_cost_goes_by_the_requests_own(
    tmp_path: Path, given: dict[str, Any], first: str
) -> None:
    routes = routes_of(tmp_path, FILE)
    given = {"prompt": "p", "model": "cheap", **given}
    needs = needs_of(given)
    models, faults = routes.resolve(given, needs)
    (explained,) = routes.explain(given, needs)
    assert (models[0], faults) == (first, [])
    assert models == kept_of(explained)
