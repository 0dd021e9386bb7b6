"""API keys over HTTP. The key in use needs the scope keys:read or keys:write."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from app.client.transport import Transport


class Keys:
    """Answers are the API's JSON objects; `token` is there once, at create and rotate."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(
        self, name: str, scopes: Sequence[str], *, expires_at: str | None = None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"name": name, "scopes": list(scopes)}
        if expires_at:
            body["expires_at"] = expires_at
        return dict(self._http.send("POST", "/v1/keys", idempotent=False, json=body).json())

    def list(self) -> Sequence[dict[str, Any]]:
        body = self._http.send("GET", "/v1/keys", idempotent=True).json()
        return [dict(key) for key in (body["data"] if isinstance(body, dict) else body)]

    def revoke(self, key_id: str) -> dict[str, Any]:
        path = f"/v1/keys/{quote(key_id, safe='')}"
        answer = self._http.send("DELETE", path, idempotent=True)
        return dict(answer.json()) if answer.content else {"id": key_id}

    def rotate(self, key_id: str, *, overlap_seconds: float = 0) -> dict[str, Any]:
        """A new key like the old one, which ends after the overlap (seconds)."""
        path = f"/v1/keys/{quote(key_id, safe='')}/rotate"
        body = {"overlap_seconds": overlap_seconds}
        return dict(self._http.send("POST", path, idempotent=False, json=body).json())
