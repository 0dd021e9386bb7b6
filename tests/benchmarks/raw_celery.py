"""The floor of a chain: Celery with our settings and tasks that do nothing.

celery -A tests.benchmarks.raw_celery worker -P threads -Q provider.openai.normal
"""

from typing import Any

from celery import chain

from app.infra.settings import load_settings
from tasks import names
from tasks.celery_settings import make_celery

celery = make_celery(load_settings())
celery.conf.include = []
COUNTER = "bench:ended"


@celery.task(name="raw.first")
def first() -> None:
    pass


@celery.task(name="raw.last")
def last() -> None:
    celery.backend.client.incr(COUNTER)


def publish(count: int) -> None:
    """As many chains of two as there are jobs to compare with."""
    for _ in range(count):
        chain(
            first.si().set(queue=names.queue("openai", "normal")),
            last.si().set(queue=names.queue(names.CORE, "normal")),
        ).apply_async()


def ended() -> int:
    found: Any = celery.backend.client.get(COUNTER)
    return int(found or 0)
