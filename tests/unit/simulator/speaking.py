"""Speaks HTTP to the simulator."""

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from tests.unit.simulator.conftest import Running

CHAT = "/openai/v1/chat/completions"
SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}


def body(text: str = "Total: 7", model: str = "gpt-5") -> dict[str, Any]:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}
    messages = [{"role": "user", "content": text}]
    return {"model": model, "messages": messages, "response_format": form}


def connect(simulator: Running) -> socket.socket:
    parts = urlsplit(simulator.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def raw(value: Any, path: str = CHAT) -> bytes:
    data = json.dumps(value).encode()
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def content(answer: Any) -> Any:
    return json.loads(answer["choices"][0]["message"]["content"])


def until(simulator: Running, name: str, value: int) -> None:
    deadline = time.monotonic() + 5
    while simulator.calls()[name] != value:
        assert time.monotonic() < deadline, simulator.calls()
        time.sleep(0.01)
