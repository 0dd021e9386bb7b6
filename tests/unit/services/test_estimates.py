"""What a stage is reckoned with before it is asked."""

from app.services.estimates import LONGEST_NAMES, any_of, call_tokens, shared_characters

GIVEN = {"prompt": "p" * 100, "document": "d" * 4000, "schema": {"a": 1}, "max_output_tokens": 50}


def test_tokens_are_those_of_the_item_or_the_chunk() -> None:
    whole = call_tokens(GIVEN)
    assert whole == (100 + 4000 + shared_characters(GIVEN)) // 4 + 1 + 50
    item = {"id": "a", "document": "d" * 400}
    chunk = {"start": 1000, "end": 1400}
    assert whole - call_tokens(GIVEN, item) == whole - call_tokens(GIVEN, chunk) == 900
    assert call_tokens({**GIVEN, "max_output_tokens": 10**12}) == 10**9


def test_names_fit_the_index_they_are_the_key_of() -> None:
    assert any_of(["p/a", "q/b"]) == "p/a q/b"
    assert any_of(["p/" + "x" * 10_000]) == ""
    assert any_of(["p/with space", "q/b"]) == ""
    many = [f"provider/model-{n}" for n in range(100)]
    assert len(any_of(many)) < LONGEST_NAMES
    assert any_of(many).startswith("provider/model-0 provider/model-1 ")
