"""`penstock tenants`: made in the database, not over HTTP."""

from dataclasses import asdict
from typing import Any

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.repositories.tenant_limits import COLUMNS
from app.services.principals import SCOPES

UNSET = "unset"  # not given on the command line


@click.group(epilog=EPILOG)
def command() -> None:
    """Make tenants: the owners of jobs and keys."""


@command.command(epilog=EPILOG)
@click.argument("name")
@click.option("--key-name", default="first", show_default=True, help="Name of its first key.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=["jobs:read", "jobs:write", "keys:read", "keys:write"],
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def create(name: str, key_name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a tenant and print its first API key, once.

    Works on the database: PENSTOCK_DATABASE_URL, or that of the stack running here.

    \b
    Example:
      penstock tenants create acme
    """
    from app.cli.administration import container

    with container() as services:
        tenant = services.tenants.create(name)
        key, token = services.keys.create(tenant.id, key_name, list(scopes))
    if as_json:
        shown = {"id": key.id, "name": key.name, "scopes": key.scopes, "token": token}
        echo_json({"id": str(tenant.id), "name": tenant.name, "key": shown})
        return
    click.echo(f"tenant: {tenant.name} ({tenant.id})")
    click.echo(f"key:    {token}")
    click.echo("The key is shown once; keep it.", err=True)


class Limit(click.ParamType[int | None]):
    """A number, or `default`."""

    name = "N|default"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | None:
        if value == UNSET:
            return value  # type: ignore[no-any-return]
        if value == "default":
            return None
        return int(click.INT.convert(value, param, ctx))


def _limits(command: Any) -> Any:
    for name in reversed(COLUMNS):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, name, type=Limit(), default=UNSET)(command)
    return command


@command.command(epilog=EPILOG)
@click.argument("name")
@_limits
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def limits(name: str, as_json: bool, **given: Any) -> None:
    """Show what a tenant may use, or change it; `default` goes back to the operator's.

    Works on the database. Processes notice within five seconds.

    \b
    Example:
      penstock tenants limits acme --weight 3 --max-in-flight 50 --max-queued default
    """
    from app.cli.administration import container

    changes = {key: value for key, value in given.items() if value is not UNSET}
    with container() as services:
        found = asdict(services.limit_administration.set(name, changes))
    if as_json:
        echo_json({"tenant": name, **found})
        return
    for key, value in found.items():
        click.echo(f"{key.replace('_', '-')}: {'default' if value is None else value}")
