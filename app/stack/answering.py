"""Whether an embedded server answers, asked in its own words.

A driver of either would stay in the supervisor's memory for good, for the sake of one question.
"""

import socket
import struct

PROTOCOL = 0x30000  # 3.0
SECONDS = 2.0


def postgres_answers(port: int, user: str) -> bool:
    """Whether it asks who we are, and not says that it is starting up. Raises OSError."""
    words = b"user\0" + user.encode() + b"\0database\0postgres\0\0"
    with socket.create_connection(("127.0.0.1", port), SECONDS) as probe:
        probe.sendall(struct.pack("!II", len(words) + 8, PROTOCOL) + words)
        return probe.recv(1) == b"R"


def valkey_answers(port: int, password: str) -> bool:
    """Whether it lets us in and has read its file. Raises OSError."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as probe:
        probe.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        with probe.makefile("rb") as said:
            return said.readline() == b"+OK\r\n" and said.readline() == b"+PONG\r\n"
