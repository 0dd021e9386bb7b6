"""Microsoft Presidio behind the Detector interface. Needs the extra `presidio`."""

from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from typing import Any

from providers.privacy.spans import Span

NAMED = ("person", "location")
ENGLISH = "en"
ENTITIES = {"person": "PERSON", "location": "LOCATION"}  # kinds beyond the built-in ones


class PresidioDetector:
    """Names and places by a language model of its own. Not linear, unlike the built-in ones."""

    def __init__(
        self,
        *,
        language: str = "en",
        entities: Mapping[str, str] = ENTITIES,  # kind -> Presidio's entity
        threshold: float = 0.5,
        engine: Any = None,  # an AnalyzerEngine; None: Presidio's default, made at first use
    ) -> None:
        self._language, self._entities, self._threshold = language, dict(entities), threshold
        self._given = engine

    @property
    def kinds(self) -> Set[str]:
        return self._entities.keys()

    def find(self, text: str, kinds: Set[str]) -> Iterable[Span]:
        """Spans of the wanted kinds. ImportError: the extra is not installed."""
        wanted = {self._entities[kind]: kind for kind in kinds & self.kinds}
        if not wanted:
            return
        for hit in self._engine.analyze(
            text=text,
            language=self._language,
            entities=sorted(wanted),
            score_threshold=self._threshold,
        ):
            yield Span(start=hit.start, end=hit.end, kind=wanted[hit.entity_type])

    @cached_property
    def _engine(self) -> Any:
        if self._given is not None:
            return self._given
        try:
            from presidio_analyzer import AnalyzerEngine
            from presidio_analyzer.nlp_engine import NlpEngineProvider
        except ImportError as error:
            raise ImportError("names and places need the extra: penstock[presidio]") from error
        if self._language == ENGLISH:
            return AnalyzerEngine()
        # Presidio's default engine knows English only, and refuses every other language.
        model = {"lang_code": self._language, "model_name": f"{self._language}_core_news_lg"}
        given = {"nlp_engine_name": "spacy", "models": [model]}
        engine = NlpEngineProvider(nlp_configuration=given).create_engine()
        return AnalyzerEngine(nlp_engine=engine, supported_languages=[self._language])
