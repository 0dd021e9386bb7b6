"""`penstock serve`: one process of a deployment, for containers and unit files."""

import os

import click

from app.cli.exits import EPILOG, reporting
from app.errors import ConfigError
from app.infra.lanes import CORE, WEBHOOKS
from app.infra.settings import Settings, load_settings
from app.stack import roles
from app.stack.roles import Role


@click.command(epilog=EPILOG)
@click.argument("role", type=click.Choice(roles.ROLES))
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="For api, flower and simulator.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where these listen.")
@reporting
def command(role: str, name: str | None, port: int | None, host: str) -> None:
    """Run one process in the foreground, in place of this one.

    \b
    Examples:
      penstock serve api --host 0.0.0.0 --port 8000
      penstock serve worker core
      penstock serve worker openai
    """
    os.environ.setdefault("PENSTOCK_API_HOST", host)
    settings = load_settings()
    chosen = _role(settings, role, name, port, host)
    _check(settings, role)
    os.execvp(chosen.argv[0], chosen.argv)


def _check(settings: Settings, role: str) -> None:
    """Raises ConfigError for what the role cannot do without."""
    database, embedded = settings.database, "; `penstock up` runs everything, with embedded servers"
    urls = (database.url, database.app_url, database.system_url)
    if role not in ("flower", "simulator") and not any(urls):
        raise ConfigError(f"{role} needs a database: set PENSTOCK_DATABASE_URL{embedded}")
    if role in ("relay", "worker", "beat", "flower") and not (
        settings.broker.url and settings.redis.url
    ):
        raise ConfigError(
            f"{role} needs a broker: set PENSTOCK_BROKER_URL and PENSTOCK_REDIS_URL{embedded}"
        )


def _role(settings: Settings, role: str, name: str | None, port: int | None, host: str) -> Role:
    if role == "worker":
        if name is None:
            lanes = (CORE, WEBHOOKS, *settings.providers)
            raise ConfigError(
                f"which worker? `penstock serve worker` and one of {', '.join(lanes)}"
            )
        return roles.worker(settings, name)
    if role == "api":
        return roles.api(settings, port or settings.api.port or 8000)
    if role == "flower":
        return roles.flower(settings, port or settings.flower.port or 5555, host)
    if role == "simulator":
        return roles.simulator(port or settings.simulator.port or 8090, host)
    if role == "beat":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return roles.beat(settings.data_dir)
    return roles.relay() if role == "relay" else roles.reconciler()
