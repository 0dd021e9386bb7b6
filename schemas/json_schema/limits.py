"""How large a schema may be, and the patterns that are safe to run."""

import re2

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 5_000
MAX_PATTERN = 1_000  # characters
MAX_REPORTED = 50

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20


def compile_pattern(pattern: str) -> "re2._Regexp":
    """Compile with RE2, which runs in linear time. Raises re2.error for what it refuses."""
    return re2.compile(pattern, options=_OPTIONS)
