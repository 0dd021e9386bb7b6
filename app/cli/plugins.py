"""`penstock plugins`: what wraps provider calls, and which plugins there are."""

from typing import Any

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, rows
from app.infra.plugins import installed, load_plugins
from app.infra.settings import Settings, load_settings
from app.infra.settings_middleware import BUILT_IN
from providers.middleware.base import PERMISSIONS


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def command(as_json: bool) -> None:
    """List the middleware around provider calls, outermost first, and plugins not enabled.

    Enable an installed plugin in penstock.toml, naming what it may do:

    \b
      [plugins.word_guard]
      grant = ["prompt:read", "call:reject"]
    """
    found = described(load_settings())
    if as_json:
        echo_json({"data": found, "permissions": PERMISSIONS})
        return
    columns = ("name", "kind", "state", "permissions", "from")
    rows(columns, [[line[column] for column in columns] for line in found])


def described(settings: Settings) -> list[dict[str, Any]]:
    """Each middleware in force, in order, then the installed plugins that are not.

    Raises ConfigError for an enabled plugin that cannot be loaded.
    """
    points, loaded = installed(), load_plugins(settings.middleware)
    found = [
        _line(name, "built in", "on", "", "penstock")
        if name in BUILT_IN
        else _line(
            name,
            "plugin",
            "required" if loaded[name].rules.required else "on",
            ", ".join(sorted(loaded[name].permissions)),
            points[name].value,
        )
        for name in settings.middleware.order
    ]
    off = [point for name, point in points.items() if name not in loaded]
    return found + [_line(point.name, "plugin", "off", "", point.value) for point in off]


def _line(name: str, kind: str, state: str, permissions: str, source: str) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "state": state,
        "permissions": permissions,
        "from": source,
    }
