"""`penstock simulator`: the vendors' wire formats on a local port, in the foreground."""

import os
import sys

import click

from app.cli.exits import EPILOG


@click.command(epilog=EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535))
@click.option("--config", metavar="FILE", help="Faults to start with: JSON or TOML.")
def command(host: str, port: int, config: str | None) -> None:
    """Run the provider simulator until Ctrl-C.

    It speaks OpenAI's, Anthropic's and Gemini's HTTP formats well enough for their SDKs, and
    answers with made-up data that satisfies the schema. Faults are set at /control/faults.

    \b
    Examples:
      penstock simulator --port 8090
      curl -X PUT localhost:8090/control/faults -d '{"*": {"latency_seconds": 2}}'
    """
    arguments = ["-m", "providers.simulator", "--host", host, "--port", str(port)]
    if config:
        arguments += ["--config", config]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])
