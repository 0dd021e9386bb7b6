"""No tenant reaches another's rows: by HTTP, by catalogue, and as the database role itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from app.container import Container
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD, batch

Connection = psycopg.Connection[Any]
TABLES = (
    "api_keys",
    "deliveries",
    "delivery_attempts",
    "delivery_targets",
    "events",
    "idempotency_records",
    "jobs",
    "joins",
    "outbox",
    "schedule_fires",
    "schedules",
    "stages",
    "tenant_limits",
    "tenant_settings",
    "usage",
    "webhook_endpoints",
    "webhook_secrets",
)


SCHEDULE = {"name": "nightly", "cron": "0 2 * * *", "job": GOOD}
HOOK = {"url": "https://127.0.0.1/hook", "event_types": ["job.queued"]}


@dataclass(frozen=True)
class Theirs:
    """What belongs to the other tenant."""

    job_id: str
    batch_id: str
    key_id: str
    endpoint_id: str
    delivery_id: str
    schedule_id: str


@pytest.fixture(scope="module")
def theirs(app: Flask, container: Container, alice: Owner) -> Theirs:
    client = app.test_client()
    headers = alice.auth | {"Idempotency-Key": "tenancy"}
    endpoint = client.post("/v1/webhook-endpoints", json=HOOK, headers=alice.auth)
    sent = client.post(f"/v1/webhook-endpoints/{endpoint.json['id']}/test", headers=alice.auth)
    assert client.post("/v1/webhook-secret/rotate", headers=alice.auth).status_code == 201
    single = client.post("/v1/jobs", json=GOOD, headers=headers)
    many = client.post("/v1/jobs", json=batch([{"document": "x"}]), headers=alice.auth)
    assert (single.status_code, many.status_code) == (202, 202)
    schedule = client.post("/v1/schedules", json=SCHEDULE, headers=alice.auth)
    fired = client.post(f"/v1/schedules/{schedule.json['id']}/trigger", headers=alice.auth)
    assert (schedule.status_code, fired.status_code) == (201, 202)
    container.system_db.system(
        "INSERT INTO tenant_limits (tenant_id) VALUES (%(tenant)s)", {"tenant": alice.tenant.id}
    )
    given = {"groups": {"theirs": {"models": ["openai/gpt-5"]}}}
    assert client.put("/v1/settings", json=given, headers=alice.auth).status_code == 200
    key, _ = container.keys.create(alice.tenant.id, "another", ["jobs:read"])
    _write_an_attempt(container, alice, sent.json["id"])
    return Theirs(
        job_id=single.json["id"],
        batch_id=many.json["id"],
        key_id=key.id,
        endpoint_id=endpoint.json["id"],
        delivery_id=sent.json["id"],
        schedule_id=schedule.json["id"],
    )


def _write_an_attempt(container: Container, owner: Owner, delivery_id: str) -> None:
    params = {"tenant": owner.tenant.id, "id": delivery_id}
    container.app_db.run(
        owner.tenant.id,
        [
            (f"INSERT INTO {table} {INSERTS[table]}", {**params, "delivery": delivery_id})
            for table in ("delivery_attempts", "delivery_targets")
        ],
    )


@dataclass(frozen=True)
class Case:
    path: str  # with {job_id}, {batch_id}, {key_id}
    kind: str  # "hidden": 404; "list": shows nothing of theirs; "own": makes or shows the caller's
    body: Any = None


ONE_SCHEDULE = "/v1/schedules/<string:schedule_id>"
ENDPOINT = "/v1/webhook-endpoints/<string:endpoint_id>"
DELIVERY = "/v1/webhook-deliveries/<string:delivery_id>"
MATRIX: dict[tuple[str, str], list[Case]] = {
    ("POST", "/v1/jobs"): [Case("/v1/jobs", "own", GOOD)],
    ("GET", "/v1/jobs"): [Case("/v1/jobs?limit=200", "list")],
    ("GET", "/v1/jobs/<string:job_id>"): [
        Case("/v1/jobs/{job_id}", "hidden"),
        Case("/v1/jobs/{batch_id}", "hidden"),
    ],
    ("DELETE", "/v1/jobs/<string:job_id>"): [Case("/v1/jobs/{job_id}", "hidden")],
    ("POST", "/v1/jobs/<string:job_id>/cancel"): [Case("/v1/jobs/{job_id}/cancel", "hidden")],
    ("POST", "/v1/jobs/<string:job_id>/retry"): [Case("/v1/jobs/{job_id}/retry", "hidden")],
    ("GET", "/v1/jobs/<string:job_id>/results"): [Case("/v1/jobs/{batch_id}/results", "hidden")],
    ("GET", "/v1/jobs/<string:job_id>/events"): [Case("/v1/jobs/{job_id}/events", "hidden")],
    ("POST", "/v1/keys"): [Case("/v1/keys", "own", {"name": "mine", "scopes": ["jobs:read"]})],
    ("GET", "/v1/keys"): [Case("/v1/keys", "list")],
    ("DELETE", "/v1/keys/<string:key_id>"): [Case("/v1/keys/{key_id}", "hidden")],
    ("POST", "/v1/keys/<string:key_id>/rotate"): [Case("/v1/keys/{key_id}/rotate", "hidden", {})],
    ("POST", "/v1/schedules"): [Case("/v1/schedules", "own", SCHEDULE)],
    ("GET", "/v1/schedules"): [Case("/v1/schedules?limit=200", "list")],
    ("GET", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden")],
    ("PATCH", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden", {"enabled": False})],
    ("DELETE", ONE_SCHEDULE): [Case("/v1/schedules/{schedule_id}", "hidden")],
    ("POST", f"{ONE_SCHEDULE}/trigger"): [Case("/v1/schedules/{schedule_id}/trigger", "hidden")],
    ("GET", f"{ONE_SCHEDULE}/fires"): [Case("/v1/schedules/{schedule_id}/fires", "hidden")],
    ("POST", "/v1/webhook-endpoints"): [Case("/v1/webhook-endpoints", "own", HOOK)],
    ("GET", "/v1/webhook-endpoints"): [Case("/v1/webhook-endpoints", "list")],
    ("GET", f"{ENDPOINT}"): [Case("/v1/webhook-endpoints/{endpoint_id}", "hidden")],
    ("PATCH", f"{ENDPOINT}"): [
        Case("/v1/webhook-endpoints/{endpoint_id}", "hidden", {"enabled": False})
    ],
    ("DELETE", f"{ENDPOINT}"): [Case("/v1/webhook-endpoints/{endpoint_id}", "hidden")],
    ("POST", f"{ENDPOINT}/rotate"): [
        Case("/v1/webhook-endpoints/{endpoint_id}/rotate", "hidden", {})
    ],
    ("POST", f"{ENDPOINT}/test"): [Case("/v1/webhook-endpoints/{endpoint_id}/test", "hidden")],
    ("POST", f"{ENDPOINT}/recover"): [
        Case("/v1/webhook-endpoints/{endpoint_id}/recover?since=2026-01-01T00:00:00Z", "hidden")
    ],
    ("GET", "/v1/webhook-deliveries"): [
        Case("/v1/webhook-deliveries?limit=100", "list"),
        Case("/v1/webhook-deliveries?endpoint_id={endpoint_id}", "list"),
        Case("/v1/webhook-deliveries?job_id={job_id}", "list"),
    ],
    ("GET", DELIVERY): [Case("/v1/webhook-deliveries/{delivery_id}", "hidden")],
    ("POST", f"{DELIVERY}/replay"): [Case("/v1/webhook-deliveries/{delivery_id}/replay", "hidden")],
    ("POST", "/v1/webhook-secret/rotate"): [Case("/v1/webhook-secret/rotate", "own", {})],
    ("GET", "/v1/webhook-secret"): [Case("/v1/webhook-secret", "list")],
    ("GET", "/v1/pipelines"): [Case("/v1/pipelines", "list")],
    ("GET", "/v1/providers"): [Case("/v1/providers", "list")],
    ("GET", "/v1/settings"): [Case("/v1/settings", "list")],
    ("PUT", "/v1/settings"): [Case("/v1/settings", "own", {"policy": "default"})],
    ("POST", "/v1/route"): [Case("/v1/route", "list", {"input": {"mode": "flash"}})],
    ("POST", "/v1/schemas/lint"): [Case("/v1/schemas/lint", "list", {"schema": {}})],
    ("GET", "/v1/usage"): [
        Case("/v1/usage?group_by=day,provider,model,key,pipeline", "list"),
        Case("/v1/usage?format=csv", "list"),
    ],
}
ROWS = [(method, case) for (method, _), cases in MATRIX.items() for case in cases]


def test_every_endpoint_has_a_row(app: Flask) -> None:
    rules = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == set(MATRIX)


def snapshot(superuser: Connection, owner: Owner) -> list[Any]:
    """The owner's rows that a request might change."""
    found = []
    tables = ("jobs", "stages", "events", "outbox", "webhook_endpoints", "deliveries")
    for table in tables:
        query = sql.SQL("SELECT * FROM {} WHERE tenant_id = %s ORDER BY id")
        found.append(
            superuser.execute(query.format(sql.Identifier(table)), (owner.tenant.id,)).fetchall()
        )
    own = "SELECT version, document::text FROM tenant_settings WHERE tenant_id = %s"
    found.append(superuser.execute(own, (owner.tenant.id,)).fetchall())
    keys = "SELECT id, revoked_at, expires_at FROM api_keys WHERE tenant_id = %s ORDER BY id"
    found.append(superuser.execute(keys, (owner.tenant.id,)).fetchall())
    superuser.rollback()
    return found


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize(("method", "case"), ROWS, ids=[f"{m} {c.path}" for m, c in ROWS])
def test_another_tenant(
    client: FlaskClient,
    superuser: Connection,
    alice: Owner,
    bob: Owner,
    theirs: Theirs,
    method: str,
    case: Case,
    accept: str,
) -> None:
    before = snapshot(superuser, alice)
    path = case.path.format_map(vars(theirs))
    headers = bob.auth | {"Accept": accept}
    response = client.open(path, method=method, json=case.body, headers=headers)
    if case.kind == "hidden":
        assert response.status_code == 404, response.text
        assert response.json is not None
        assert response.json["code"] == "not_found"
        given = "job_" + "a" * 26 if "/jobs/" in path else "pk_nobody"
        part = next(v for v in vars(theirs).values() if v in path)
        nobody = client.open(
            path.replace(part, given), method=method, json=case.body, headers=headers
        )
        assert nobody.json is not None
        assert nobody.json["detail"] == response.json["detail"]  # theirs looks like nobody's
    else:
        assert response.status_code in (200, 201, 202), response.text
        for secret in (
            theirs.job_id,
            theirs.batch_id,
            theirs.key_id,
            alice.key_id,
            theirs.delivery_id,
            '"theirs"',
        ):
            assert secret not in response.text
    assert snapshot(superuser, alice) == before


def test_another_tenants_cursor_shows_own_rows_only(
    client: FlaskClient, alice: Owner, bob: Owner, theirs: Theirs
) -> None:
    page = client.get("/v1/jobs?limit=1", headers=alice.auth).json
    assert page is not None
    assert page["has_more"]
    shown = client.get(f"/v1/jobs?after={page['next_cursor']}", headers=bob.auth)
    assert shown.status_code == 200
    assert theirs.job_id not in shown.text


def faults(connection: Connection) -> list[str]:
    """What is wrong with the isolation of the tables that have a tenant_id."""
    return [*_row_security(connection), *_unique_indexes(connection), *_foreign_keys(connection)]


OWNED = """
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attnum
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND NOT a.attisdropped
    ORDER BY c.relname
"""


def _row_security(connection: Connection) -> Iterator[str]:
    for oid, table, enabled, forced, _ in connection.execute(OWNED).fetchall():
        if not enabled:
            yield f"{table}: row-level security is off"
        if not forced:
            yield f"{table}: row-level security is not forced"
        policies = connection.execute(
            "SELECT polpermissive, polcmd, pg_get_expr(polqual, polrelid),"
            " pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = %s",
            (oid,),
        ).fetchall()
        if not policies:
            yield f"{table}: no policy"
        for _, command, using, check in policies:
            command = command.decode() if isinstance(command, bytes) else command
            if command != "*":
                yield f"{table}: a policy is for {command!r} alone"
            for name, text in (("USING", using), ("WITH CHECK", check)):
                if "tenant_id =" not in (text or "") or "app.tenant_id" not in (text or ""):
                    yield f"{table}: {name} does not compare tenant_id with app.tenant_id"


def _unique_indexes(connection: Connection) -> Iterator[str]:
    query = f"""
        SELECT o.relname, i.indexrelid::regclass::text, i.indisprimary, i.indkey[0] = o.attnum,
               i.indnkeyatts = 1 AND k.attname = 'id'
        FROM ({OWNED}) o JOIN pg_index i ON i.indrelid = o.oid AND i.indisunique
        LEFT JOIN pg_attribute k ON k.attrelid = o.oid AND k.attnum = i.indkey[0]
    """
    for table, index, primary, leads, by_id in connection.execute(query).fetchall():
        if not leads and not (primary and by_id):
            yield f"{table}: the unique index {index} does not lead with tenant_id"


def _foreign_keys(connection: Connection) -> Iterator[str]:
    query = f"""
        SELECT o.relname, f.conname, o.attnum = ANY (f.conkey), t.attnum = ANY (f.confkey),
               array_position(f.conkey, o.attnum) = array_position(f.confkey, t.attnum)
        FROM ({OWNED}) o JOIN pg_constraint f ON f.conrelid = o.oid AND f.contype = 'f'
        JOIN ({OWNED}) t ON t.oid = f.confrelid
    """
    for table, name, here, there, same in connection.execute(query).fetchall():
        if not (here and there and same):
            yield f"{table}: the foreign key {name} does not carry tenant_id"


def test_the_catalogue_is_sound(superuser: Connection) -> None:
    assert tuple(row[1] for row in superuser.execute(OWNED).fetchall()) == TABLES
    assert faults(superuser) == []


CHANGES: dict[str, Callable[[str], str]] = {
    "drop the policy": lambda t: f"DROP POLICY tenant ON {t}",
    "do not force": lambda t: f"ALTER TABLE {t} NO FORCE ROW LEVEL SECURITY",
    "disable": lambda t: f"ALTER TABLE {t} DISABLE ROW LEVEL SECURITY",
    "open the policy": lambda t: f"ALTER POLICY tenant ON {t} USING (true)",
    "open the check": lambda t: f"ALTER POLICY tenant ON {t} WITH CHECK (true)",
    "a policy for all": lambda t: f"CREATE POLICY extra ON {t} USING (true)",
    "unique across tenants": lambda t: (
        f"CREATE UNIQUE INDEX extra ON {t} ((1), tenant_id) WHERE false"
    ),
    "a bare foreign key": lambda t: f"ALTER TABLE {t} ADD COLUMN extra text REFERENCES jobs (id)",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", TABLES)
def test_the_catalogue_test_would_notice(superuser: Connection, table: str, change: str) -> None:
    superuser.execute(CHANGES[change](table))
    found = faults(superuser)
    superuser.rollback()
    assert found
    assert all(fault.startswith(f"{table}: ") for fault in found)
    assert faults(superuser) == []


def test_a_new_table_is_noticed(superuser: Connection) -> None:
    superuser.execute("CREATE TABLE extra (id text PRIMARY KEY, tenant_id uuid NOT NULL)")
    assert "extra: no policy" in faults(superuser)


@pytest.mark.parametrize("table", [*TABLES, "tenants"])
def test_without_a_tenant_no_row_shows(superuser: Connection, theirs: Theirs, table: str) -> None:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    superuser.execute("SET LOCAL ROLE penstock_app")
    assert superuser.execute(query).fetchone() == (0,)


@pytest.mark.parametrize("table", [*TABLES, "tenants"])
def test_with_a_tenant_only_its_rows_show(
    superuser: Connection, theirs: Theirs, bob: Owner, table: str
) -> None:
    column = "id" if table == "tenants" else "tenant_id"
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} <> %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    if table not in ("usage",):  # without a worker no call is made
        all_rows = superuser.execute(query, (bob.tenant.id,)).fetchone()
        assert all_rows is not None
        assert all_rows[0] > 0
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    assert superuser.execute(query, (bob.tenant.id,)).fetchone() == (0,)


INSERTS = {
    "api_keys": "(id, name, secret_sha256, scopes, tenant_id)"
    " VALUES ('k', 'n', decode(repeat('00', 32), 'hex'), '{}', %(tenant)s)",
    "jobs": "(id, pipeline, pipeline_version, priority, input, metadata, created_at, tenant_id)"
    " VALUES ('j', 'extract', 1, 'normal', '{}', '{}', now(), %(tenant)s)",
    "stages": "(id, job_id, name, position, lane, tenant_id)"
    " VALUES ('s', %(job)s, 'x', 99, 'core', %(tenant)s)",
    "joins": "(id, job_id, stage_id, policy, total, remaining, tenant_id)"
    " VALUES ('o', %(job)s, 's', 'any', 1, 1, %(tenant)s)",
    "outbox": "(job_id, stage_id, lane, priority, tenant_id)"
    " VALUES (%(job)s, (SELECT 's'), 'core', 1, %(tenant)s)",
    "events": "(id, job_id, sequence, type, data, tenant_id)"
    " VALUES ('e', %(job)s, 99, 'x', '{}', %(tenant)s)",
    "usage": "(id, job_id, stage_id, run, sequence, choice, provider, model, simulated, tenant_id)"
    " VALUES ('u', %(job)s, 's', 1, 1, 0, 'p', 'm', true, %(tenant)s)",
    "webhook_endpoints": "(id, url, event_types, secret, tenant_id)"
    " VALUES ('w', 'u', '{}', '', %(tenant)s)",
    "webhook_secrets": "(secret, tenant_id) VALUES ('', %(tenant)s)",
    "deliveries": "(id, url, target, type, payload, tenant_id)"
    " VALUES ('d', 'u', 't', 'x', '{}', %(tenant)s)",
    "delivery_attempts": "(id, delivery_id, number, latency_ms, tenant_id)"
    " VALUES ('a', %(delivery)s, 1, 1, %(tenant)s)",
    "delivery_targets": "(target, tenant_id) VALUES ('t', %(tenant)s)",
    "schedules": "(id, name, cron, job, tenant_id) VALUES ('s', 'n', 'c', '{}', %(tenant)s)",
    "schedule_fires": "(schedule_id, fire_at, trigger, status, tenant_id)"
    " VALUES (%(schedule)s, now(), 'manual', 'fired', %(tenant)s)",
    "tenant_settings": "(version, document, tenant_id) VALUES (1, '{}', %(tenant)s)",
    "tenant_limits": "(tenant_id) VALUES (%(tenant)s)",
    "idempotency_records": "(key, payload_sha256, job_id, answer, tenant_id)"
    " VALUES ('k', '', %(job)s, '', %(tenant)s)",
}


@pytest.mark.parametrize("entered", [True, False], ids=["as another tenant", "as no tenant"])
@pytest.mark.parametrize("table", TABLES)
def test_no_row_for_another_tenant_can_be_written(
    superuser: Connection, alice: Owner, bob: Owner, theirs: Theirs, table: str, entered: bool
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    if entered:
        superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    params = {
        "tenant": alice.tenant.id,
        "job": theirs.job_id,
        "delivery": theirs.delivery_id,
        "schedule": theirs.schedule_id,
    }
    # A tenant does not write its own limits either.
    why = "permission denied" if table == "tenant_limits" else "row-level security"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=why):
        superuser.execute(f"INSERT INTO {table} {INSERTS[table]}", params)


def test_no_row_can_point_at_another_tenants_job(
    superuser: Connection, bob: Owner, theirs: Theirs
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    params = {"tenant": bob.tenant.id, "job": theirs.job_id}
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(f"INSERT INTO events {INSERTS['events']}", params)


def test_a_connection_enters_one_tenant_only(
    superuser: Connection, alice: Owner, bob: Owner
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (alice.tenant.id,))
    with pytest.raises(psycopg.errors.RaiseException, match="already set"):
        superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
