"""A webhook endpoint as the command prints it."""

from typing import Any

import click

from app.cli.output import echo_json


def print_endpoint(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(found)
        return
    click.echo(f"endpoint: {found['id']} {state_of(found)}")
    for name in ("url", "description", "failing_since", "disabled_at", "previous_until"):
        if found[name]:
            click.echo(f"{name}: {found[name]}")
    click.echo(f"events: {' '.join(found['event_types'])}")


def print_secret(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        echo_json(made)
        return
    if "id" in made:
        print_endpoint(made, as_json)
    click.echo(f"secret: {made['secret']}")
    click.echo("The secret is shown once; keep it.", err=True)


def state_of(endpoint: dict[str, Any]) -> str:
    if endpoint["enabled"]:
        return "enabled"
    return f"disabled ({endpoint['disabled_reason'] or 'by its owner'})"
