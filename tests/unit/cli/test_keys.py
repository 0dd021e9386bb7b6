import json

from tests.support.fake_api import FakeAPI, Reply, problem
from tests.unit.cli.test_jobs import penstock

KEY = {"id": "k1", "name": "ci", "scopes": ["jobs:read"], "created_at": "2026-11-20T12:00:00Z"}
MADE = KEY | {"token": "pk_live_k1_secret"}


def test_create_prints_the_token(api: FakeAPI) -> None:
    api.on("POST /v1/keys", Reply(MADE, 201))
    result = penstock(api, "keys", "create", "ci", "--scope", "jobs:read")
    assert result.exit_code == 0, result.output
    assert "token: pk_live_k1_secret" in result.stdout
    assert api.requests[0].body == {"name": "ci", "scopes": ["jobs:read"]}


def test_list(api: FakeAPI) -> None:
    api.on("GET /v1/keys", Reply({"data": [KEY]}))
    assert penstock(api, "keys", "list").stdout.startswith("k1\tci\tjobs:read\t2026")
    assert json.loads(penstock(api, "keys", "list", "--json").stdout)["data"] == [KEY]


def test_rotate_and_revoke(api: FakeAPI) -> None:
    api.on("POST /v1/keys/k1/rotate", Reply(MADE, 201))
    api.on("DELETE /v1/keys/k1", Reply(KEY | {"revoked_at": "2026-11-20T12:00:00Z"}))
    shown = penstock(api, "keys", "rotate", "k1", "--overlap", "60", "--json").stdout
    assert json.loads(shown) == MADE
    assert api.requests[0].body == {"overlap_seconds": 60.0}
    assert penstock(api, "keys", "revoke", "k1").stdout == "revoked k1\n"


def test_a_key_without_the_scope(api: FakeAPI) -> None:
    api.on("GET /v1/keys", problem(403, "missing_scope", "this API key lacks keys:read"))
    result = penstock(api, "keys", "list")
    assert (result.exit_code, "lacks keys:read" in result.stderr) == (4, True)
