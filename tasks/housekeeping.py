"""What beat has done now and then."""

from celery import shared_task

from tasks import names
from tasks.runtime import container
from tasks.ticks import Ticks

SWEEPS = Ticks(150.0)
FORGETTING = Ticks(1800.0)


@shared_task(name=names.FORGET_IDEMPOTENCY)
def forget_idempotency() -> None:
    """Delete idempotency records past their time."""
    services = container()
    hours = services.settings.jobs.idempotency_hours
    FORGETTING.take(lambda: services.recovery_rows.forget_idempotency(hours))


@shared_task(name=names.ERASE_EXPIRED)
def erase_expired() -> None:
    """Erase what is past its time, for a minute at most."""
    SWEEPS.take(lambda: container().retention.sweep())
