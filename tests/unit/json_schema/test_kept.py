"""What a process keeps of tenants' schemas has a bound in bytes."""

import threading

import pytest

from schemas.json_schema import dialects, limits
from schemas.kept import LEAST, Kept


def test_the_least_lately_used_goes_first() -> None:
    kept: Kept[str, int] = Kept(3_000)
    for name in ("a", "b", "c"):
        kept.put(name, 1, 1_000)
    assert kept.get("a") == 1
    kept.put("d", 1, 1_000)
    assert [kept.get(name) for name in ("a", "b", "c", "d")] == [1, None, 1, 1]
    assert (kept.bytes, len(kept)) == (3_000, 3)


def test_one_that_is_put_again_counts_once() -> None:
    kept: Kept[str, int] = Kept(3_000)
    for value in range(10):
        kept.put("a", value, 1_000)
    assert (kept.get("a"), kept.bytes, len(kept)) == (9, 1_000, 1)
    kept.drop("a")
    kept.drop("a")
    assert (kept.bytes, len(kept)) == (0, 0)


def test_what_is_larger_than_all_room_is_not_kept_and_drives_nothing_out() -> None:
    kept: Kept[str, int] = Kept(3_000)
    kept.put("a", 1, 1_000)
    kept.put("huge", 1, 3_001)
    assert (kept.get("a"), kept.get("huge")) == (1, None)


def test_entries_of_no_size_are_bounded_too() -> None:
    kept: Kept[int, int] = Kept(100 * LEAST)
    for name in range(1_000):
        kept.put(name, name, 0)
    assert len(kept) == 100


def test_many_threads_keep_the_books() -> None:
    kept: Kept[int, int] = Kept(50_000)

    def work(seed: int) -> None:
        for n in range(2_000):
            kept.put((seed * 7 + n) % 97, n, 300 + n % 1_000)
            kept.get(n % 97)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.bytes <= 50_000
    for name in range(97):
        kept.drop(name)
    assert (kept.bytes, len(kept)) == (0, 0)


def test_plans_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "_kept", kept := Kept[object, object](500_000))
    for n in range(60):
        dialects.plan({"type": "object", "description": "x" * 1_000 + str(n)}, "openai")
    assert 400_000 < kept.bytes <= 500_000
    assert len(kept) < 25


def test_patterns_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those whose automaton may become large count for it."""
    monkeypatch.setattr(limits, "_kept", kept := Kept[str, object](4 << 20))
    for n in range(50):
        assert limits.compile_pattern(f"^[a-z]{{2}}{n}$").search(f"ab{n}")
    assert len(kept) == 50
    for n in range(50):
        limits.compile_pattern(f"(a|b)*a(a|b){{20}}{n}")
    assert kept.bytes <= 4 << 20
    assert len(kept) < 12


def test_a_pattern_that_needs_more_room_gets_it() -> None:
    assert limits.compile_pattern(r"^(\pL| ){1,40}$").search("ab c")
