"""Schedules over HTTP. The key in use needs schedules:read or schedules:write."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from app.client.transport import Transport

PATH = "/v1/schedules"


class Schedules:
    """Answers are the API's JSON objects."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, name: str, job: Mapping[str, Any], **wanted: Any) -> dict[str, Any]:
        """Make a schedule. `job`: the body of POST /v1/jobs, with placeholders.

        `wanted`: cron or interval_seconds; timezone, catch_up, catch_up_cap, overlap,
        jitter_seconds, starts_at, ends_at, enabled.
        """
        return self._send("POST", PATH, json={"name": name, "job": dict(job), **_given(wanted)})

    def list(self) -> Iterator[dict[str, Any]]:
        """Oldest first; pages are fetched as they are needed."""
        return self._pages(PATH, "after")

    def get(self, schedule_id: str) -> dict[str, Any]:
        return self._send("GET", _path(schedule_id), idempotent=True)

    def update(self, schedule_id: str, **changes: Any) -> dict[str, Any]:
        """Change what is named, as in `create`."""
        return self._send("PATCH", _path(schedule_id), json=_given(changes), idempotent=True)

    def delete(self, schedule_id: str) -> dict[str, Any]:
        return self._send("DELETE", _path(schedule_id), idempotent=True)

    def trigger(self, schedule_id: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Fire now; the fire. Asked again after a lost answer, it is the same fire."""
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        return self._send("POST", _path(schedule_id, "trigger"), idempotent=True, headers=headers)

    def fires(self, schedule_id: str) -> Iterator[dict[str, Any]]:
        """What it did, newest first."""
        return self._pages(_path(schedule_id, "fires"), "before")

    def _pages(self, path: str, cursor: str) -> Iterator[dict[str, Any]]:
        params: dict[str, Any] = {}
        while True:
            page = self._send("GET", path, params=params, idempotent=True)
            yield from page["data"]
            if not page["has_more"]:
                return
            params = {cursor: page["next_cursor"]}

    def _send(
        self, method: str, path: str, *, idempotent: bool = False, **given: Any
    ) -> dict[str, Any]:
        return dict(self._http.send(method, path, idempotent=idempotent, **given).json())


def _given(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None}


def _path(*parts: str) -> str:
    return "/".join((PATH, *(quote(part, safe="") for part in parts)))
