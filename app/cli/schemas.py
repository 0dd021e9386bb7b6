"""`penstock schemas`: what becomes of a JSON Schema."""

import json
import sys
from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, USAGE, reporting
from app.cli.output import echo_json


@click.group(epilog=EPILOG)
def command() -> None:
    """Check schemas before jobs are submitted with them."""


@command.command(epilog=EPILOG)
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--model", "models", multiple=True, help="Only this one; may be repeated.")
@connection_options
@reporting
def lint(
    file: Any, models: tuple[str, ...], url: str | None, key: str | None, as_json: bool
) -> None:
    """Check a schema, and say how each model would be asked for it. Exits with 2 for faults."""
    try:
        schema = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="FILE") from None
    if not isinstance(schema, dict):
        raise click.BadParameter("must be a JSON object", param_hint="FILE")
    with connect(url, key) as api:
        report = api.reports.lint_schema(schema, models or None)
    if as_json:
        echo_json(report)
    else:
        _show(report)
    if not report["valid"]:
        sys.exit(USAGE)


def _show(report: dict[str, Any]) -> None:
    for fault in report["errors"]:
        click.echo(f"{fault['pointer'] or '(root)'}: {fault['detail']}")
    for warning in report["warnings"]:
        click.echo(f"warning: {warning['pointer'] or '(root)'}: {warning['detail']}")
    for plan in report["plans"]:
        why = f" ({plan['reason']})" if plan["reason"] else ""
        others = f", then {', '.join(plan['modes'][1:])}" if plan["modes"][1:] else ""
        click.echo(f"{plan['model']}: {plan['mode']}{others}{why}")
        for relaxed in plan["relaxed"]:
            at = relaxed["pointer"] or "(root)"
            click.echo(f"  {at}: {relaxed['detail']}")
