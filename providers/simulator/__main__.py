"""python -m providers.simulator: runs the simulator in the foreground."""

import argparse
import asyncio
import resource
import sys
from pathlib import Path

from providers.simulator.faults import BadFault, Faults
from providers.simulator.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m providers.simulator",
        description="A simulator of the OpenAI, Anthropic and Gemini APIs: an offline upstream.",
        epilog="Base URLs: /openai/v1, /anthropic, /gemini. Control: /control/faults,"
        " /control/calls.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free one (default)")
    parser.add_argument(
        "--config", type=Path, help="faults to start with: JSON or TOML, a table a model"
    )
    options = parser.parse_args()
    faults = Faults()
    try:
        if options.config:
            faults.load(options.config)
        raise_file_limit()
        asyncio.run(serve(options.host, options.port, faults))
    except (BadFault, OSError) as error:
        sys.exit(f"simulator: {error}")


def raise_file_limit() -> None:
    """Each call under way holds a socket: take as many as the machine grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
