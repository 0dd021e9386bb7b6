"""`penstock settings`: what a tenant sets for itself."""

from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.cli.submission import read_json


@click.group(epilog=EPILOG)
def command() -> None:
    """Show or replace what your tenant has set for itself."""


@command.command(epilog=EPILOG)
@connection_options
@reporting
def show(url: str | None, key: str | None, as_json: bool) -> None:
    """Print the settings as JSON, as `set` takes them."""
    with connect(url, key) as api:
        found = api.settings.get()
    echo_json(found, pretty=None if as_json else True)


@command.command("set", epilog=EPILOG)
@click.argument("file")
@click.option("--version", type=int, help="Only if they still have this one.")
@connection_options
@reporting
def put(file: str, version: int | None, url: str | None, key: str | None, as_json: bool) -> None:
    """Replace the settings, whole, by a JSON file (- for standard input).

    What the file leaves out has its default again. Its own `version`, if it has one, counts as
    --version.

    \b
    Example:
      penstock settings show > settings.json    (change it)
      penstock settings set settings.json
    """
    given, read = read_settings(file)
    with connect(url, key) as api:
        found = api.settings.put(given, version=read if version is None else version)
    show_kept(found, as_json)


def read_settings(file: str) -> tuple[dict[str, Any], int | None]:
    """A file's settings, and the version that they were read in. Raises a usage error."""
    given = read_json(file)
    if not isinstance(given, dict):
        raise click.BadParameter("must hold a JSON object", param_hint="FILE")
    version = given.pop("version", None)
    given.pop("updated_at", None)
    if version is not None and type(version) is not int:
        raise click.BadParameter("its version must be a whole number", param_hint="FILE")
    return given, version


def show_kept(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(found)
    else:
        click.echo(f"version {found['version']}")
