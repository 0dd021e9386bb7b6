"""The ledger's lines on provider calls: what the simulator counted against the usage rows.

A call whose worker was killed, or that was canceled, may have completed unseen: such a row is in
doubt, and each call that the rows do not vouch for needs one, of the same prompt.
"""

from collections import Counter

from tests.soak.books import Books

IN_DOUBT = ("unknown", "canceled")
Figures = tuple[str, int, int, list[str]]  # what, left, right, faults


def paid_once(books: Books) -> Figures:
    """A stage that is done has one valid answer, and no stage has two."""
    valid = Counter(call.stage for call in books.calls if call.verdict == "valid")
    wrong = [f"{stage} has {valid[stage]} answers" for stage in books.done if valid[stage] != 1]
    wrong += [f"{stage} has {n} answers" for stage, n in valid.items() if n > 1]
    paid = sum(n for stage, n in valid.items() if stage in books.done)
    return "stages done = valid answers", len(books.done), paid, sorted(set(wrong))


def completed_calls(books: Books) -> Figures:
    """What completed is on record as succeeded, or in doubt; what is on record did complete."""
    good, doubt = _rows(books, "succeeded"), _rows(books, *IN_DOUBT)
    completed = Counter({key: seen["completed"] for key, seen in books.simulated.items()})
    wrong = [
        f"{key}: {completed[key]} completed, {good[key]} on record, {doubt[key]} in doubt"
        for key in {*good, *completed}
        if not good[key] <= completed[key] <= good[key] + doubt[key]
    ]
    settled = sum(min(doubt[key], completed[key] - good[key]) for key in completed)
    what = f"calls completed = rows succeeded + in doubt ({settled} of {sum(doubt.values())})"
    return what, sum(completed.values()), sum(good.values()) + settled, sorted(wrong)


def started_calls(books: Books) -> Figures:
    """No call began without its row; a row without a call is one in doubt."""
    rows, doubt = _rows(books), _rows(books, *IN_DOUBT)
    started = Counter({key: seen["started"] for key, seen in books.simulated.items()})
    wrong = [
        f"{key}: {started[key]} began, {rows[key]} rows, {doubt[key]} in doubt"
        for key in {*rows, *started}
        if not rows[key] - doubt[key] <= started[key] <= rows[key]
    ]
    unsent = sum(rows.values()) - sum(started.values())
    return (
        f"calls begun = rows - {unsent} unsent",
        sum(started.values()),
        sum(rows.values()) - unsent,
        sorted(wrong),
    )


def open_calls(books: Books) -> Figures:
    still = sorted(call.stage for call in books.calls if call.outcome == "in_flight")
    return "calls left open", len(still), 0, still


def _rows(books: Books, *outcomes: str) -> Counter[str]:
    return Counter(c.key for c in books.calls if not outcomes or c.outcome in outcomes)
