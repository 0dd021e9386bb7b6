"""What a deployment keeps of a job: in every table, and in Redis."""

from collections.abc import Callable
from typing import Any

import psycopg
import redis

from app.repositories.records import Job
from tests.support.deployment import Deployment

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY')"""


def by_hand(deployment: Deployment, text: str, *params: Any) -> None:
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute(text.encode(), params)


def found_in(deployment: Deployment, text: str) -> set[str]:
    """Every `table.column` that holds the text."""
    found = set()
    for row in deployment.rows(COLUMNS):
        table, column = row["table_name"], row["column_name"]
        query = f'SELECT count(*) AS n FROM "{table}" WHERE "{column}"::text LIKE %s'
        if deployment.rows(query, f"%{text}%")[0]["n"]:
            found.add(f"{table}.{column}")
    return found


def held_by_redis(deployment: Deployment, text: str) -> set[str]:
    """Every key of the cache's database and the broker's that holds the text, or is it."""
    found = set()
    for number in (0, 1):
        url = deployment.servers.valkey.url[:-1] + str(number)
        client = redis.Redis.from_url(url, decode_responses=True)
        readers: dict[str, Callable[[str], object]] = {
            "string": client.get,
            "hash": client.hgetall,
            "list": lambda key, c=client: c.lrange(key, 0, -1),  # type: ignore[misc]
            "set": client.smembers,
            "zset": lambda key, c=client: c.zrange(key, 0, -1),  # type: ignore[misc]
            "stream": client.xrange,
        }
        for key in client.scan_iter():
            value = readers[client.type(key)](key)
            if text in f"{key} {value}":
                found.add(key)
    return found


def ended_job(deployment: Deployment) -> Job:
    """A canceled one: no worker is needed."""
    job = deployment.submit("x")
    return deployment.services.jobs.cancel(deployment.principal, job.id)
