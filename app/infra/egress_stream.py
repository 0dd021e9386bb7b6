"""A socket as httpcore reads and writes it, under one wall-clock deadline for all of it.

httpcore's own timeouts are for each operation: a peer that gives a byte a second never meets one.
"""

import socket
import ssl
import time
from typing import Any

import httpcore2

WRITE_BYTES = 16_384


class Deadline:
    """When it is over, in monotonic time."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def shorten(self, seconds: float) -> None:
        """Let it be over in `seconds` at the latest."""
        self._at = min(self._at, time.monotonic() + seconds)


class DeadlineStream(httpcore2.NetworkStream):
    """Raises httpcore2.ReadTimeout and WriteTimeout past the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._sock.settimeout(self._deadline.left())
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error
        except OSError as error:
            raise httpcore2.ReadError(error.strerror or type(error).__name__) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        try:
            while view:
                self._sock.settimeout(self._deadline.left())
                view = view[self._sock.send(view[:WRITE_BYTES]) :]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout from error
        except OSError as error:
            raise httpcore2.WriteError(error.strerror or type(error).__name__) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "DeadlineStream":
        try:
            self._sock.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except Exception:
            self._sock.close()
            raise
        return DeadlineStream(wrapped, self._deadline)

    def close(self) -> None:
        self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        return self._sock if info == "socket" else None
