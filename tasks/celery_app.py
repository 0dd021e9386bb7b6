"""The Celery app: the worker's composition root."""

import logging
from typing import Any

from celery.signals import setup_logging

from app.infra.logging import configure_logging
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


celery = make_celery(load_settings())
