"""Payment cards: the number's scheme knows its lengths, and the last digit is Luhn's."""

import re
from collections.abc import Iterator

from providers.privacy.spans import overlapping

SEPARATORS = " \u00a0\u202f\u2011-"
# Whole, or in groups of three to six with one separator throughout (4-4-4-4-3, 4-6-5).
CANDIDATE = re.compile(
    rf"(?<!\w)(?:[0-9]{{12,19}}|[0-9]{{3,6}}([{SEPARATORS}])[0-9]{{3,6}}(?:\1[0-9]{{1,6}}){{1,4}})"
    r"(?!\w)"
)

# First and last prefix of a range (same number of digits), and the lengths issued.
LONG = frozenset(range(16, 20))
ISSUED: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, *LONG})),  # Diners Club
    ("3095", "3095", frozenset({14, *LONG})),
    ("36", "36", frozenset({14, *LONG})),
    ("38", "39", frozenset({14, *LONG})),
    ("3528", "3589", LONG),  # JCB
    ("6011", "6011", LONG),  # Discover
    ("644", "659", LONG),
    ("62", "62", LONG),  # UnionPay
    ("2200", "2204", LONG),  # Mir
    ("5018", "5020", frozenset(range(12, 20))),  # Maestro, Dankort
    ("5038", "5038", frozenset(range(12, 20))),
    ("5893", "5893", frozenset(range(12, 20))),
    ("6304", "6304", frozenset(range(12, 20))),
    ("6759", "6763", frozenset(range(12, 20))),
    ("5066", "5067", frozenset({16})),  # Elo
    ("509", "509", frozenset({16})),
    ("636297", "636297", frozenset({16})),
    ("636368", "636368", frozenset({16})),
    ("60", "60", frozenset({16})),  # RuPay
    ("81", "82", frozenset({16})),
    ("9792", "9792", frozenset({16})),  # Troy
)


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Card numbers in the text. Of groups that go on, the longest number that is a card."""
    for match in overlapping(CANDIDATE, text):
        end = match.end()
        while end > match.start():
            digits = "".join(c for c in text[match.start() : end] if c.isdigit())
            if is_card(digits):
                yield match.start(), end
                break
            end = text.rfind(match[1], match.start(), end) if match[1] else -1


def is_card(digits: str) -> bool:
    """Whether these digits are a scheme's prefix and length, with Luhn's check digit."""
    issued = any(
        len(digits) in lengths and first <= digits[: len(first)] <= last
        for first, last, lengths in ISSUED
    )
    return issued and luhn(digits)


def luhn(digits: str) -> bool:
    """Luhn's sum, from the right, every second digit doubled."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0
