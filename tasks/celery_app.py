"""The Celery app: the worker's composition root."""

import logging
import os
from typing import Any

from celery.signals import celeryd_init, setup_logging
from prometheus_client import start_http_server

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
        start_http_server(port)


celery = make_celery(load_settings())
