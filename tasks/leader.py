"""Which of several reconcilers works: the one that holds a lock in Postgres."""

import logging
import threading
from typing import Any

import psycopg

log = logging.getLogger("penstock.reconciler")
ADVISORY_KEY = 0x7265636F  # "reco"


def lead(
    url: str, stopped: threading.Event, pause: float, grace: float, away: bool
) -> psycopg.Connection[Any] | None:
    """Wait until this process is the one that reconciles; its lock lives in the connection.

    When Postgres was `away`, whose lease ran out meanwhile has `grace` seconds to renew it.
    """
    while not stopped.is_set():
        try:
            connection = psycopg.connect(url, autocommit=True)
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (ADVISORY_KEY,)).fetchone()
            if row and row[0]:
                if away:
                    stopped.wait(grace)
                return connection
            connection.close()
        except psycopg.OperationalError as error:
            away = True
            log.warning("reconciler_waiting", extra={"why": str(error)[:200]})
        stopped.wait(pause)
    return None
