"""How large a schema may be, and the patterns that are safe to run."""

import re

import re2

from schemas.kept import Kept

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32  # subschemas inside one another
MAX_JSON_DEPTH = 100  # any JSON value
MAX_NODES = 5_000  # subschemas
MAX_POINTERS = 16 * 1024 * 1024  # characters of the pointers to all subschemas
MAX_PATTERN = 1_000  # characters of one pattern
MAX_PATTERNS = 200  # patterns in a schema
MAX_INSTRUCTIONS = 4_000_000  # of all patterns; RE2 compiles about a million a second
MAX_COST = 10_000  # subschemas that one value is held against
MAX_REPORTED = 50

# Bytes that RE2 may use for one pattern: most do with the first; compiling to the second takes
# some 40 ms. One that was searched for holds up to 0.4 of it, and one of few instructions under
# 4 KiB for each (measured).
_ROOM = (1 << 20, 8 << 20)
_OPTIONS = tuple(re2.Options() for _ in _ROOM)
for _options, _room in zip(_OPTIONS, _ROOM, strict=True):
    _options.log_errors = False
    _options.max_mem = _room
SMALL = 40  # instructions
MOST_KEPT = 128 << 20  # bytes of compiled patterns that a process keeps

_UNICODE_ESCAPE = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})")


_kept: Kept[str, "re2._Regexp"] = Kept(MOST_KEPT)


def compile_pattern(pattern: str) -> "re2._Regexp":
    """Compile with RE2, which runs in linear time. Raises re2.error for what it refuses.

    JSON Schema's patterns are ECMA-262's: `\\uXXXX` is written as RE2 writes it.
    """
    found = _kept.get(pattern)
    if found is None:
        found, room = _compile(_UNICODE_ESCAPE.sub(_escape, pattern))
        size = 4096 * found.programsize if found.programsize <= SMALL else room * 2 // 5
        _kept.put(pattern, found, size)
    return found


def _escape(match: re.Match[str]) -> str:
    return f"\\x{{{match[1]}}}" if match[1] else match[0]


def _compile(pattern: str) -> tuple["re2._Regexp", int]:
    """The pattern, and how many bytes it may use."""
    try:
        return re2.compile(pattern, options=_OPTIONS[0]), _ROOM[0]
    except re2.error:
        return re2.compile(pattern, options=_OPTIONS[1]), _ROOM[1]


def json_depth(value: object, limit: int) -> bool:
    """Whether a JSON value is nested over `limit` levels deep; never recurses."""
    level = [value]
    for _ in range(limit + 1):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below += item.values()
            elif isinstance(item, list):
                below += item
        if not below:
            return False
        level = below
    return True
