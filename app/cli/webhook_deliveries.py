"""`penstock webhooks test`, `deliveries`, `replay`, `recover`: what was sent, and sending again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, moment, rows
from schemas.webhooks import STATUSES

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@connection_options
@reporting
def test(endpoint_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Send a test event."""
    with connect(url, key) as api:
        made = api.webhooks.test(endpoint_id)
    echo_json(made) if as_json else click.echo(f"{made['id']} {made['status']}")


@click.command(epilog=EPILOG)
@click.option("--endpoint", "endpoint_id", metavar="ENDPOINT")
@click.option("--job", "job_id", metavar="JOB")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--type", "kind", metavar="TYPE", help="Such as job.succeeded.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1))
@connection_options
@reporting
def deliveries(
    endpoint_id: str | None,
    job_id: str | None,
    status: str | None,
    kind: str | None,
    limit: int,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """List deliveries, newest first; --json shows every attempt."""
    wanted = {"endpoint_id": endpoint_id, "job_id": job_id, "status": status, "type": kind}
    with connect(url, key) as api:
        given = {name: value for name, value in wanted.items() if value is not None}
        pages = api.webhooks.deliveries(**given)
        found = [one for one, _ in zip(pages, range(limit), strict=False)]
    if as_json:
        echo_json({"data": found})
        return
    rows(
        ("delivery", "type", "status", "attempts", "last", "created", "next"),
        [
            (
                d["id"],
                d["type"],
                d["status"],
                len(d["attempts"]),
                _last(d),
                moment(d["created_at"]),
                moment(d["next_attempt_at"]),
            )
            for d in found
        ],
    )


@click.command(epilog=EPILOG)
@click.argument("delivery_id", metavar="DELIVERY")
@connection_options
@reporting
def replay(delivery_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Send a delivery again, under its id."""
    with connect(url, key) as api:
        again = api.webhooks.replay(delivery_id)
    echo_json(again) if as_json else click.echo(f"{again['id']} {again['status']}")


@click.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@click.option("--since", required=True, metavar="TIME", help="RFC 3339, or an age: 30m, 6h, 2d.")
@connection_options
@reporting
def recover(endpoint_id: str, since: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Send again all that failed, or was canceled, since TIME."""
    with connect(url, key) as api:
        count = api.webhooks.recover(endpoint_id, _since(since))
    echo_json({"recovered": count}) if as_json else click.echo(f"{count} deliveries sent again")


def _since(text: str) -> str:
    unit = UNITS.get(text[-1:])
    if unit is None or not text[:-1].isdigit():
        return text
    return (datetime.now(UTC) - timedelta(seconds=int(text[:-1]) * unit)).isoformat()


def _last(delivery: dict[str, Any]) -> str:
    if not delivery["attempts"]:
        return ""
    last = delivery["attempts"][-1]
    return str(last["status_code"] or last["error"])
