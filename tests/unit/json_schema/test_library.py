"""What the stand-ins put off still says what it says."""

import subprocess
import sys

import pytest

SAID = """
import sys
from threading import Thread
from schemas.json_schema.library import FormatChecker
checker, told = FormatChecker(), []
assert not {"arrow.locales", "lark"} & set(sys.modules)
ask = lambda: told.append(checker.conforms(sys.argv[2], sys.argv[1]))
threads = [Thread(target=ask) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(set(told))
"""


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("duration", "P1DT2H", True),
        ("duration", "1 day", False),
        ("duration", "P0003-06-04T12:30:05", False),  # arrow reads it; the format wants letters
        ("duration", "P0003-99-04T12:30:05", False),  # arrow refuses it
        ("iri", "http://ä.example/x", True),
        ("iri", "ht tp://", False),
    ],
)
def test_a_format_that_was_put_off_is_checked(form: str, text: str, fits: bool) -> None:
    argv = [sys.executable, "-c", SAID, form, text]
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(argv, env=path, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str({fits}), done.stderr
