"""`penstock keys`: over HTTP with a key that may, or over the database with --tenant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, moment, rows
from app.client.keys import Keys
from schemas.scopes import SCOPES

if TYPE_CHECKING:
    from app.cli.administration import StoredKeys

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    tenant = click.option(
        "--tenant", metavar="NAME", help="Work on the database, for this tenant, without a key."
    )
    return tenant(connection_options(command))


@contextmanager
def _keys(url: str | None, key: str | None, tenant: str | None) -> "Iterator[Keys | StoredKeys]":
    if tenant is None:
        with connect(url, key) as api:
            yield api.keys
        return
    from app.cli.administration import container, stored_keys

    with container() as services:
        yield stored_keys(services, tenant)


@click.group(epilog=EPILOG)
def command() -> None:
    """Make, list, revoke and rotate API keys.

    \b
    Examples:
      penstock keys create ci --scope jobs:read --scope jobs:write
      penstock keys rotate KEY --overlap 3600
      penstock keys list --tenant acme
    """


@command.command(epilog=EPILOG)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=["jobs:read", "jobs:write"],
    show_default=True,
    help="May be repeated.",
)
@click.option("--expires-at", metavar="TIME", help="RFC 3339.")
@_options
@reporting
def create(
    name: str,
    scopes: tuple[str, ...],
    expires_at: str | None,
    url: str | None,
    key: str | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Make a key and print its token, once."""
    with _keys(url, key, tenant) as keys:
        _token(keys.create(name, list(scopes), expires_at=expires_at), as_json)


@command.command("list", epilog=EPILOG)
@_options
@reporting
def list_(url: str | None, key: str | None, tenant: str | None, as_json: bool) -> None:
    """List keys; tokens are never shown again."""
    with _keys(url, key, tenant) as keys:
        found = keys.list()
    if as_json:
        echo_json({"data": found})
        return
    rows(
        ("key", "name", "scopes", "created", "expires", "revoked", "last used"),
        [
            (k["id"], k["name"], " ".join(k["scopes"]), *(moment(k.get(f"{t}_at")) for t in TIMES))
            for k in found
        ],
    )


TIMES = ("created", "expires", "revoked", "last_used")


@command.command(epilog=EPILOG)
@click.argument("key_id", metavar="KEY")
@_options
@reporting
def revoke(
    key_id: str, url: str | None, key: str | None, tenant: str | None, as_json: bool
) -> None:
    """End a key; other processes may let it pass for some seconds."""
    with _keys(url, key, tenant) as keys:
        gone = keys.revoke(key_id)
    echo_json(gone) if as_json else click.echo(f"revoked {key_id}")


@command.command(epilog=EPILOG)
@click.argument("key_id", metavar="KEY")
@click.option(
    "--overlap",
    default=0.0,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long the old key still works.  [default: 0]",
)
@_options
@reporting
def rotate(
    key_id: str,
    overlap: float,
    url: str | None,
    key: str | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Make a key like KEY, which ends now or after the overlap; print the new token, once."""
    with _keys(url, key, tenant) as keys:
        _token(keys.rotate(key_id, overlap_seconds=overlap), as_json)


def _token(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(made)
        return
    click.echo(f"key:   {made['id']} ({' '.join(made['scopes'])})")
    click.echo(f"token: {made['token']}")
    click.echo("The token is shown once; keep it.", err=True)
