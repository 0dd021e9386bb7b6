"""What is looked at before anything starts: ports that are taken, servers that do not answer."""

import contextlib
import socket
from typing import Any

from app.errors import ConfigError
from app.infra.settings import Settings

PATIENCE = 5  # seconds for a server of one's own to answer


def check(settings: Settings) -> None:
    """Raises ConfigError with what to do, sooner than a process that cannot start would."""
    check_ports(settings)
    for name, url, ask in (
        ("PENSTOCK_REDIS_URL", settings.redis.url, ping_redis),
        ("PENSTOCK_BROKER_URL", settings.broker.url, ping_broker),
    ):
        if url:
            try:
                ask(url)
            except Exception as error:  # each client has errors of its own
                raise ConfigError(
                    f"{name}: its server does not answer: {error}; start it, correct the URL, or"
                    " leave the variable out for the embedded one"
                ) from error


def check_ports(settings: Settings) -> dict[str, int]:
    """The fixed ports, all free, by setting. Raises ConfigError for one that is not."""
    places = {"api": (settings.api.host, settings.api.port)}
    places["flower"] = ("127.0.0.1", settings.flower.port)
    if simulates(settings):
        places["simulator"] = ("127.0.0.1", settings.simulator.port)
    for name, (host, port) in places.items():
        reason = _refusal(host, port)
        if reason:
            what = f"{name}.port {port}" if port else f"{name}.host {host}"
            raise ConfigError(
                f"{what} cannot be used: {reason}; give another by"
                f" PENSTOCK_{what.split()[0].replace('.', '_').upper()}"
                + (" (0: a free one), or end what listens there" if port else "")
            )
    return {name: port for name, (_, port) in places.items() if port}


def _refusal(host: str, port: int) -> str | None:
    """Why nothing can listen there; None when it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def simulates(settings: Settings) -> bool:
    """Whether a simulator of the stack's own answers."""
    mode = settings.simulator.mode
    return not settings.simulator.url and (
        mode == "on" or (mode == "auto" and not settings.providers)
    )


def ping_redis(url: str) -> str | None:
    """Its maxmemory policy, where it tells it. Raises redis errors, OSError, ValueError."""
    import redis  # the supervisor of embedded servers has nothing to ask it

    with contextlib.closing(redis.Redis.from_url(url, socket_timeout=PATIENCE)) as client:
        client.ping()
        with contextlib.suppress(redis.exceptions.ResponseError):  # a hosted one may forbid it
            found: Any = client.config_get("maxmemory-policy")
            policy: str | None = found.get("maxmemory-policy")
            return policy
    return None


def ping_broker(url: str) -> str:
    """What speaks there. Raises whatever its client raises."""
    if url.startswith("redis"):
        ping_redis(url)
        return "redis"
    from kombu import Connection

    with Connection(url, connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, timeout=PATIENCE)
        return str(connection.transport.driver_type)
