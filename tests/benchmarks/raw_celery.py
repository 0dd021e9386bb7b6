"""The floor of a chain: Celery with our settings and tasks that do nothing.

celery --app=tests.benchmarks.raw_celery:celery worker
"""

from typing import Any

from celery import Celery, chain, shared_task

from app.infra.lanes import CORE
from app.infra.settings import Settings, load_settings
from tasks import names
from tasks.celery_settings import make_celery

COUNTER = "bench:ended"


def make(settings: Settings) -> Celery:
    """Our Celery app, without our tasks."""
    app = make_celery(settings)
    app.conf.include = []
    return app


@shared_task(name="raw.first")
def first() -> None:
    """Nothing."""


@shared_task(name="raw.last", bind=True)
def last(self: Any) -> None:
    """Nothing but to be counted."""
    self.app.backend.client.incr(COUNTER)


def publish(app: Celery, count: int) -> None:
    """As many chains of two as there are jobs to compare with."""
    for _ in range(count):
        parts = [
            app.signature(name, immutable=True, options={"queue": names.queue(lane, "normal")})
            for name, lane in (("raw.first", "openai"), ("raw.last", CORE))
        ]
        chain(*parts).apply_async()


def ended(app: Celery) -> int:
    """Chains that came to their end."""
    return int(app.backend.client.get(COUNTER) or 0)


def __getattr__(name: str) -> Celery:
    """`celery`, made when a worker asks for it: importing this needs no settings."""
    if name != "celery":
        raise AttributeError(name)
    return make(load_settings())
