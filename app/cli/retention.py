"""`penstock retention`: takes away what is past its time, on the database."""

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json


@click.group(epilog=EPILOG)
def command() -> None:
    """Erase what is past its time; beat has it done every five minutes."""


@command.command(epilog=EPILOG)
@click.option("--dry-run", is_flag=True, help="Only count the jobs that would be erased.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def run(dry_run: bool, as_json: bool) -> None:
    """Sweep once, for a minute at most."""
    from app.cli.administration import container

    with container() as services:
        retention = services.retention
        found = {"due": retention.due()} if dry_run else retention.sweep()
    if as_json:
        echo_json(found)
        return
    for name, count in found.items():
        click.echo(f"{name}: {count}")
