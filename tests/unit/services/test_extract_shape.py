"""What is wrong with the shape of an input, told in time."""

import time

from app.services.extract_fields import EXTRACT_ITEM
from app.services.extract_shape import MAX_REPORTED, check_shape


def test_very_many_unknown_fields_are_told_in_time() -> None:
    given = {"document": "d"} | {f"docume{i:06}": 1 for i in range(300_000)}
    started = time.perf_counter()
    faults = check_shape(given, EXTRACT_ITEM, "/items/0")
    assert time.perf_counter() - started < 5
    assert [f.pointer for f in faults] == [f"/items/0/docume{i:06}" for i in range(MAX_REPORTED)]
