"""Webhook endpoints and deliveries over HTTP. The key in use needs webhooks:read or :write."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.client.transport import Transport

ENDPOINTS, DELIVERIES, SECRET = (
    "/v1/webhook-endpoints",
    "/v1/webhook-deliveries",
    "/v1/webhook-secret",
)


class Webhooks:
    """Answers are the API's JSON objects; `secret` is there once, at create and rotate."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, url: str, **wanted: Any) -> dict[str, Any]:
        """Register an address.

        `wanted`: event_types, description, metadata, include_result, enabled.
        """
        return self._send("POST", ENDPOINTS, json={"url": url, **_given(wanted)})

    def list(self) -> Sequence[dict[str, Any]]:
        return [dict(e) for e in self._send("GET", ENDPOINTS, idempotent=True)["data"]]

    def get(self, endpoint_id: str) -> dict[str, Any]:
        return self._send("GET", _path(ENDPOINTS, endpoint_id), idempotent=True)

    def update(self, endpoint_id: str, **changes: Any) -> dict[str, Any]:
        """Change what is named, as in `create`, and url."""
        path = _path(ENDPOINTS, endpoint_id)
        return self._send("PATCH", path, json=_given(changes), idempotent=True)

    def delete(self, endpoint_id: str) -> dict[str, Any]:
        return self._send("DELETE", _path(ENDPOINTS, endpoint_id), idempotent=True)

    def rotate(self, endpoint_id: str, *, overlap_seconds: float | None = None) -> dict[str, Any]:
        """A new secret; the old one signs too until the overlap ends (a day, unless configured)."""
        body = {"overlap_seconds": overlap_seconds}
        return self._send("POST", _path(ENDPOINTS, endpoint_id, "rotate"), json=body)

    def test(self, endpoint_id: str) -> dict[str, Any]:
        """Send a test event; its delivery."""
        return self._send("POST", _path(ENDPOINTS, endpoint_id, "test"))

    def recover(self, endpoint_id: str, since: datetime | str) -> int:
        """Send again what failed or was canceled since then; how many."""
        when = since.isoformat() if isinstance(since, datetime) else since
        path = _path(ENDPOINTS, endpoint_id, "recover")
        return int(self._send("POST", path, params={"since": when}, idempotent=True)["recovered"])

    def deliveries(self, **wanted: str) -> Iterator[dict[str, Any]]:
        """Deliveries with their attempts, newest first; pages are fetched as they are needed.

        `wanted`: endpoint_id, job_id, status, type.
        """
        params = {name: value for name, value in wanted.items() if value is not None}
        while True:
            page = self._send("GET", DELIVERIES, params=params, idempotent=True)
            yield from page["data"]
            if not page["has_more"]:
                return
            params["after"] = page["next_cursor"]

    def delivery(self, delivery_id: str) -> dict[str, Any]:
        return self._send("GET", _path(DELIVERIES, delivery_id), idempotent=True)

    def replay(self, delivery_id: str) -> dict[str, Any]:
        """Send a delivery again, under its id."""
        return self._send("POST", _path(DELIVERIES, delivery_id, "replay"))

    def signing_secret(self) -> dict[str, Any]:
        """Since when there is a secret for jobs' own URLs. Raises NotFound."""
        return self._send("GET", SECRET, idempotent=True)

    def rotate_signing_secret(self, *, overlap_seconds: float | None = None) -> dict[str, Any]:
        """Make the secret for jobs' own URLs, or a new one."""
        return self._send("POST", f"{SECRET}/rotate", json={"overlap_seconds": overlap_seconds})

    def _send(
        self,
        method: str,
        path: str,
        *,
        idempotent: bool = False,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        answer = self._http.send(method, path, idempotent=idempotent, json=json, params=params)
        return dict(answer.json())


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _path(*parts: str) -> str:
    return "/".join([parts[0], *(quote(part, safe="") for part in parts[1:])])
