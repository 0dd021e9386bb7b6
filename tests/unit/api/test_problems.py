"""A database that cannot serve now is a 503 that says what is amiss."""

import psycopg
import psycopg_pool
import pytest
from flask import Flask

from app.api.problems import register


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (psycopg.OperationalError("connection refused"), "cannot be reached"),
        (psycopg_pool.PoolTimeout("none in 30 s"), "cannot be reached"),
        (psycopg.errors.AdminShutdown("terminating"), "cannot be reached"),
        (psycopg.errors.DiskFull("no space left on device"), "has no room left on its disk"),
        (psycopg.errors.TooManyConnections("sorry"), "has no connection left for this"),
        (psycopg.errors.ReadOnlySqlTransaction("standby"), "may only be read at the moment"),
    ],
)
def test_what_is_amiss(error: Exception, says: str) -> None:
    app = Flask(__name__)
    register(app)

    @app.get("/")
    def fails() -> str:
        raise error

    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    told = answer.json
    assert told is not None
    assert (told["code"], told["detail"]) == ("unavailable", f"the database {says}; try again")
