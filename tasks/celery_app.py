"""The Celery app: the worker's composition root."""

import gc
import logging
import os
from typing import Any

from celery.signals import celeryd_init, setup_logging, worker_before_create_process

from app.infra.logging import configure_logging
from app.infra.orphan import end_with_supervisor
from app.infra.settings import load_settings
from tasks.celery_settings import make_celery


@setup_logging.connect
def _logging(**_: Any) -> None:
    configure_logging(load_settings().logging, role="worker")
    for name in (
        "celery.worker.strategy",
        "celery.app.trace",
    ):  # two lines a task, that say nothing
        logging.getLogger(name).setLevel(logging.WARNING)


@celeryd_init.connect
def _tie(**_: Any) -> None:
    supervisor = os.environ.get("PENSTOCK_SUPERVISOR_PID", "")
    if supervisor.isdigit():
        end_with_supervisor(int(supervisor))


@celeryd_init.connect
def _serve_metrics(sender: str = "", **_: Any) -> None:
    """The metrics of provider calls, of workers whose calls are in this very process."""
    settings = load_settings()
    port = settings.worker.metrics_port
    if port and sender.partition("@")[0] in settings.providers:
        from prometheus_client import start_http_server  # beat, Flower and the relay need none

        start_http_server(port)


@worker_before_create_process.connect
def _share(**_: Any) -> None:
    """The children of a prefork worker share its memory until they write to it, and a garbage
    collection writes to everything that it looks at: let it look at what is their own."""
    gc.collect()
    gc.freeze()


celery = make_celery(load_settings())
