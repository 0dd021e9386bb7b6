"""`penstock webhooks`: endpoints and deliveries, over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, moment, rows
from schemas.webhooks import EVENT_TYPES, STATUSES

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.group(epilog=EPILOG)
def command() -> None:
    """Tell addresses of jobs' events, and see how that went.

    \b
    Examples:
      penstock webhooks create https://example.com/hooks --event job.succeeded
      penstock webhooks test whe_...
      penstock webhooks deliveries --endpoint whe_... --status failed
      penstock webhooks recover whe_... --since 2d
    """


def _fields(command: Any) -> Any:
    """The options that create and update share."""
    for option in (
        click.option("--metadata", metavar="JSON", help="An object of your own."),
        click.option("--description", metavar="TEXT"),
        click.option("--include-result/--thin", default=None, help="Send outputs along, or not."),
        click.option("--enable/--disable", "enabled", default=None),
        click.option(
            "--event",
            "event_types",
            multiple=True,
            type=click.Choice(EVENT_TYPES),
            help="May be repeated.  [default: all but job.progress]",
        ),
    ):
        command = option(command)
    return connection_options(command)


def _wanted(given: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: value for name, value in given.items() if value not in (None, ())}
    if "event_types" in wanted:
        wanted["event_types"] = list(wanted["event_types"])
    if "metadata" in wanted:
        try:
            wanted["metadata"] = json.loads(wanted["metadata"])
        except ValueError as error:
            raise click.BadParameter(f"is not JSON: {error}", param_hint="--metadata") from None
    return wanted


@command.command(epilog=EPILOG)
@click.argument("to", metavar="URL")
@_fields
@reporting
def create(to: str, url: str | None, key: str | None, as_json: bool, **given: Any) -> None:
    """Register an address and print its secret, once."""
    with connect(url, key) as api:
        _secret(api.webhooks.create(to, **_wanted(given)), as_json)


@command.command("list", epilog=EPILOG)
@connection_options
@reporting
def list_(url: str | None, key: str | None, as_json: bool) -> None:
    """List the endpoints."""
    with connect(url, key) as api:
        found = api.webhooks.list()
    if as_json:
        echo_json({"data": found})
        return
    rows(
        ("endpoint", "url", "state", "failing since", "events"),
        [
            (e["id"], e["url"], _state(e), moment(e["failing_since"]), " ".join(e["event_types"]))
            for e in found
        ],
    )


@command.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@connection_options
@reporting
def show(endpoint_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Show an endpoint and how it fares."""
    with connect(url, key) as api:
        _endpoint(api.webhooks.get(endpoint_id), as_json)


@command.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@click.option("--to", metavar="URL", help="Another address.")
@_fields
@reporting
def update(
    endpoint_id: str,
    to: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Change an endpoint; --enable starts it again after it was disabled."""
    changes = _wanted(given) | ({"url": to} if to else {})
    with connect(url, key) as api:
        _endpoint(api.webhooks.update(endpoint_id, **changes), as_json)


@command.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@connection_options
@reporting
def delete(endpoint_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Delete an endpoint and its deliveries."""
    with connect(url, key) as api:
        gone = api.webhooks.delete(endpoint_id)
    echo_json(gone) if as_json else click.echo(f"deleted {endpoint_id}")


@command.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="[ENDPOINT]", required=False)
@click.option(
    "--overlap",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long the old secret signs too.  [default: a day, unless configured]",
)
@connection_options
@reporting
def rotate(
    endpoint_id: str | None,
    overlap: float | None,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Give ENDPOINT a new secret; without one, make the secret for jobs' own webhook_url."""
    with connect(url, key) as api:
        if endpoint_id is None:
            made = api.webhooks.rotate_signing_secret(overlap_seconds=overlap)
        else:
            made = api.webhooks.rotate(endpoint_id, overlap_seconds=overlap)
    _secret(made, as_json)


@command.command(epilog=EPILOG)
@click.argument("endpoint_id", metavar="ENDPOINT")
@connection_options
@reporting
def test(endpoint_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Send a test event."""
    with connect(url, key) as api:
        made = api.webhooks.test(endpoint_id)
    echo_json(made) if as_json else click.echo(f"{made['id']} {made['status']}")


@command.command(epilog=EPILOG)
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


@command.command(epilog=EPILOG)
@click.argument("delivery_id", metavar="DELIVERY")
@connection_options
@reporting
def replay(delivery_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Send a delivery again, under its id."""
    with connect(url, key) as api:
        again = api.webhooks.replay(delivery_id)
    echo_json(again) if as_json else click.echo(f"{again['id']} {again['status']}")


@command.command(epilog=EPILOG)
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


def _state(endpoint: dict[str, Any]) -> str:
    if endpoint["enabled"]:
        return "enabled"
    return f"disabled ({endpoint['disabled_reason'] or 'by its owner'})"


def _last(delivery: dict[str, Any]) -> str:
    if not delivery["attempts"]:
        return ""
    last = delivery["attempts"][-1]
    return str(last["status_code"] or last["error"])


def _endpoint(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(found)
        return
    click.echo(f"endpoint: {found['id']} {_state(found)}")
    for name in ("url", "description", "failing_since", "disabled_at", "previous_until"):
        if found[name]:
            click.echo(f"{name}: {found[name]}")
    click.echo(f"events: {' '.join(found['event_types'])}")


def _secret(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(made)
        return
    if "id" in made:
        _endpoint(made, as_json)
    click.echo(f"secret: {made['secret']}")
    click.echo("The secret is shown once; keep it.", err=True)
