"""How each process of a running stack is, asked of it where it can answer."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import redis
from celery import Celery

from app.stack.state import start_ticks

PATIENCE = 2.0  # seconds for an answer
STARTING = 60.0  # seconds; Flower takes its time
GOOD = ("ok", "running", "starting")
Entry = Mapping[str, Any]


def health(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """state.json's processes with `health`: `ok`, `running` (alive, and cannot be asked),
    `starting` (no answer in its first minute), `restarting`, `stopped` (by a signal), or
    `failing: why`.
    """
    answering = _workers(state)
    shown = []
    for entry in state["processes"]:
        kept = {k: v for k, v in entry.items() if k != "started_ticks"}
        found = _health(entry, state, answering)
        if found.startswith("failing") and not entry["restarts"] and _age(entry) < STARTING:
            found = "starting"
        shown.append(kept | {"health": found})
    return shown


def _health(entry: Entry, state: Mapping[str, Any], answering: set[str] | None) -> str:
    pid = entry["pid"]
    if pid is None or start_ticks(pid) != entry["started_ticks"]:
        return "restarting"
    if _stopped(pid):
        return "stopped"
    role, urls, environment = entry["role"], state["urls"], state["environment"]
    if role == "worker":
        if answering is None:
            return "running"
        lane = entry["name"].removeprefix("worker-")
        return "ok" if lane in answering else "failing: does not answer a ping"
    if role in ("postgres", "valkey"):
        return _postgres(environment) if role == "postgres" else _valkey(environment)
    paths = {"api": "/ready", "flower": "/healthcheck", "simulator": "/health"}
    return _http(urls[role] + paths[role]) if role in paths else "running"


def _age(entry: Entry) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(entry["started_at"])).total_seconds()


def _stopped(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in ("T", "t")


def _http(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return "ok" if answer.status == 200 else f"failing: HTTP {answer.status}"
    except urllib.error.HTTPError as error:
        return f"failing: HTTP {error.code}"
    except OSError as error:
        return f"failing: {getattr(error, 'reason', error)}"


def _postgres(environment: Mapping[str, str]) -> str:
    try:
        url = environment["PENSTOCK_DATABASE_APP_URL"]
        with psycopg.connect(url, connect_timeout=int(PATIENCE)) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return f"failing: {str(error).splitlines()[0]}"
    return "ok"


def _valkey(environment: Mapping[str, str]) -> str:
    try:
        redis.Redis.from_url(environment["PENSTOCK_REDIS_URL"], socket_timeout=PATIENCE).ping()
    except redis.RedisError as error:
        return f"failing: {error}"
    return "ok"


def _workers(state: Mapping[str, Any]) -> set[str] | None:
    """Lanes whose worker answers a ping; None when the broker cannot be asked."""
    lanes = sum(entry["role"] == "worker" for entry in state["processes"])
    app = Celery(broker=state["environment"]["PENSTOCK_BROKER_URL"])
    app.conf.broker_connection_timeout = PATIENCE
    with contextlib.suppress(Exception):  # whatever a broker's client raises, it cannot be asked
        with app.connection_for_write(transport_options={"socket_timeout": PATIENCE}) as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
            replies = app.control.ping(timeout=PATIENCE, limit=lanes, connection=connection)
        return {name.partition("@")[0] for reply in replies for name in reply}
    return None
