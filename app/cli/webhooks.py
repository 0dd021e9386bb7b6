"""`penstock webhooks`: endpoints and deliveries, over HTTP."""

import json
from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, moment, rows
from app.cli.webhook_deliveries import deliveries, recover, replay, test
from app.cli.webhook_view import print_endpoint, print_secret, state_of
from schemas.webhooks import EVENT_TYPES


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
        print_secret(api.webhooks.create(to, **_wanted(given)), as_json)


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
            (e["id"], e["url"], state_of(e), moment(e["failing_since"]), " ".join(e["event_types"]))
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
        print_endpoint(api.webhooks.get(endpoint_id), as_json)


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
        print_endpoint(api.webhooks.update(endpoint_id, **changes), as_json)


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
    print_secret(made, as_json)


for one in (test, deliveries, replay, recover):
    command.add_command(one)
