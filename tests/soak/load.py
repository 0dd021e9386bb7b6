"""The load: a client over HTTP that asks again after a lost answer, cancels and retries."""

import contextlib
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from app.client.errors import APIError, CannotReach
from app.client.penstock import Penstock
from tests.support.deployment import SCHEMA

Answer = TypeVar("Answer")
PATIENCE = 60.0  # seconds that a client asks again
FAILING = "openai/gpt-5"  # the model that fails for good now and then
WORKING = "openai/gpt-5-mini"


class Load:
    """`revive` is called while the API is away."""

    def __init__(self, url: str, key: str, rng: random.Random, revive: Callable[[], None]) -> None:
        self.accepted: list[str] = []
        self.counts = {"accepted": 0, "canceled": 0, "retried": 0, "asked again": 0}
        self._client = Penstock(url, key, retries=0, timeout=10)
        self._random = rng
        self._revive = revive

    def close(self) -> None:
        self._client.close()

    def step(self) -> None:
        """One submission, and now and then something done to an earlier one."""
        self._submit()
        kind = self._random.random()
        if kind < 0.06:
            self._act("canceled", self._client.cancel, self.accepted[-1])
        elif kind < 0.20:
            self._retry("failed" if kind < 0.15 else "canceled")

    def _submit(self) -> None:
        key, kind = f"s-{uuid4().hex[:12]}", self._random.random()
        more: dict[str, Any] = {"idempotency_key": key}
        given = {"prompt": "Extract.", "schema": SCHEMA, "model": WORKING}
        if kind < 0.06:
            names = [f"{key}-{n}" for n in range(self._random.randint(2, 20))]
            more["items"] = [{"id": name, "document": _document(name)} for name in names]
        else:
            given["document"] = _document(key)
            more["priority"] = self._random.choice(["high", "normal", "normal", "low"])
        if 0.06 <= kind < 0.12:
            more["cancel_after"] = self._random.uniform(0.1, 2)
        elif kind < 0.24:
            given["model"] = FAILING
        job = self._insist(lambda: self._client.submit("extract", given, **more))
        self.accepted.append(job.id)
        self.counts["accepted"] += 1

    def _retry(self, status: str) -> None:
        page = self._insist(lambda: self._client.page(status=status, limit=5))
        if page.jobs:
            self._act("retried", self._client.retry, self._random.choice(page.jobs).id)

    def _act(self, name: str, act: Callable[[str], Any], job_id: str) -> None:
        """Once; it may come too late for its job, or to an API that is away."""
        with contextlib.suppress(APIError, CannotReach):
            act(job_id)
            self.counts[name] += 1

    def _insist(self, ask: Callable[[], Answer]) -> Answer:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return ask()
            except (CannotReach, APIError) as error:
                away = isinstance(error, CannotReach) or error.status in (409, 502, 503)
                if not away or time.monotonic() > until:
                    raise
            self.counts["asked again"] += 1
            self._revive()
            time.sleep(0.1)


def _document(key: str) -> str:
    return f"[call-key:{key}]\nNumber: {key}\nTotal: 7"
