"""Where the API is and which key to use: options, environment, or the running stack's folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from app.cli.exits import NoCredentials, NoStack
from app.client.penstock import Penstock
from app.infra.settings import load_settings
from app.stack.state import KEY, is_locked, read_state

F = TypeVar("F", bound=Callable[..., Any])


def connection_options(command: F) -> F:
    """Adds --url, --key and --json to a command (as `url`, `key`, `as_json`)."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option(
        "--key", envvar="PENSTOCK_API_KEY", metavar="TOKEN", help="API key [PENSTOCK_API_KEY]."
    )(command)
    return click.option(
        "--url",
        envvar="PENSTOCK_URL",
        metavar="URL",
        help="Where the API is [PENSTOCK_URL]; otherwise the stack running in this folder.",
    )(command)


def connect(url: str | None, key: str | None) -> Penstock:
    """A client. Raises NoStack, NoCredentials, ConfigError."""
    folder = load_settings().data_dir
    if not url:
        url = stack_urls(folder).get("api")
        if not url:
            raise NoStack(
                f"no stack runs in {folder}: start one with `penstock up`, "
                "or give --url (PENSTOCK_URL)"
            )
        key = key or _first_line(folder / KEY)
    key = (key or "").strip()
    if not key:
        raise NoCredentials("no API key: give --key or set PENSTOCK_API_KEY")
    if not (key.isascii() and key.isprintable()):
        raise NoCredentials("the API key holds characters that no key has; copy it anew")
    return Penstock(url, key)


def stack_urls(folder: Path) -> dict[str, str]:
    """Addresses of the stack that runs on `folder`; {} when none does, or it is not ours."""
    return dict(_state(folder).get("urls") or {})


def stack_database(folder: Path) -> dict[str, str]:
    """PENSTOCK_DATABASE_* of the stack that runs on `folder`; {} when none does.

    With the simulator's address, without which its providers would not be known.
    """
    known = _state(folder).get("environment") or {}
    wanted = ("PENSTOCK_DATABASE_", "PENSTOCK_SIMULATOR_URL")
    return {name: url for name, url in known.items() if name.startswith(wanted)}


def _state(folder: Path) -> dict[str, Any]:
    try:
        return (read_state(folder) if is_locked(folder) else None) or {}
    except PermissionError:
        return {}


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text().strip().splitlines()[0]
    except (OSError, IndexError):
        return None
