"""HTTP to the API: one pooled connection set, timeouts, and retries where they are safe."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from app.client.errors import APIError, CannotReach, api_error

RETRY_STATUSES = frozenset({429, 502, 503, 504})
LONGEST_DELAY = 30.0  # seconds; a longer Retry-After is the caller's to wait for
# Failures before the request can have reached the server.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Transport:
    """Sends requests with the key; raises CannotReach or an APIError.

    `timeout` is seconds for each of connect, read and write; `retries` counts further tries
    after the first.
    """

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        timeout: float,
        retries: int,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        headers = {"user-agent": "penstock-python", "accept": "application/json"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        self.url = url
        self._retries = retries
        self._timeout = timeout
        self._http = httpx2.Client(
            base_url=url, headers=headers, timeout=timeout, transport=transport
        )

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        idempotent: bool,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float | None = None,
    ) -> httpx2.Response:
        """One answer of 2xx. A request that is not idempotent is tried again only when it
        cannot have reached the server (or the server says 429).
        """
        timeout = httpx2.Timeout(self._timeout, read=read_timeout or self._timeout)
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                response = self._http.request(
                    method, path, json=json, params=params, headers=headers, timeout=timeout
                )
            except httpx2.HTTPError as error:
                if last or not (idempotent or isinstance(error, NOT_SENT)):
                    raise unreachable(self.url, error) from error
                time.sleep(backoff(attempt))
                continue
            if response.is_success:
                return response
            problem = api_error(response.status_code, response.content, retry_after(response))
            if last or not _worth_retrying(problem, idempotent=idempotent):
                raise problem
            wait = problem.retry_after
            time.sleep(backoff(attempt) if wait is None else wait)
        raise AssertionError("unreachable")

    @contextmanager
    def stream(
        self, path: str, *, headers: Mapping[str, str], params: Mapping[str, str], idle: float
    ) -> Iterator[Iterator[str]]:
        """Lines of an answer as they come; `idle` seconds without a byte is a cut."""
        timeout = httpx2.Timeout(self._timeout, read=idle)
        with self._http.stream(
            "GET", path, headers=headers, params=params, timeout=timeout
        ) as response:
            if not response.is_success:
                raise api_error(response.status_code, response.read(), retry_after(response))
            yield response.iter_lines()


def _worth_retrying(problem: APIError, *, idempotent: bool) -> bool:
    if problem.retry_after is not None and problem.retry_after > LONGEST_DELAY:
        return False
    if problem.status == 429:
        return True
    if problem.code == "idempotency_in_progress":
        return True
    return idempotent and problem.status in RETRY_STATUSES


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds of a Retry-After header; None when there is none or it is a date."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def backoff(attempt: int) -> float:
    """Seconds before try `attempt + 2`: doubling from 0.2 to 5, half of it random."""
    longest: float = min(0.2 * 2**attempt, 5.0)
    return longest * (0.5 + random.random() / 2)


def unreachable(url: str, error: Exception) -> CannotReach:
    reason = str(error) or type(error).__name__
    return CannotReach(f"no answer from {url}: {reason}")
