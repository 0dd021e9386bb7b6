"""Reports over HTTP: what calls cost, what becomes of a schema."""

from collections.abc import Mapping, Sequence
from typing import Any

from httpx2 import Response

from app.client.transport import Transport


class Reports:
    """Answers are the API's JSON objects."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def usage(
        self,
        *,
        group_by: Sequence[str] = ("day",),
        since: str | None = None,
        until: str | None = None,
    ) -> list[dict[str, Any]]:
        """Lines of calls, tokens and cost; `group_by` of day, provider, model, key, pipeline.

        `since` and `until` are RFC 3339; the key in use needs usage:read. `cost_micros` is None
        where no call's price is known.
        """
        given = {"group_by": ",".join(group_by), "from": since, "to": until}
        return list(self._usage(given).json()["data"])

    def usage_csv(
        self,
        *,
        group_by: Sequence[str] = ("day",),
        since: str | None = None,
        until: str | None = None,
    ) -> str:
        """The same as CSV, with a header also when there are no lines."""
        given = {"group_by": ",".join(group_by), "from": since, "to": until}
        return self._usage(given | {"format": "csv"}).text

    def _usage(self, given: Mapping[str, str | None]) -> Response:
        params = {name: value for name, value in given.items() if value is not None}
        return self._http.send("GET", "/v1/usage", idempotent=True, params=params)

    def route(self, input: Mapping[str, Any]) -> dict[str, Any]:
        """Which deployments a job with this input would be tried on, and why."""
        body = {"input": dict(input)}
        return dict(self._http.send("POST", "/v1/route", idempotent=True, json=body).json())

    def providers(self) -> list[dict[str, Any]]:
        """Who serves jobs: models with capabilities, prices and circuits."""
        return list(self._http.send("GET", "/v1/providers", idempotent=True).json()["data"])

    def lint_schema(
        self, schema: Mapping[str, Any], models: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """{valid, errors, warnings, plans}: faults, or how each model would be asked for it."""
        body: dict[str, Any] = {"schema": dict(schema)}
        if models is not None:
            body["models"] = list(models)
        return dict(self._http.send("POST", "/v1/schemas/lint", idempotent=True, json=body).json())
