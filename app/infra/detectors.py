"""The detectors of personal data that the settings ask for."""

from importlib.util import find_spec

from app.errors import ConfigError
from app.infra.settings_sections import PrivacySettings
from providers.privacy.detectors import DETECTORS
from providers.privacy.presidio import PresidioDetector
from providers.privacy.spans import Detector


def load_detectors(settings: PrivacySettings) -> tuple[Detector, ...]:
    """The built-in ones, and Presidio for names. Raises ConfigError when it is not installed."""
    if not settings.presidio:
        return DETECTORS
    if find_spec("presidio_analyzer") is None:
        raise ConfigError(
            "privacy.presidio is on and Presidio is not installed: `sh ops/dev/add.sh"
            " presidio-analyzer`, and the language model that it names"
        )
    return (*DETECTORS, PresidioDetector(language=settings.language))
