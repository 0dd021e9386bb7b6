"""`penstock doctor`: what is in force, where it comes from, and whether it works."""

import dataclasses
import platform
import sys
from typing import Any

import click

from app.cli.checks import run_checks, stack_settings
from app.cli.exits import EPILOG, NO_ANSWER, OK, reporting
from app.cli.masking import masked
from app.cli.output import echo_json, rows
from app.infra.settings import Settings, load_settings


@click.command(epilog=EPILOG)
@click.option("--probe", is_flag=True, help="Ask each provider, with each key, for its models.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def command(probe: bool, as_json: bool) -> None:
    """Print every setting with its origin (secrets masked), and check what can be checked.

    Exits 0 when every check passes, 3 otherwise.
    """
    settings = load_settings()
    shown = settings_in_force(settings)
    checks = run_checks(settings)
    if probe:
        from app.cli.providers import probe_checks

        checks += probe_checks(stack_settings(settings) or settings)
    healthy = all(check["ok"] for check in checks)
    if as_json:
        echo_json({"python": platform.python_version(), "settings": shown, "checks": checks})
    else:
        rows(("setting", "value", "from"), [[s["name"], s["value"], s["origin"]] for s in shown])
        click.echo()
        for check in checks:
            click.echo(f"{'ok  ' if check['ok'] else 'FAIL'} {check['name']}: {check['detail']}")
    sys.exit(OK if healthy else NO_ANSWER)


def settings_in_force(settings: Settings) -> list[dict[str, Any]]:
    """Each setting: name, value (masked where it is a secret), origin."""
    found = [("data_dir", str(settings.data_dir))]
    for section in dataclasses.fields(settings):
        value = getattr(settings, section.name)
        if dataclasses.is_dataclass(value):
            for item in dataclasses.fields(value):
                found.append((f"{section.name}.{item.name}", getattr(value, item.name)))
    for name, provider in settings.providers.items():
        for item in dataclasses.fields(provider):
            if item.name != "name":
                found.append((f"providers.{name}.{item.name}", getattr(provider, item.name)))
    return [
        {"name": name, "value": masked(name, value), "origin": _origin(settings, name)}
        for name, value in found
    ]


def _origin(settings: Settings, name: str) -> str:
    if name.startswith("providers."):
        return settings.origin(".".join(name.split(".")[:2]))
    return settings.origin(name)
