"""Where the API is and which key to use: options, environment, or the running stack's folder."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from app.cli.exits import NoCredentials, NoStack
from app.client.penstock import Penstock
from app.infra.settings import load_settings

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
        key = key or _first_line(folder / "key")
    if not key:
        raise NoCredentials("no API key: give --key or set PENSTOCK_API_KEY")
    return Penstock(url, key)


def stack_urls(folder: Path) -> dict[str, str]:
    """Addresses of the stack whose supervisor is alive in `folder`; {} when there is none."""
    try:
        state = json.loads((folder / "state.json").read_text())
        os.kill(int(state["supervisor_pid"]), 0)
    except PermissionError:
        pass  # alive, and another user's
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    urls = state.get("urls") if isinstance(state, dict) else None
    return {k: v for k, v in urls.items() if isinstance(v, str)} if isinstance(urls, dict) else {}


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text().strip().splitlines()[0]
    except (OSError, IndexError):
        return None
