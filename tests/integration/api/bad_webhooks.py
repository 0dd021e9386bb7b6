"""Every way to be wrong about webhooks."""

from typing import Any

from tests.integration.api.payloads import job
from tests.integration.api.refusals import Row

HOOK = "https://127.0.0.1/hook"  # this address is opened in the tests' settings
PATH = "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"
NOBODY = f"{PATH}/whe_" + "a" * 26
SENT = f"{DELIVERIES}/dlv_" + "0" * 32


def invalid(name: str, pointer: str | None, body: Any, says: str = "") -> Row:
    return Row(name, 422, "invalid_input", pointer, body, path=PATH, says=says)


def hook(**changes: Any) -> dict[str, Any]:
    return {"url": HOOK, **changes}


def get(name: str, query: str, pointer: str) -> Row:
    return Row(name, 422, "invalid_input", pointer, None, "GET", f"{DELIVERIES}?{query}")


ROWS = [
    invalid("no url", "/url", {}),
    invalid("url number", "/url", hook(url=5)),
    invalid("url null", "/url", hook(url=None)),
    invalid("url empty", "/url", hook(url="")),
    invalid("url long", "/url", hook(url=HOOK + "a" * 2048)),
    invalid("url http", "/url", hook(url="http://127.0.0.1/"), "https://"),
    invalid("url file", "/url", hook(url="file:///etc/passwd"), "https://"),
    invalid("url without a host", "/url", hook(url="https:///x"), "host"),
    invalid("url with a password", "/url", hook(url="https://a:b@127.0.0.1/"), "password"),
    invalid("url with a line break", "/url", hook(url="https://127.0.0.1/\r\nX: y"), "URL"),
    invalid("url private", "/url", hook(url="https://10.0.0.1/"), "public addresses only"),
    invalid("url metadata service", "/url", hook(url="https://169.254.169.254/"), "public"),
    invalid("url decimal", "/url", hook(url="https://2886729729/"), "public addresses only"),
    invalid("url mapped", "/url", hook(url="https://[::ffff:10.0.0.1]/"), "public"),
    invalid("url NAT64", "/url", hook(url="https://[64:ff9b::a00:1]/"), "public"),
    invalid("event_types text", "/event_types", hook(event_types="job.queued")),
    invalid("event_types empty", "/event_types", hook(event_types=[])),
    invalid("event_types unknown", "/event_types/0", hook(event_types=["job.done"])),
    invalid("event_types twice", "/event_types", hook(event_types=["job.queued"] * 2), "twice"),
    invalid("description long", "/description", hook(description="a" * 501)),
    invalid("description NUL", "/description", hook(description="a\0b")),
    invalid("metadata list", "/metadata", hook(metadata=[])),
    invalid("metadata big", "/metadata", hook(metadata={"a": "b" * 17_000}), "bytes"),
    invalid("enabled text", "/enabled", hook(enabled="yes")),
    invalid("include_result number", "/include_result", hook(include_result=1)),
    invalid("a secret of one's own", "/secret", hook(secret="whsec_AAAA")),
    invalid("unknown field", "/uri", {"uri": HOOK}),
    Row("patch unknown field", 422, "invalid_input", "/id", {"id": "x"}, "PATCH", NOBODY),
    Row("rotate negative", 422, "invalid_input", "/overlap_seconds", {"overlap_seconds": -1},
        "POST", f"{NOBODY}/rotate"),
    Row("rotate forever", 422, "invalid_input", "/overlap_seconds", {"overlap_seconds": 1e9},
        "POST", f"{NOBODY}/rotate"),
    Row("secret overlap text", 422, "invalid_input", "/overlap_seconds", {"overlap_seconds": "a"},
        "POST", "/v1/webhook-secret/rotate"),
    Row("recover without since", 422, "invalid_input", "/query/since", None, "POST",
        f"{NOBODY}/recover"),
    Row("recover since text", 422, "invalid_input", "/query/since", None, "POST",
        f"{NOBODY}/recover?since=yesterday"),
    Row("recover since without a zone", 422, "invalid_input", "/query/since", None, "POST",
        f"{NOBODY}/recover?since=2026-01-01T00:00:00"),
    get("deliveries cursor", "after=x", "/query/after"),
    get("deliveries limit", "limit=1000", "/query/limit"),
    get("deliveries status", "status=dispatched", "/query/status"),
    get("deliveries type", "type=job.done", "/query/type"),
    get("deliveries endpoint", "endpoint_id=%00", "/query/endpoint_id"),
    get("deliveries job", "job_id=5", "/query/job_id"),
    Row("unknown endpoint", 404, "not_found", None, None, "GET", NOBODY),
    Row("endpoint id with a NUL", 404, "not_found", None, None, "GET", f"{PATH}/a%00b"),
    Row("test unknown", 404, "not_found", None, None, "POST", f"{NOBODY}/test"),
    Row("unknown delivery", 404, "not_found", None, None, "GET", SENT),
    Row("replay unknown", 404, "not_found", None, None, "POST", f"{SENT}/replay"),
    Row("a job's url private", 422, "invalid_input", "/webhook_url",
        job(webhook_url="https://192.168.0.1/"), says="public"),
    Row("a job's url number", 422, "invalid_input", "/webhook_url", job(webhook_url=5)),
]  # fmt: skip
