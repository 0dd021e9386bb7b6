"""`penstock schedules`: jobs that begin by themselves, over HTTP."""

import json
from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, moment, rows


@click.group(epilog=EPILOG)
def command() -> None:
    """Begin jobs by the clock, and see what became of them.

    \b
    Examples:
      penstock schedules create nightly --cron "30 2 * * *" --timezone Europe/Berlin --job job.json
      penstock schedules create often --every 300 --job job.json --overlap skip
      penstock schedules fires sch_...
    """


def _fields(command: Any) -> Any:
    """The options that create and update share."""
    for option in (
        click.option("--ends-at", metavar="TIME", help="RFC 3339; no moment after it."),
        click.option("--starts-at", metavar="TIME", help="RFC 3339; no moment before it."),
        click.option("--jitter", "jitter_seconds", type=int, help="Up to so many seconds later."),
        click.option("--overlap", type=click.Choice(("allow", "skip", "cancel_previous"))),
        click.option("--catch-up-cap", type=int, help="How many missed ones `all` fires at most."),
        click.option("--catch-up", type=click.Choice(("skip", "latest", "all"))),
        click.option("--timezone", metavar="ZONE", help="Such as Europe/Berlin.  [default: UTC]"),
        click.option("--every", "interval_seconds", type=int, metavar="SECONDS"),
        click.option("--cron", metavar="RULE", help="minute hour day month weekday"),
    ):
        command = option(command)
    return connection_options(command)


JOB = click.option(
    "--job",
    "job_file",
    type=click.File(encoding="utf-8"),
    help="A JSON file: the body of POST /v1/jobs; its texts may hold {{ fire_at }} and friends.",
)


def _job(file: Any) -> dict[str, Any]:
    try:
        found = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="--job") from None
    if not isinstance(found, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--job")
    return found


@command.command(epilog=EPILOG)
@click.argument("name")
@JOB
@_fields
@reporting
def create(
    name: str, job_file: Any, url: str | None, key: str | None, as_json: bool, **given: Any
) -> None:
    """Make a schedule: --cron or --every, and --job."""
    if job_file is None:
        raise click.UsageError("--job FILE is needed")
    with connect(url, key) as api:
        _schedule(api.schedules.create(name, _job(job_file), **given), as_json)


@command.command("list", epilog=EPILOG)
@connection_options
@reporting
def list_(url: str | None, key: str | None, as_json: bool) -> None:
    """List the schedules."""
    with connect(url, key) as api:
        found = list(api.schedules.list())
    if as_json:
        echo_json({"data": found})
        return
    rows(
        ("schedule", "name", "rule", "zone", "state", "next", "last"),
        [
            (
                s["id"],
                s["name"],
                _rule(s),
                s["timezone"],
                "enabled" if s["enabled"] else "paused",
                moment(s["next_fires"][0]) if s["next_fires"] else "",
                moment(s["last_fire_at"]),
            )
            for s in found
        ],
    )


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@connection_options
@reporting
def show(schedule_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Show a schedule and its next five moments."""
    with connect(url, key) as api:
        _schedule(api.schedules.get(schedule_id), as_json)


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@click.option("--name", metavar="TEXT")
@JOB
@_fields
@reporting
def update(
    schedule_id: str, job_file: Any, url: str | None, key: str | None, as_json: bool, **given: Any
) -> None:
    """Change a schedule; its moments are reckoned anew from now."""
    changes = given | ({"job": _job(job_file)} if job_file else {})
    with connect(url, key) as api:
        _schedule(api.schedules.update(schedule_id, **changes), as_json)


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@connection_options
@reporting
def pause(schedule_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Let it rest; nothing is caught up on later."""
    with connect(url, key) as api:
        _schedule(api.schedules.update(schedule_id, enabled=False), as_json)


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@connection_options
@reporting
def resume(schedule_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Start it again, from now on."""
    with connect(url, key) as api:
        _schedule(api.schedules.update(schedule_id, enabled=True), as_json)


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@connection_options
@reporting
def delete(schedule_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Delete a schedule; the jobs that it began stay."""
    with connect(url, key) as api:
        gone = api.schedules.delete(schedule_id)
    echo_json(gone) if as_json else click.echo(f"deleted {schedule_id}")


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@connection_options
@reporting
def trigger(schedule_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Fire now."""
    with connect(url, key) as api:
        fire = api.schedules.trigger(schedule_id)
    echo_json(fire) if as_json else click.echo(f"{fire['status']} {fire['job_id'] or ''}".rstrip())


@command.command(epilog=EPILOG)
@click.argument("schedule_id", metavar="SCHEDULE")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1))
@connection_options
@reporting
def fires(schedule_id: str, limit: int, url: str | None, key: str | None, as_json: bool) -> None:
    """What a schedule did, newest first."""
    with connect(url, key) as api:
        found = [f for f, _ in zip(api.schedules.fires(schedule_id), range(limit), strict=False)]
    if as_json:
        echo_json({"data": found})
        return
    rows(
        ("at", "trigger", "status", "job", "why"),
        [
            (moment(f["fire_at"]), f["trigger"], f["status"], f["job_id"], _why(f["error"]))
            for f in found
        ],
    )


def _why(error: dict[str, Any] | None) -> str:
    return str(error.get("message", "")) if error else ""


def _rule(schedule: dict[str, Any]) -> str:
    return schedule["cron"] or f"every {schedule['interval_seconds']} s"


def _schedule(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(found)
        return
    state = "enabled" if found["enabled"] else "paused"
    click.echo(f"schedule: {found['id']} {found['name']} ({state})")
    click.echo(f"rule: {_rule(found)} in {found['timezone']}")
    click.echo(f"catch up: {found['catch_up']}; overlap: {found['overlap']}")
    for moment_ in found["next_fires"]:
        click.echo(f"next: {moment_}")
