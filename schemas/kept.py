"""What a process keeps for the next time, up to so many bytes; the least lately used goes first."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
LEAST = 256  # bytes that any entry is reckoned with: its key and the places in the tables


class Kept(Generic[Key, Value]):
    """Safe for threads. Sizes are the caller's estimates; one larger than all room is not kept."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """Of all entries together; never over the most."""
        return self._bytes

    def get(self, key: Key) -> Value | None:
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of about `size` bytes in place of what was kept under its key."""
        size = max(size, LEAST)
        with self._lock:
            self._drop(key)
            if size > self._most:
                return
            self._entries[key] = (value, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, oldest) = self._entries.popitem(last=False)
                self._bytes -= oldest

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _drop(self, key: Key) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self._bytes -= found[1]
