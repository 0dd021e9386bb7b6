"""`penstock providers`: who is configured, how each stands, and whether it answers."""

import logging
import sys
from dataclasses import asdict
from typing import Any

import click
import redis

from app.cli.checks import stack_settings
from app.cli.exits import EPILOG, JOB_FAILED, OK, reporting
from app.cli.masking import hidden, secrets_of
from app.cli.output import echo_json, rows
from app.infra.settings import Settings, load_settings

LIMITS = (
    *("concurrency", "max_in_flight", "timeout_seconds", "weight"),
    *("requests_per_minute", "tokens_per_minute"),
)


@click.command(epilog=EPILOG)
@click.option("--probe", is_flag=True, help="Ask each one, with each key, for its models (free).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def command(probe: bool, as_json: bool) -> None:
    """List the configured providers: models, names of keys, limits, circuits.

    With --probe, exits with 1 when one does not answer within 10 s or refuses its key.
    """
    given = load_settings()
    settings = stack_settings(given) or given
    found = providers_in_force(settings, probe=probe)
    if as_json:
        echo_json({"providers": found})
    elif not found:
        click.echo("no provider is configured: `penstock up` answers from its simulator")
    else:
        _show(found)
    healthy = all(key["health"]["ok"] for p in found for key in p["keys"]) if probe else True
    sys.exit(OK if healthy else JOB_FAILED)


def providers_in_force(settings: Settings, *, probe: bool) -> list[dict[str, Any]]:
    """Each provider as JSON; a key has `health` when it was probed, `circuit` when it is known."""
    from app.container import Container

    services = Container(settings)
    known = _circuits_are_known(settings)
    told: dict[tuple[str, str], Any] = {}
    if probe:
        logging.getLogger("providers").addHandler(logging.NullHandler())  # they are shown instead
        secrets = secrets_of(settings)
        for one in services.providers.probe():
            health = asdict(one.health)
            told[one.provider, one.key] = health | {"detail": hidden(health["detail"], secrets)}
    return [
        {
            "name": info.config.name,
            "kind": info.config.kind,
            "simulated": info.config.simulated,
            "models": list(info.config.models),
            "limits": {name: getattr(info.config, name) for name in LIMITS},
            "keys": [
                {"name": key.name, "weight": key.weight}
                | {"circuit": asdict(key.circuit) if known else None}
                | ({"health": told[info.config.name, key.name]} if probe else {})
                for key in info.keys
            ],
        }
        for info in services.providers.describe()
    ]


def probe_checks(settings: Settings) -> list[dict[str, Any]]:
    """A line of `penstock doctor --probe` for each key of each provider."""
    return [
        {
            "name": f"provider {found['name']}" + (f" key {key['name']}" if key["name"] else ""),
            "ok": key["health"]["ok"],
            "detail": f"{key['health']['detail']}, {key['health']['latency_ms']} ms",
        }
        for found in providers_in_force(settings, probe=True)
        for key in found["keys"]
    ]


def _circuits_are_known(settings: Settings) -> bool:
    """Circuits are shared over Redis; without it only the workers know theirs."""
    from app.infra.circuits import RedisCircuits

    if not settings.redis.url:
        return False
    try:
        RedisCircuits(settings.redis.url).read()
    except redis.RedisError:
        return False
    return True


def _show(found: list[dict[str, Any]]) -> None:
    lines = [_line(provider, key) for provider in found for key in provider["keys"]]
    probed = any("health" in key for provider in found for key in provider["keys"])
    headings = ("provider", "kind", "key", "models", "limits", "circuit")
    rows((*headings, "health") if probed else headings, lines)


def _line(provider: dict[str, Any], key: dict[str, Any]) -> list[str]:
    circuit = key["circuit"]
    line = [
        provider["name"],
        provider["kind"] + (" (simulated)" if provider["simulated"] else ""),
        key["name"] or "-",
        ", ".join(provider["models"]) or "any",
        _limits(provider["limits"]),
        "unknown" if circuit is None else _standing(circuit),
    ]
    if "health" in key:
        health = key["health"]
        line.append(f"{'ok' if health['ok'] else 'FAIL'}: {health['detail']}")
    return line


def _limits(limits: dict[str, Any]) -> str:
    told = [f"{limits['concurrency']} at once"]
    for name, what in (
        ("max_in_flight", "in flight"),
        ("requests_per_minute", "requests a minute"),
        ("tokens_per_minute", "tokens a minute"),
    ):
        if limits[name]:
            told.append(f"{limits[name]} {what}")
    return ", ".join([*told, f"{limits['timeout_seconds']:g} s"])


def _standing(circuit: dict[str, Any]) -> str:
    left = f" for {circuit['seconds']:.0f} s" if circuit["seconds"] else ""
    why = f": {circuit['reason']}" if circuit["reason"] else ""
    return f"{circuit['state']}{left}{why}"
