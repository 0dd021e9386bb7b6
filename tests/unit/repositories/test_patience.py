"""What ends a call is written again while Postgres is away, for as long as there is patience."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest

from app.infra.postgres import Database
from app.repositories.claims import Claim, ClaimRepository, StageEnd


class Away:
    """A database that fails so many times."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.asked = 0
        self._failures = failures
        self._error = error

    def run(self, *_: Any, **__: Any) -> list[list[dict[str, Any]]]:
        self.asked += 1
        if self.asked <= self._failures:
            raise self._error
        return [[{"job_status": "running"}]]


CLAIM = cast(Claim, SimpleNamespace(tenant_id=uuid4(), stage=SimpleNamespace(id="stg_x"), epoch=1))
GONE = psycopg.OperationalError("the connection is lost")


def test_it_is_written_when_postgres_is_back() -> None:
    away = Away(3, GONE)
    rows = ClaimRepository(cast(Database, away), patience=60)
    assert rows.pass_on(CLAIM, StageEnd()) == "running"
    assert away.asked == 4


def test_without_patience_it_fails_at_once() -> None:
    away = Away(1, GONE)
    with pytest.raises(psycopg.OperationalError):
        ClaimRepository(cast(Database, away)).pass_on(CLAIM, StageEnd())
    assert away.asked == 1


def test_what_no_waiting_mends_is_not_tried_again() -> None:
    away = Away(1, psycopg.DataError("a number out of range"))
    with pytest.raises(psycopg.DataError):
        ClaimRepository(cast(Database, away), patience=60).pass_on(CLAIM, StageEnd())
    assert away.asked == 1
