"""`penstock providers`, against servers that answer, refuse or are silent."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.services import providers
from tests.contract.wire_server import Reply, WireServer

MODELS = {"data": [{"id": "gpt-5"}, {"id": "gpt-5-mini"}]}
SECRET = "sk-hunter2"
LIMITS = "64 at once, 7 in flight, 500 requests a minute, 120 s"
TABLE = """
[providers.{name}]
kind = "openai_compatible"
base_url = "{url}/v1"
models = ["big", "small"]
max_in_flight = 7
requests_per_minute = 500
keys = [
  {{name = "main", key = "{secret}", weight = 3}},
  {{name = "spare", key = "{secret}2", weight = 0}},
]
"""


@pytest.fixture
def servers() -> Iterator[tuple[WireServer, WireServer]]:
    good, bad = WireServer(), WireServer()
    good.reply = Reply(MODELS)
    yield good, bad
    good.close()
    bad.close()


def penstock(folder: Path, servers: tuple[WireServer, ...], *args: str) -> Result:
    names = ("good", "bad")
    file = folder / "penstock.toml"
    file.write_text(
        "".join(
            TABLE.format(name=name, url=server.url, secret=SECRET)
            for name, server in zip(names, servers, strict=True)
        )
    )
    env = {"PENSTOCK_CONFIG": str(file), "PENSTOCK_DATA_DIR": str(folder / "none")}
    return CliRunner().invoke(main, list(args), env=env)


def test_what_is_configured_is_shown_and_nobody_is_asked(
    tmp_path: Path, servers: tuple[WireServer, WireServer]
) -> None:
    result = penstock(tmp_path, servers, "providers")
    assert result.exit_code == 0, result.output
    first = result.stdout.splitlines()[0].split("\t")
    what = ["good", "openai_compatible", "main", "big, small"]
    assert first == [*what, LIMITS, "unknown"]
    assert SECRET not in result.output
    assert [server.received for server in servers] == [[], []]


def test_a_probe_tells_each_keys_health(
    tmp_path: Path, servers: tuple[WireServer, WireServer]
) -> None:
    servers[1].reply = Reply({"error": {"message": f"who is {SECRET}?"}}, status=401)
    result = penstock(tmp_path, servers, "providers", "--probe", "--json")
    assert result.exit_code == 1, result.output
    assert SECRET not in result.output
    found = {
        p["name"]: [k["health"] for k in p["keys"]] for p in json.loads(result.stdout)["providers"]
    }
    assert [(h["ok"], h["detail"]) for h in found["good"]] == [(True, "2 models")] * 2
    assert found["good"][0]["models"] == ["gpt-5", "gpt-5-mini"]
    assert [h["ok"] for h in found["bad"]] == [False, False]
    assert found["bad"][0]["detail"] == "who is [key]?"
    keys = {seen.headers["authorization"] for server in servers for seen in server.received}
    assert keys == {f"Bearer {SECRET}", f"Bearer {SECRET}2"}


def test_all_are_well(tmp_path: Path, servers: tuple[WireServer, WireServer]) -> None:
    servers[1].reply = Reply(MODELS)
    assert penstock(tmp_path, servers, "providers", "--probe").exit_code == 0


def test_the_silent_hold_up_nobody(
    tmp_path: Path, servers: tuple[WireServer, WireServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three silent keys, one after another, would take three times as long."""
    seconds = 3.0
    monkeypatch.setattr(providers.ProviderService.probe, "__defaults__", (seconds,))
    for server in servers:
        server.reply = Reply(MODELS, before=60)
    started = time.monotonic()
    result = penstock(tmp_path, servers, "providers", "--probe", "--json")
    took = time.monotonic() - started
    told = [
        k["health"]["detail"] for p in json.loads(result.stdout)["providers"] for k in p["keys"]
    ]
    assert told == [f"no answer within {seconds:g} s"] * 4
    assert result.exit_code == 1
    assert took < 3 * seconds


def test_doctor_probes_too(tmp_path: Path, servers: tuple[WireServer, WireServer]) -> None:
    servers[1].reply = Reply({"error": {"message": "no"}}, status=401)
    result = penstock(tmp_path, servers, "doctor", "--probe", "--json")
    checks: dict[str, Any] = {c["name"]: c for c in json.loads(result.stdout)["checks"]}
    assert checks["provider good key main"]["detail"].startswith("2 models, ")
    assert not checks["provider bad key spare"]["ok"]
    assert result.exit_code == 3
    for server in servers:
        server.received.clear()
    result = penstock(tmp_path, servers, "doctor", "--json")
    assert "provider good key main" not in result.output
    assert [server.received for server in servers] == [[], []]


def test_without_a_provider(tmp_path: Path) -> None:
    env = {"PENSTOCK_DATA_DIR": str(tmp_path), "PENSTOCK_SIMULATOR_MODE": "off"}
    result = CliRunner().invoke(main, ["providers", "--probe"], env=env)
    assert result.exit_code == 0
    assert "no provider is configured" in result.output
