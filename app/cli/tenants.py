"""`penstock tenants`: made in the database, not over HTTP."""

from dataclasses import asdict
from typing import Any

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.cli.settings import read_settings, show_kept
from app.repositories.tenant_limits import COLUMNS
from schemas.scopes import SCOPES

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


@command.command(epilog=EPILOG)
@click.argument("name")
@click.option("--set", "file", metavar="FILE", help="Replace them by a JSON file (-: stdin).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def settings(name: str, file: str | None, as_json: bool) -> None:
    """Show what a tenant has set for itself, or replace it, whole.

    A file that has a `version` is taken only if the settings still have it.

    Works on the database. Processes notice within five seconds.

    \b
    Example:
      penstock tenants settings acme > settings.json    (change it)
      penstock tenants settings acme --set settings.json
    """
    from app.cli.administration import container

    given = None if file is None else read_settings(file)
    with container() as services:
        tenants = services.settings_administration
        found = tenants.get(name) if given is None else tenants.put(name, *given)
    updated = found.updated_at.isoformat() if found.updated_at else None
    value = {**found.document, "version": found.version, "updated_at": updated}
    if given is None:
        echo_json(value, pretty=None if as_json else True)
    else:
        show_kept(value, as_json)
