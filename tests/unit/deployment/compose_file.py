"""Reads docker-compose.yml as compose would: merges by YAML, then variables from an .env file."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def env_file(path: Path) -> dict[str, str]:
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def filled(environ: dict[str, str]) -> dict[str, str]:
    """The example's variables with a password wherever it asks for one."""
    return {k: v or ("s3cret" if k.endswith("PASSWORD") else "") for k, v in environ.items()}


class Missing(Exception):
    """A `${NAME:?message}` whose variable is not set."""


def interpolated(text: str, environ: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        found = environ.get(match[1], "")
        if not found and match[2] == ":?":
            raise Missing(match[1])
        return found or (match[3] or "" if match[2] == ":-" else "")

    return VARIABLE.sub(value, text)


def load(environ: dict[str, str]) -> dict[str, Any]:
    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(child) for key, child in node.items()}
        if isinstance(node, list):
            return [walk(child) for child in node]
        return interpolated(node, environ) if isinstance(node, str) else node

    loaded: dict[str, Any] = walk(yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8")))
    return loaded


def own(services: dict[str, Any]) -> dict[str, Any]:
    """The services that run our image."""
    return {name: s for name, s in services.items() if s.get("image", "").startswith("penstock:")}
