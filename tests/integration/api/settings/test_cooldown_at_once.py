"""The cooldown under load: many at once, a full queue, and what it costs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.container import Container
from app.factory import create_app
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import with_input
from tests.integration.api.refusals import assert_problem
from tests.integration.api.settings.conftest import Connection


@pytest.fixture
def processes(container: Container) -> Iterator[list[FlaskClient]]:
    """Two applications that share nothing but the database."""
    other = Container(container.settings)
    yield [create_app(container=made).test_client() for made in (container, other)]
    other.close()


@pytest.mark.parametrize("keyed", [False, True], ids=["bare", "with keys"])
@pytest.mark.usefixtures("strict")
def test_many_at_once_make_one_job(
    processes: list[FlaskClient], carol: Owner, superuser: Connection, keyed: bool
) -> None:
    start = threading.Barrier(12)

    def post(n: int, prompt: str) -> TestResponse:
        client = processes[n % 2].application.test_client()
        key = {"Idempotency-Key": f"{prompt}{n}"} if keyed else {}
        start.wait()
        body = with_input(prompt=prompt)
        return client.post("/v1/jobs", json=body, headers=carol.auth | key)

    with ThreadPoolExecutor(12) as pool:
        for prompt in ("a", "b", "c", "d", "e"):
            answers = list(pool.map(post, range(12), [prompt] * 12))
            assert sorted(a.status_code for a in answers) == [200] * 11 + [202]
            assert len({a.json["id"] for a in answers if a.json}) == 1
    query = "SELECT count(*) FROM jobs WHERE tenant_id = %s"
    assert superuser.execute(query, (carol.tenant.id,)).fetchone() == (5,)


@pytest.mark.usefixtures("strict")
def test_who_waits_for_a_frozen_one_is_told_to_come_again(
    submit: Any, carol: Owner, superuser: Connection
) -> None:
    """The other has asked the same, and its transaction does not end."""
    submit(with_input())
    query = "SELECT fingerprint FROM jobs WHERE tenant_id = %s"
    row = superuser.execute(query, (carol.tenant.id,)).fetchone()
    assert row is not None
    superuser.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s::text || encode(%s, 'hex'), 1))",
        (carol.tenant.id, row[0]),
    )
    answer = submit(with_input())
    assert_problem(answer, 503, "unavailable")
    superuser.rollback()
    assert submit(with_input()).status_code == 200


def test_an_answer_takes_no_place_in_the_queue(
    container: Container, carol: Owner, keep: Any, submit: Any
) -> None:
    container.limit_administration.set(carol.tenant.name, {"max_queued": 2})
    keep(cooldown_seconds=600)
    assert submit(with_input()).status_code == 202
    assert [submit(with_input()).status_code for _ in range(4)] == [200] * 4
    assert submit(with_input(prompt="Another.")).status_code == 202
    assert_problem(submit(with_input(prompt="One more.")), 429, "queue_full")
    assert submit(with_input(), Idempotency_Key="full").status_code == 200


def test_without_a_cooldown_a_submission_is_still_one_statement(
    container: Container, submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process knows of the tenant is read before; the settings cost no round trip."""
    assert submit(with_input()).status_code == 202
    seen: list[str] = []
    execute = psycopg.Connection.execute

    def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        if "pg_notify" not in str(query):
            seen.append(str(query))
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    assert submit(with_input()).status_code == 202
    assert len(seen) == 1, seen
