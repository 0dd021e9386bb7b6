"""What beat has done now and then."""

from celery import shared_task

from tasks import names
from tasks.runtime import container


@shared_task(name=names.FORGET_IDEMPOTENCY)
def forget_idempotency() -> None:
    """Delete idempotency records past their time."""
    services = container()
    services.recovery_rows.forget_idempotency(services.settings.jobs.idempotency_hours)


@shared_task(name=names.ERASE_EXPIRED)
def erase_expired() -> None:
    """Erase what is past its time, for a minute at most."""
    container().retention.sweep()
