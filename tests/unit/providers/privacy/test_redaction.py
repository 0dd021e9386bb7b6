"""Out before the provider, back in the result."""

import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.privacy.detectors import DETECTORS, KINDS, find
from providers.privacy.redaction import redact
from providers.privacy.spans import Rule
from providers.privacy.vault import Vault

VALUES = [
    "a@b.de", "A@b.de", "4111 1111 1111 1111", "4111111111111111", "DE89370400440532013000",
    "+49 30 1234567", "212-555-0123", "030 1234567", "078-05-1120", "86095742719", "12345678Z",
    "10.0.0.1", "2001:db8::1", "255081416802538",
]  # fmt: skip
BITS = [
    *VALUES, "[EMAIL_1]", "EMAIL_1", "email_2", "[Card_1]", "EMAIL_", "_1", "IP_1", "[", "]", "[[",
    " ", ".", ":", "-", "+", "@", "1", "0", "12", "4111", "x", "TEXT_1", "[TEXT_1]", "\u0130P_1",
    "\u017f", "\u0661", "tel: ", "\\", '"', "\n",
]  # fmt: skip
texts = st.lists(
    st.lists(st.sampled_from(BITS) | st.text(max_size=3), max_size=12).map("".join) | st.text(),
    max_size=4,
)
kinds = st.sets(st.sampled_from(KINDS))


@settings(max_examples=600, deadline=None)
@given(texts=texts, kinds=kinds, more=texts)
def test_what_was_redacted_is_restored(texts: list[str], kinds: set[str], more: list[str]) -> None:
    vault = Vault()
    assert vault.restore(first := redact(texts, kinds, vault)) == texts
    second = redact(more, kinds, vault)
    assert vault.restore({"a": first, "b": [second]}) == {"a": texts, "b": [more]}


@settings(max_examples=600, deadline=None)
@given(texts=texts, kinds=kinds)
def test_nothing_detected_remains(texts: list[str], kinds: set[str]) -> None:
    for text in redact(texts, kinds, Vault()):
        assert find(text, kinds) == []


@settings(max_examples=200, deadline=None)
@given(texts=texts)
def test_no_value_is_in_what_is_sent(texts: list[str]) -> None:
    texts = [f"{text} {value} {text}" for text in texts for value in VALUES[:3]]
    sent = " ".join(redact(texts, KINDS, Vault()))
    assert not any(f" {value} " in sent for value in VALUES[:3])


@settings(max_examples=200, deadline=None)
@given(texts=texts)
def test_no_placeholder_is_in_any_text_before(texts: list[str]) -> None:
    texts = [*texts, "a@b.de 10.0.0.1", "EMAIL_12 xip_21"]
    sent = redact(["a@b.de 10.0.0.1"], KINDS, Vault(), reserved=texts)[0]
    for token in sent.replace("[", "").replace("]", "").split():
        assert not any(token in text.upper() for text in texts)


def test_overlapping_values_go_as_one() -> None:
    rules = [
        Rule(kind="left", search=lambda text: [(0, 4)] if text.startswith("abcd") else []),
        Rule(kind="right", search=lambda text: [(2, 7)] if text.startswith("abcd") else []),
    ]
    vault = Vault()
    assert redact(["abcdefgh"], ["left", "right"], vault, detectors=rules) == ["[RIGHT_1]h"]
    assert vault.counts == {"right": 1}


def test_a_value_has_one_placeholder_in_all_messages() -> None:
    vault = Vault()
    assert redact(["a@b.de, c@d.de", "again a@b.de"], KINDS, vault) == [
        "[EMAIL_1], [EMAIL_2]",
        "again [EMAIL_1]",
    ]
    assert redact(["c@d.de 10.0.0.1"], KINDS, vault) == ["[EMAIL_2] [IP_1]"]
    assert vault.counts == {"email": 2, "ip": 1}


def test_no_kinds_change_nothing() -> None:
    assert redact(["a@b.de [EMAIL_1]"], [], Vault()) == ["a@b.de [EMAIL_1]"]


def test_a_placeholder_never_looks_like_text_that_is_there() -> None:
    reserved = [json.dumps({"properties": {"email_3": {}}})]
    sent = redact(["a@b.de", "see [EMAIL_1] and email_2"], KINDS, Vault(), reserved=reserved)
    assert sent == ["[EMAIL_4]", "see [EMAIL_1] and email_2"]


def test_text_that_looks_like_an_earlier_placeholder_comes_back_as_it_was() -> None:
    vault = Vault()
    redact(["a@b.de"], KINDS, vault)
    later = ["write [EMAIL_1] and email_12 in full"]
    assert "EMAIL_1" not in redact(later, KINDS, vault)[0]
    assert vault.restore(redact(later, KINDS, vault)) == later
    assert vault.counts == {"email": 1}


def test_values_side_by_side_and_uncovered_by_others_go() -> None:
    text = "1.2.3.4.4111111111111111 a@b.de4111111111111111"
    sent = redact([text], KINDS, Vault())[0]
    assert "1.2.3.4" not in sent
    assert "4111" not in sent


@pytest.mark.parametrize(
    ("answer", "restored"),
    [
        ("[EMAIL_1]", "a@b.de"),
        ("[email_1]", "a@b.de"),
        ("[Email_1], [EMAIL_1]", "a@b.de, a@b.de"),
        ("to EMAIL_1.", "to a@b.de."),
        ("to email_1!", "to a@b.de!"),
        ("[see EMAIL_1]", "[see a@b.de]"),
        ("[EMAIL_9] EMAIL_12 MY_EMAIL_1 EMAIL_1_OLD EMAIL1", None),
        ({"[EMAIL_1]": 1, "EMAIL_1": 2}, {"a@b.de": 1, "EMAIL_1": 2}),
        ({"EMAIL_1": {"[email_1]": ["[IP_1]", 7, None, True]}},
         {"a@b.de": {"a@b.de": ["10.0.0.1", 7, None, True]}}),
        ({"email_1": "[EMAIL_1]"}, {"email_1": "a@b.de"}),
        ({"[EMAIL_1]": 1, "a@b.de": 2}, {"[EMAIL_1]": 1, "a@b.de": 2}),
        (7.5, 7.5),
        (None, None),
    ],
)  # fmt: skip
def test_what_a_model_made_of_a_placeholder(answer: object, restored: object) -> None:
    vault = Vault()
    redact(["a@b.de 10.0.0.1"], KINDS, vault)
    assert vault.restore(answer) == (answer if restored is None and answer else restored)


def test_the_answer_itself_is_not_changed_and_may_be_deep() -> None:
    vault = Vault()
    redact(["a@b.de"], KINDS, vault)
    answer = ["[EMAIL_1]"]
    assert vault.restore(answer) == ["a@b.de"]
    assert answer == ["[EMAIL_1]"]
    deep: list[object] = answer
    for _ in range(50_000):
        deep = [deep]
    restored = vault.restore(deep)
    while isinstance(restored[0], list):
        restored = restored[0]
    assert restored == ["a@b.de"]


def test_values_are_neither_shown_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vault = Vault()
    redact(["a@b.de 10.0.0.1"], KINDS, vault)
    assert repr(vault) == str(vault) == f"{vault}" == "Vault(email=1, ip=1)"
    assert "a@b.de" not in caplog.text


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no detector for shoe"):
        redact(["x"], ["email", "shoe"], Vault())
    with pytest.raises(ValueError, match="not a kind's name"):
        Vault().put("E[1", "x")


def test_a_detector_of_ones_own() -> None:
    rule = Rule(kind="code_name", search=lambda text: [(i, i + 3) for i in [text.find("XYZ")]
                                                      if i >= 0])  # fmt: skip
    vault = Vault()
    sent = redact(["XYZ a@b.de"], ["code_name"], vault, detectors=(*DETECTORS, rule))
    assert sent == ["[CODE_NAME_1] a@b.de"]
    assert vault.restore("Code_Name_1") == "XYZ"


@pytest.mark.timeout(240)
def test_a_megabyte_of_values_and_lookalikes_ends() -> None:
    text = " ".join(f"EMAIL_{n} u{n}@b.de" for n in range(45_000))
    vault = Vault()
    assert vault.restore(redact([text], KINDS, vault)) == [text]
