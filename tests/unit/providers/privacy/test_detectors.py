"""What is found, and what only looks like it."""

import pytest

from providers.privacy.detectors import KINDS, find

FOUND = [
    ("email", "a@b.de"),
    ("email", "first.last+tag@mail.example.co.uk"),
    ("email", "o'brien@example.org"),
    ("email", "jörg@müller.de"),
    ("email", "x@host.xn--p1ai"),
    ("card", "4111111111111111"),
    ("card", "4111 1111 1111 1111"),
    ("card", "5555-5555-5555-4444"),
    ("card", "378282246310005"),
    ("card", "3782 822463 10005"),
    ("card", "2221000000000009"),
    ("card", "6011111111111117"),
    ("card", "30569309025904"),
    ("card", "3530111333300000"),
    ("card", "6759649826438453"),
    ("iban", "DE89370400440532013000"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "gb29nwbk60161331926819"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "NO9386011117947"),
    ("iban", "MT84MALT011000012345MTLCAST001S"),
    ("national_id", "078-05-1120"),
    ("national_id", "AB 12 34 56 C"),
    ("national_id", "AB123456C"),
    ("national_id", "86095742719"),  # German tax id
    ("national_id", "86 095 742 719"),
    ("national_id", "47036892816"),
    ("national_id", "255081416802538"),  # French NIR
    ("national_id", "2 55 08 14 168 025 38"),
    ("national_id", "12345678Z"),  # Spanish DNI
    ("national_id", "12.345.678-Z"),
    ("national_id", "X1234567L"),  # Spanish NIE
    ("national_id", "111.444.777-35"),  # Brazilian CPF
    ("national_id", "11144477735"),
    ("national_id", "44051401359"),  # PESEL
    ("card", "\uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 1111 1111"),  # wide digits
    ("card", "\u0664" + 15 * "\u0661"),  # Arabic-Indic
    ("card", "4111\u20091111\u20091111\u20091111"),
    ("email", "ann\uff20example\uff0ecom"),
    ("ip", "\u0661\u0660.0.0.\u0661"),
    ("national_id", "078\u201305\u20131120"),
    ("iban", "DE89\u30003704\u30000044\u30000532\u30000130\u300000"),
    ("phone", "212\u2013555\u20130123"),
    ("phone", "+\u0664\u0669 30 1234567"),
    ("phone", "+49 30 1234567"),
    ("phone", "+49 (0)30 1234567"),
    ("phone", "+14155552671"),
    ("phone", "+1 (415) 555-2671"),
    ("phone", "+33 6 12 34 56 78"),
    ("phone", "+351 912 345 678"),
    ("phone", "+7 495 123-45-67"),
    ("phone", "0049 30 1234567"),
    ("phone", "(212) 555-0123"),
    ("phone", "212-555-0123"),
    ("phone", "1-212-555-0123"),
    ("phone", "01 23 45 67 89"),
    ("phone", "020 7946 0958"),
    ("phone", "07700 900123"),
    ("phone", "07700900123"),
    ("phone", "030 1234567"),
    ("phone", "(030) 1234567"),
    ("phone", "0171/1234567"),
    ("phone", "(11) 91234-5678"),
    ("ip", "192.168.0.1"),
    ("ip", "255.255.255.255"),
    ("ip", "2001:db8::1"),
    ("ip", "::1"),
    ("ip", "fe80::1ff:fe23:4567:890a"),
    ("ip", "2001:0db8:0000:0000:0000:ff00:0042:8329"),
    ("ip", "::ffff:10.0.0.1"),
]
AROUND = ["{}", "it is {}.", "({})", '"{}",', "at: {}; and", "<{}>", "é {}\n", "[{}]"]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("kind", "value"), FOUND)
def test_a_value_is_found_whole_in_any_surroundings(kind: str, value: str, around: str) -> None:
    text = around.format(value)
    spans = find(text, set(KINDS))
    assert [(span.kind, text[span.start : span.end]) for span in spans] == [(kind, value)]
    assert not find(text, set(KINDS) - {kind}) or kind in {"card", "national_id", "iban"}


@pytest.mark.parametrize(
    "text",
    [
        "order 4711-0815, invoice 2024-000123, ticket #100200300",
        "order number 1234567890123, lot 00123456, item 0012345678",
        "4111111111111112",  # not Luhn's
        "9111111111111111",  # nobody's prefix
        "41111111111111111111111",  # a longer number
        "411111111111111",  # Visa has no 15
        "DE89370400440532013001",
        "DE8937040044053201300",
        "XX89370400440532013000",
        "000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000",
        "123456789",  # nine digits may be anything
        "QQ123456C, GB123456A, AB123456E",
        "12345678A",
        "X1234567A",
        "86095742718",
        "02476291358x",
        "255081416802539",
        "44131401350, 44053201353",  # PESEL's check digit, but no date
        "fax 01.02.2024",
        "111.111.111-11, 111.444.777-36",
        "on 2024-01-02, 01.02.2024, 01/02/2024 12:30, 02-01-2024 10:15:59",
        "20240102T101559Z, 2024-01-02T10:15:59.123456+01:00",
        "1,234,567.89 and 1.234.567,89 and 1 234 567 EUR, +15 %, +1000000000",
        "0.123456789, 3.14159265358979, 6.022e23",
        "1.2.3, 1.2.3.4.5, 256.1.1.1, v1.2.3.4",
        "12:30:45, std::vector, std::de1, Cafe::Bad, dead::beef, 00:1a:2b:3c:4d:5e",
        "a@b, @user, me@localhost, x@.de, 5 @ 3.50",
        "pages 212-555, 100-200-3000",
        "550e8400-e29b-41d4-a716-446655440000",
        "[EMAIL_1], [CARD_12], [NATIONAL_ID_123456789]",
    ],
)
def test_what_only_looks_like_a_value_is_left(text: str) -> None:
    assert [text[span.start : span.end] for span in find(text, set(KINDS))] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Tel: 612 345 678", "612 345 678"),
        ("phone 5550123", "5550123"),
        ("SSN 078051120", "078051120"),
        ("IPv6:fe80::1", "fe80::1"),
        ("mailto:a@b.de?subject=x", "a@b.de"),
        ("host 10.0.0.1:8080", "10.0.0.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("4111 1111 1111 1111 12/27 123", "4111 1111 1111 1111"),
        ("call +49 30 1234567, 2024 times", "+49 30 1234567"),
    ],
)
def test_what_stands_around_a_value_is_left(text: str, value: str) -> None:
    assert [text[s.start : s.end] for s in find(text, set(KINDS))][:1] == [value]


def test_only_the_wanted_kinds_are_found() -> None:
    text = "a@b.de 10.0.0.1 4111111111111111"
    assert [span.kind for span in find(text, {"ip"})] == ["ip"]
    assert find(text, set()) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "unit",
    [
        "1", "1 ", "12 ", "4111 ", "0", "00", "+", "+4", "+49", "(0", "-1", "01 ", "0171 1",
        "a", "a.", "a@", "@", "a@a.", "a@a.a", "a-", ".", ":", "::", "1:", "f:", "1.", "255.",
        "DE89", "DE89 ", "A1", "[", "]", "_", "EMAIL_1", "tel ", "tel:1", "SSN 1", "AB12",
        "a@b.de ", "10.0.0.1 ", "4111111111111111", "4111 1111 1111 1111 ", "\u00e9", "X1",
    ],
)  # fmt: skip
def test_a_megabyte_of_anything_ends(unit: str) -> None:
    """Only that it ends: the time limit is a guard against a quadratic scan, which takes hours."""
    find((unit * (1_000_000 // len(unit)))[: 1_000_000 - 1] + "!", set(KINDS))
