"""The load and the harm: jobs of every kind, and SIGKILLs of every role."""

import contextlib
import random
import time
from collections.abc import Callable
from uuid import uuid4

import psycopg

from app.errors import PenstockError
from app.repositories.records import Job
from tests.support.deployment import Deployment
from tests.support.receiver import Receiver
from tests.support.webhooks import Webhooks

ROLES = (*("relay", "reconciler", "beat", "worker-core", "worker-openai", "worker-webhooks"),)
FAULTS = (
    {"latency_seconds": 0.2},
    {"latency_seconds": 0.05, "error_status": 503, "times": 3},
    {"rate_limit": {"times": 3, "retry_after": 1}},
    {"invalid_json": 2},
    {"invalid_data": 2, "latency_seconds": 0.1},
    {"cut": True, "times": 2},
)
SCHEDULE = "0, 0.5, 1, 2, 4, 8, 8, 8, 8, 8"  # seconds; the receiver is never down for longer


class Soak:
    def __init__(self, deployment: Deployment, seed: int) -> None:
        self.random = random.Random(seed)
        self.deployment = deployment
        self.receiver = Receiver()
        self.accepted: set[str] = set()
        self.harm: dict[str, int] = {}
        self._failed: list[Job] = []
        hooks = Webhooks(deployment, PENSTOCK_WEBHOOKS_SCHEDULE=SCHEDULE)
        hooks.endpoint(self.receiver.url())

    def start(self) -> None:
        self.deployment.start(*ROLES)
        self.deployment.services.schedules.create(
            self.deployment.principal,
            {
                "name": "soak",
                "interval_seconds": 2,
                "timezone": "UTC",
                "catch_up": "all",
                "catch_up_cap": 1000,
                "overlap": "allow",
                "jitter_seconds": 0,
                "enabled": True,
                "job": {
                    "pipeline": "extract",
                    "input": {
                        "prompt": "Extract for {{ fire_at }}.",
                        "document": "Number: 1",
                        "schema": {"type": "object", "properties": {"number": {"type": "string"}}},
                        "model": "openai/gpt-5-mini",
                    },
                },
            },
        )

    def run(self, seconds: float) -> None:
        """Submit steadily and do harm every few seconds."""
        until, next_harm = time.monotonic() + seconds, time.monotonic() + 3
        while time.monotonic() < until:
            self._submit()
            if time.monotonic() >= next_harm:
                self._do_harm()
                next_harm = time.monotonic() + self.random.uniform(2, 6)
            self.deployment.revive_dead()
            time.sleep(0.1)
        self.deployment.servers.simulate("DELETE", "/control/faults")
        (schedule,), _ = self.deployment.services.schedules.list(self.deployment.principal, None, 1)
        self.deployment.services.schedules.update(
            self.deployment.principal, schedule.id, {"enabled": False}
        )

    def settled(self) -> bool:
        """Whether every job has ended and every delivery too."""
        self.deployment.revive_dead()
        open_jobs = "SELECT 1 FROM jobs WHERE ended_at IS NULL LIMIT 1"
        open_deliveries = "SELECT 1 FROM deliveries WHERE ended_at IS NULL LIMIT 1"
        return not self.deployment.rows(open_jobs) and not self.deployment.rows(open_deliveries)

    def _submit(self) -> None:
        key, services = f"s-{uuid4().hex[:12]}", self.deployment.services
        kind = self.random.random()
        if kind < 0.06:
            job = self.deployment.submit_batch(key, self.random.randint(2, 20))
        elif kind < 0.12:
            job = self.deployment.submit(key, cancel_after=self.random.uniform(0.1, 2))
        else:
            job = self.deployment.submit(
                key, priority=self.random.choice(["high", "normal", "normal", "low"])
            )
        self.accepted.add(job.id)
        with contextlib.suppress(PenstockError, psycopg.OperationalError):
            if 0.12 <= kind < 0.18:
                services.jobs.cancel(self.deployment.principal, job.id)
                self._failed.append(job)
            elif kind > 0.95 and self._failed:
                services.jobs.retry(self.deployment.principal, self._failed.pop().id)

    def _do_harm(self) -> None:
        harms: list[tuple[str, Callable[[], None]]] = [
            *[(f"SIGKILL {role}", lambda role=role: self._kill(role)) for role in ROLES],  # type: ignore[misc]
            ("SIGKILL broker and cache", self._kill_valkey),
            ("FLUSHALL", self.deployment.servers.flush),
            ("provider faults", self._fault),
            ("provider faults", self._fault),
        ]
        name, harm = self.random.choice(harms)
        harm()
        self.harm[name] = self.harm.get(name, 0) + 1

    def _kill(self, role: str) -> None:
        if self.deployment.alive(role):
            self.deployment.kill(role)

    def _kill_valkey(self) -> None:
        valkey = self.deployment.servers.valkey
        port = valkey.port
        valkey.kill()
        time.sleep(self.random.uniform(0, 2))
        valkey.start(port=port)

    def _fault(self) -> None:
        fault = dict(self.random.choice(FAULTS))
        self.deployment.servers.simulate("PUT", "/control/faults", {"*": fault})
