"""A network of the tests' own: names, their addresses, and where a connection goes."""

import socket
from collections.abc import Sequence
from typing import Any

from app.infra.egress import Egress, Reply

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07::1"


class Net:
    """Names and their addresses, and where connections really go: a local port, or nowhere."""

    def __init__(self, port: int = 0, **names: Sequence[str]) -> None:
        self.port = port
        self.names = {name.replace("_", "."): list(found) for name, found in names.items()}
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.refusing: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        if not self.port or address in self.refusing:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def egress(self, **more: Any) -> Egress:
        return Egress(resolve=self.resolve, connect=self.connect, **more)


def post(egress: Egress, url: str, seconds: float = 5.0) -> Reply:
    headers = {"content-type": "application/json"}
    return egress.post(url, headers=headers, body=b'{"a": 1}', seconds=seconds, most=1024)
