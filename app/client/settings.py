"""A tenant's own settings over HTTP. The key in use needs settings:read or settings:write."""

from collections.abc import Mapping
from typing import Any

from app.client.transport import Transport

PATH = "/v1/settings"


class Settings:
    """Answers are the API's JSON objects: the settings, their `version` and `updated_at`."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def get(self) -> dict[str, Any]:
        return dict(self._http.send("GET", PATH, idempotent=True).json())

    def put(self, settings: Mapping[str, Any], *, version: int | None = None) -> dict[str, Any]:
        """Replace the settings, whole; what `get` answered may be changed and given back.

        With `version` only when they still have it: raises PreconditionFailed otherwise.
        """
        body = {k: v for k, v in settings.items() if k not in ("version", "updated_at")}
        headers = {} if version is None else {"if-match": f'"{version}"'}
        # After a lost answer the version has moved on: only a whole replacement may be repeated.
        idempotent = version is None
        answer = self._http.send("PUT", PATH, idempotent=idempotent, json=body, headers=headers)
        return dict(answer.json())
