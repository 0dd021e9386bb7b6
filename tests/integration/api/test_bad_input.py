"""Every way to be wrong: one problem document each, and never a job."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from app.api.cursors import cursor_of
from app.repositories.records import Job
from tests.integration.api.bad_fields import FIELDS
from tests.integration.api.bad_settings import SETTINGS
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import with_schema
from tests.integration.api.refusals import (
    GOOD_TEXT,
    NOBODY,
    PAST,
    Row,
    assert_problem,
    count,
    deep_schema,
    get,
    invalid,
    malformed,
    schema,
    send,
    text_with,
)

BODIES = [
    malformed("malformed JSON", '{"pipeline": '),
    malformed("two values", "{} {}"),
    malformed("trailing comma", '{"a": 1,}'),
    malformed("not UTF-8", b'{"pipeline": "\xff"}'),
    malformed("byte order mark", b"\xef\xbb\xbf" + GOOD_TEXT.encode()),
    malformed("too deep", text_with("[" * 130 + "]" * 130)),
    malformed("deep and never closed", "[" * 100_000),
    malformed("NaN", text_with("NaN")),
    malformed("Infinity", text_with("-Infinity")),
    malformed("number that overflows", text_with("1e999")),
    malformed("number of 5,000 digits", text_with("1" * 5000)),
    malformed("duplicate keys", '{"pipeline": "extract", "pipeline": "other"}'),
    malformed("duplicate keys inside", text_with('{"b": 1, "b": 2}')),
    invalid("empty body", "/pipeline", ""),
    invalid("array body", None, "[]"),
    invalid("text body", None, '"extract"'),
    invalid("null body", None, "null"),
    Row("wrong content type", 415, "unsupported_media_type", None, GOOD_TEXT,
        headers={"Content-Type": "text/plain"}),
    Row("form", 415, "unsupported_media_type", None, "a=b",
        headers={"Content-Type": "application/x-www-form-urlencoded"}),
    Row("too big", 413, "payload_too_large", None, " " * (16 * 1024 * 1024 + 1)),
    invalid("NUL", "/metadata/a", text_with(r'"a\u0000b"')),
    invalid("NUL in a name", "/metadata/a", text_with(r'{"\u0000": 1}')),
    invalid("lone surrogate", "/metadata/a", text_with(r'"\ud800"')),
]  # fmt: skip
SCHEMAS = [
    schema("remote $ref", "/$ref", {"$ref": "https://example.com/a.json"}, "local"),
    schema("file $ref", "/properties/a/$ref", {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
           "local"),
    schema("endless $ref", "", {"$ref": "#"}),
    schema("endless $ref below", "/$defs/a", {"$defs": {"a": {"$ref": "#/$defs/a"}}}),
    invalid("schema endless $ref pair", None, with_schema(
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    ), "refers to itself"),
    schema("unresolvable $ref", "/$ref", {"$ref": "#/$defs/nothing"}, "points to nothing"),
    schema("$ref index that is no ASCII digit", "/$ref", {
        "allOf": [{"type": "object"}], "$ref": "#/allOf/\u00b2",
    }),
    schema("$ref number", "/$ref", {"$ref": 5}),
    schema("backreference", "/pattern", {"pattern": r"^(a+)+\1$"}, "RE2"),
    schema("lookahead", "/pattern", {"pattern": "(?=a)b"}, "RE2"),
    schema("bad patternProperties", "/patternProperties/(", {"patternProperties": {"(": {}}}),
    schema("minimum over maximum", "/minimum", {"minimum": 5, "maximum": 1}),
    schema("minItems over maxItems", "/minItems", {"minItems": 5, "maxItems": 1}),
    schema("empty enum", "/enum", {"enum": []}),
    schema("const of another type", "/const", {"type": "string", "const": 5}),
    schema("enum of another type", "/enum", {"type": "string", "enum": [5]}),
    schema("required not allowed", "/required", {
        "required": ["a"], "additionalProperties": False,
    }),
    schema("unknown draft", "/$schema", {"$schema": "http://json-schema.org/draft-04/schema#"}),
    schema("nested $id", "/properties/a/$id", {"properties": {"a": {"$id": "https://x.test/"}}}),
    schema("$dynamicRef", "/$dynamicRef", {"$dynamicRef": "#a"}),
    schema("of 300 KiB", "", {"description": "x" * 300 * 1024}),
    malformed("schema deep", with_schema(deep_schema(130))),
    schema("schema too deep", "/not" * 33, deep_schema(40)),
    schema("unknown type", "/type", {"type": "text"}),
]  # fmt: skip
LISTS = [
    get("limit zero", "/v1/jobs?limit=0", "/query/limit"),
    get("limit 1000", "/v1/jobs?limit=1000", "/query/limit"),
    get("limit with an underscore", "/v1/jobs?limit=1_0", "/query/limit"),
    get("limit in wide digits", "/v1/jobs?limit=%EF%BC%91%EF%BC%90", "/query/limit"),
    get("limit text", "/v1/jobs?limit=abc", "/query/limit"),
    get("limit empty", "/v1/jobs?limit=", "/query/limit"),
    get("unknown query parameter", "/v1/jobs?page=2", "/query/page"),
    get("unknown status", "/v1/jobs?status=done", "/query/status"),
    get("NUL in a filter", "/v1/jobs?pipeline=%00", "/query/pipeline"),
    get("cursor garbage", "/v1/jobs?after=%21%21", "/query/after"),
    get("cursor empty", "/v1/jobs?after=", "/query/after"),
    get("cursor base64 garbage", "/v1/jobs?after=Z2FyYmFnZQ", "/query/after"),
    get("cursor of another list", "/v1/jobs?after=" + "eyJhZnRlciI6IDV9", "/query/after"),
    get("cursor beyond time", "/v1/jobs?after=OTk5OTk5OTk5OTk5OTk5OTl-am9iXw", "/query/after"),
    get("events after text", f"/v1/jobs/{NOBODY}/events?after=x", "/query/after"),
    get("events after negative", f"/v1/jobs/{NOBODY}/events?after=-1", "/query/after"),
    get("results after text", f"/v1/jobs/{NOBODY}/results?after=x", "/query/after"),
    get("query where none is", f"/v1/jobs/{NOBODY}?expand=1", "/query/expand"),
    Row("Last-Event-ID text", 422, "invalid_input", "/headers/Last-Event-ID", None, "GET",
        f"/v1/jobs/{NOBODY}/events",
        {"Accept": "text/event-stream", "Last-Event-ID": "abc"}),
]  # fmt: skip
ROUTES = [
    Row("unknown job", 404, "not_found", None, None, "GET", f"/v1/jobs/{NOBODY}"),
    Row("job id of another shape", 404, "not_found", None, None, "GET", "/v1/jobs/5"),
    Row("job id with a NUL", 404, "not_found", None, None, "GET", "/v1/jobs/a%00b"),
    Row("job id not UTF-8", 404, "not_found", None, None, "GET", "/v1/jobs/a%ff"),
    Row("cancel unknown", 404, "not_found", None, None, "POST", f"/v1/jobs/{NOBODY}/cancel"),
    Row("retry unknown", 404, "not_found", None, None, "POST", f"/v1/jobs/{NOBODY}/retry"),
    Row("key id with a NUL", 404, "not_found", None, None, "DELETE", "/v1/keys/a%00b"),
    Row("wrong method", 405, "method_not_allowed", None, None, "PUT"),
    Row("providers by a query", 422, "invalid_input", "/query/kind", None, "GET",
        "/v1/providers?kind=openai"),
    Row("providers are not posted", 405, "method_not_allowed", None, {}, "POST", "/v1/providers"),
    Row("unknown route", 404, "not_found", None, None, "GET", "/v1/nothing"),
    Row("key without name", 422, "invalid_input", "/name", {}, "POST", "/v1/keys"),
    Row("key with unknown scope", 422, "invalid_input", "/scopes/0",
        {"name": "x", "scopes": ["all"]}, "POST", "/v1/keys"),
    Row("key that has expired", 422, "invalid_input", "/expires_at",
        {"name": "x", "expires_at": PAST}, "POST", "/v1/keys"),
]  # fmt: skip
ROWS = SETTINGS + BODIES + FIELDS + SCHEMAS + LISTS + ROUTES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_refused(
    client: FlaskClient, alice: Owner, superuser: psycopg.Connection[Any], row: Row
) -> None:
    before = count(superuser)
    response = send(client, row, alice.auth)
    found = assert_problem(response, row.status, row.code)
    faults = found.get("errors", [])
    if row.pointer is not None:
        assert row.pointer in [f["pointer"] for f in faults], faults
    assert row.says in " ".join(f["detail"] for f in faults)
    assert count(superuser) == before


def test_names_are_unique() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_a_cursor_for_another_kind_of_object(client: FlaskClient, alice: Owner) -> None:
    now = datetime.now(UTC)
    forged = Job(
        id="pk_" + "a" * 26, tenant_id=alice.tenant.id, pipeline="extract", pipeline_version=1,
        status="queued", priority="normal", input={}, metadata={}, created_at=now,
    )  # fmt: skip
    response = client.get(f"/v1/jobs?after={cursor_of(forged)}", headers=alice.auth)
    assert assert_problem(response, 422, "invalid_input")["errors"][0]["pointer"] == "/query/after"
