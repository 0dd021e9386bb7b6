"""The embedded services on their own: as root too, through kills, with what was written intact."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from app.stack.postgres import EmbeddedPostgres
from app.stack.valkey import EmbeddedValkey


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "with space" / "postgres")
    yield server
    server.destroy()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "with space" / "valkey")
    yield server
    server.kill()


def test_postgres_keeps_its_rows_through_a_kill(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.start(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    postgres.kill()
    with psycopg.connect(postgres.start()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (42,)
    postgres.stop(immediate=True)
    with psycopg.connect(postgres.start()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (42,)


def test_postgres_is_unprivileged_on_loopback_and_wants_its_password(
    postgres: EmbeddedPostgres,
) -> None:
    url = postgres.start()
    assert postgres.pid is not None
    process = psutil.Process(postgres.pid)
    assert process.uids().effective != 0
    assert {c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"} == {"127.0.0.1"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(postgres.password, "wrong"))


def test_a_stale_pid_file_keeps_nobody_out(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.kill()
    stale = postgres.folder / "data" / "postmaster.pid"
    lines = stale.read_text().splitlines(keepends=True)
    stale.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))  # a pid that lives, but not its
    psycopg.connect(postgres.start()).close()


def test_valkey_keeps_what_it_held_through_a_kill(valkey: EmbeddedValkey) -> None:
    client = redis.Redis.from_url(valkey.start())
    client.config_set("appendfsync", "always")
    client.set("kept", "42")
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    valkey.kill()
    assert redis.Redis.from_url(valkey.start()).get("kept") == b"42"


def test_valkey_wants_its_password(valkey: EmbeddedValkey) -> None:
    url = valkey.start()
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url(url.replace(valkey.password, "wrong")).ping()
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url(url.replace(f":{valkey.password}@", "")).ping()
