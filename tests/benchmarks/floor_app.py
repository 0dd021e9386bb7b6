"""The floor of a submission: the same server with a view that inserts one row."""

import os

from flask import Flask, Response
from psycopg_pool import ConnectionPool

app = Flask(__name__)
pool = ConnectionPool(
    os.environ["FLOOR_URL"], min_size=1, max_size=8, open=False, kwargs={"autocommit": True}
)


@app.post("/insert")
def insert() -> Response:
    pool.open()
    with pool.connection() as connection:
        connection.execute("INSERT INTO floor (body) VALUES (%s)", ("{}",))
    return Response("{}", content_type="application/json")
