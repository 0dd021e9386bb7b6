"""How large a schema may be, and the patterns that are safe to run."""

import functools
import re

import re2

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32  # subschemas inside one another
MAX_JSON_DEPTH = 100  # any JSON value
MAX_NODES = 5_000  # subschemas
MAX_PATTERN = 1_000  # characters of one pattern
MAX_PATTERNS = 200  # patterns in a schema
MAX_COST = 10_000  # subschemas that one value is held against
MAX_REPORTED = 50

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20  # bytes; compiling to this size takes some 40 ms

_UNICODE_ESCAPE = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})")


@functools.lru_cache(maxsize=2048)
def compile_pattern(pattern: str) -> "re2._Regexp":
    """Compile with RE2, which runs in linear time. Raises re2.error for what it refuses.

    JSON Schema's patterns are ECMA-262's: `\\uXXXX` is written as RE2 writes it.
    """

    def escape(match: re.Match[str]) -> str:
        return f"\\x{{{match[1]}}}" if match[1] else match[0]

    return re2.compile(_UNICODE_ESCAPE.sub(escape, pattern), options=_OPTIONS)


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
