"""What beat has done every second: fire what is due."""

from celery import shared_task

from tasks import names
from tasks.runtime import container
from tasks.ticks import Ticks

TICKS = Ticks(0.5)


@shared_task(name=names.FIRE_SCHEDULES)
def fire_schedules() -> None:
    """Look once. A tick too many does nothing, one too few is made up for by the next."""
    TICKS.take(lambda: container().firing.tick())
