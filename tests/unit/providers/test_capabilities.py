"""Where a model's context comes from."""

from types import SimpleNamespace

import pytest

from providers import capabilities as module


@pytest.mark.parametrize(
    ("listed", "known", "unknown"), [(777_777, 777_777, 777_777), (None, 400_000, 8_192)]
)
def test_the_price_lists_context_goes_first(
    listed: int | None, known: int, unknown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "listed", lambda *_: SimpleNamespace(context_window=listed))
    fresh = module.capabilities.__wrapped__  # what is remembered stays out of it
    assert fresh("openai", "gpt-5-mini").context == known
    assert fresh("openai_compatible", "a-model").context == unknown
