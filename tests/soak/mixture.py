"""Load and harm together: jobs of every kind, and SIGKILLs of every role."""

import random
import time
from collections.abc import Callable
from typing import Any

from app.stack.process import free_port
from tests.soak.load import Load
from tests.support.deployment import Deployment
from tests.support.rabbitmq import RabbitMQ
from tests.support.receiver import Receiver
from tests.support.webhooks import Webhooks

ROLES = (
    *("api", "relay", "reconciler", "beat"),
    *("worker-core", "worker-openai", "worker-webhooks"),
)
LATENCY = 0.2  # seconds of every provider call, so that kills find some under way
FAULTS: tuple[dict[str, Any], ...] = (
    {"latency_seconds": 1.0},
    {"error_status": 503, "times": 3},
    {"rate_limit": {"times": 3, "retry_after": 1}},
    {"invalid_json": 2},
    {"invalid_data": 2},
    {"cut": True, "times": 2},
)
FOR_GOOD = {"openai/gpt-5": {"error_status": 400, "error_code": "invalid_request_error"}}
RECEIVER_SCHEDULE = "0, 0.5, 1, 2, 4, 8, 8, 8, 8, 8"  # seconds; it is never away for longer
INTERVAL = 2.0  # seconds between the schedule's moments


class Soak:
    def __init__(
        self, deployment: Deployment, seed: int, pace: float, rabbitmq: RabbitMQ | None
    ) -> None:
        """`pace` is the mean of seconds between harms."""
        self.random = random.Random(seed)
        self.deployment = deployment
        self.receiver = Receiver()
        self._pace = pace
        self._rabbitmq = rabbitmq
        harms = self._harms()
        self.harm = dict.fromkeys(harms, 0)
        self._deck: list[str] = []
        port = free_port()
        settings = {"PENSTOCK_API_PORT": str(port), "PENSTOCK_LIMITS_REQUESTS_PER_MINUTE": "0"}
        hooks = Webhooks(deployment, PENSTOCK_WEBHOOKS_SCHEDULE=RECEIVER_SCHEDULE, **settings)
        hooks.endpoint(self.receiver.url())
        _, token = deployment.services.keys.create(deployment.tenant_id, "soak", ["admin"])
        self.load = Load(
            f"http://127.0.0.1:{port}", token, random.Random(seed + 1), deployment.revive_dead
        )

    def start(self) -> None:
        self._set_fault({}, {})
        self.deployment.start(*ROLES)
        template = {
            "prompt": "Extract.",
            "document": "[call-key:fire-{{ fire_at }}]\nNumber: 1\nTotal: 1",
            "schema": {"type": "object", "properties": {"number": {"type": "string"}}},
            "model": "openai/gpt-5-mini",
        }
        schedule = {
            "name": "soak",
            "interval_seconds": int(INTERVAL),
            "timezone": "UTC",
            "catch_up": "all",
            "catch_up_cap": 1000,
            "overlap": "allow",
            "jitter_seconds": 0,
            "enabled": True,
            "job": {"pipeline": "extract", "input": template},
        }
        self.deployment.services.schedules.create(self.deployment.principal, schedule)

    def run(self, seconds: float) -> None:
        """Submit steadily and do harm every few seconds; then stop both and mend what is broken."""
        until, next_harm = time.monotonic() + seconds, time.monotonic() + self._pace
        while time.monotonic() < until:
            self.load.step()
            if time.monotonic() >= next_harm:
                self._do_harm()
                next_harm = time.monotonic() + self.random.uniform(0.5, 1.5) * self._pace
            self.deployment.revive_dead()
            time.sleep(0.05)
        self.load.close()
        self.deployment.servers.simulate("DELETE", "/control/faults")
        services, principal = self.deployment.services, self.deployment.principal
        (schedule,), _ = services.schedules.list(principal, None, 1)
        services.schedules.update(principal, schedule.id, {"enabled": False})

    def settled(self) -> bool:
        """Whether every job has ended, every delivery too, and every call is accounted for."""
        self.deployment.revive_dead()
        return not any(
            self.deployment.rows(f"SELECT 1 FROM {what} LIMIT 1")
            for what in (
                "jobs WHERE ended_at IS NULL",
                "deliveries WHERE ended_at IS NULL",
                "usage WHERE outcome = 'in_flight'",
            )
        )

    def _harms(self) -> dict[str, Callable[[], None]]:
        kills = {f"SIGKILL {role}": lambda role=role: self._kill(role) for role in ROLES}
        both = "SIGKILL cache" if self._rabbitmq else "SIGKILL broker and cache"
        harms = {
            **kills,
            both: self._kill_valkey,
            "FLUSHALL": self.deployment.servers.flush,
            "provider faults": self._fault,
            "provider fails for good": self._fail,
            "receiver away": self._away,
        }
        return harms | ({"SIGKILL broker": self._kill_rabbitmq} if self._rabbitmq else {})

    def _do_harm(self) -> None:
        """The next of a shuffled deck: each harm is done before any is done again."""
        harms = self._harms()
        if not self._deck:
            self._deck = self.random.sample(sorted(harms), len(harms))
        name = self._deck.pop()
        harms[name]()
        self.harm[name] += 1

    def _kill(self, role: str) -> None:
        if self.deployment.alive(role):
            self.deployment.kill(role)

    def _kill_valkey(self) -> None:
        valkey = self.deployment.servers.valkey
        port = valkey.port
        valkey.kill()
        time.sleep(self.random.uniform(0, 2))
        valkey.start(port=port)

    def _kill_rabbitmq(self) -> None:
        assert self._rabbitmq is not None
        self._rabbitmq.kill()
        time.sleep(self.random.uniform(0, 2))
        self._rabbitmq.start()

    def _away(self) -> None:
        self.receiver.stop()
        time.sleep(self.random.uniform(0, 1))
        self.receiver.start()

    def _fault(self) -> None:
        self._set_fault(self.random.choice(FAULTS), {})

    def _fail(self) -> None:
        self._set_fault({}, FOR_GOOD)

    def _set_fault(self, fault: dict[str, Any], more: dict[str, Any]) -> None:
        faults = {"*": {"latency_seconds": LATENCY} | fault, **more}
        self.deployment.servers.simulate("PUT", "/control/faults", faults)
