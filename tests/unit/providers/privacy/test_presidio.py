"""Presidio behind the interface; the library itself is not installed here."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from providers.privacy.detectors import DETECTORS
from providers.privacy.presidio import PresidioDetector
from providers.privacy.redaction import redact
from providers.privacy.vault import Vault


class Engine:
    """Takes every "Ada" for a person."""

    def analyze(self, *, text: str, entities: list[str], **options: Any) -> list[Any]:
        assert entities == ["PERSON"]
        assert options == {"language": "en", "score_threshold": 0.5}
        at = text.find("Ada")
        hit = SimpleNamespace(start=at, end=at + 3, entity_type="PERSON", score=0.9)
        return [hit] if at >= 0 else []


class Provider:
    """Of spaCy's pipelines; the engine it makes is its configuration."""

    def __init__(self, *, nlp_configuration: dict[str, Any]) -> None:
        self.create_engine = lambda: nlp_configuration


def install(monkeypatch: pytest.MonkeyPatch, engine: Any) -> None:
    module, nlp = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
    module.AnalyzerEngine = engine  # type: ignore[attr-defined]
    nlp.NlpEngineProvider = Provider  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "presidio_analyzer", module)
    monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", nlp)


def test_another_language_has_a_model_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real default engine: `No matching recognizers` for all but English."""
    made: list[dict[str, Any]] = []

    class German(Engine):
        def __init__(self, **given: Any) -> None:
            made.append(given)

        def analyze(self, *, language: str, **options: Any) -> list[Any]:
            assert language in made[0]["supported_languages"]
            return super().analyze(language="en", **options)

    install(monkeypatch, German)
    detectors = (*DETECTORS, PresidioDetector(language="de"))
    assert redact(["Ada"], ["person"], Vault(), detectors=detectors) == ["[PERSON_1]"]
    models = made[0]["nlp_engine"]["models"]
    assert models == [{"lang_code": "de", "model_name": "de_core_news_lg"}]


def test_names_are_redacted_beside_the_built_in_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Engine)
    vault, detectors = Vault(), (*DETECTORS, PresidioDetector())
    sent = redact(["Ada, Ada: ada@b.de"], ["person", "email"], vault, detectors=detectors)
    assert sent == ["[PERSON_1], [PERSON_1]: [EMAIL_1]"]
    assert vault.restore(sent) == ["Ada, Ada: ada@b.de"]


def test_without_the_extra_only_its_use_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    detectors = (*DETECTORS, PresidioDetector())
    assert redact(["a@b.de"], ["email"], Vault(), detectors=detectors) == ["[EMAIL_1]"]
    with pytest.raises(ImportError, match=r"penstock\[presidio\]"):
        redact(["Ada"], ["person"], Vault(), detectors=detectors)


def test_the_default_detectors_import_nothing_heavy() -> None:
    code = (
        "import sys, providers.privacy.redaction, providers.privacy.presidio;"
        "print([n for n in ('presidio_analyzer', 'spacy', 'app', 'httpx2') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
