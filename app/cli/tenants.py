"""`penstock tenants`: made in the database, not over HTTP."""

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.services.principals import SCOPES


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
