import subprocess
import sys

import pytest

from providers.registry import KINDS, build
from providers.types import ProviderConfig


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_builds(kind: str) -> None:
    provider = build(ProviderConfig(name="mine", kind=kind, base_url="http://127.0.0.1:1"))
    assert provider.name == "mine"
    assert provider.dialect in {"openai", "anthropic", "gemini", "none"}


def test_unknown_kind_and_missing_address() -> None:
    with pytest.raises(ValueError, match="unknown kind 'cohere'"):
        build(ProviderConfig(name="x", kind="cohere"))
    with pytest.raises(ValueError, match="needs a base_url"):
        build(ProviderConfig(name="x", kind="openai_compatible"))


def test_building_imports_no_sdk() -> None:
    code = (
        "import sys\n"
        "from providers.registry import KINDS, build\n"
        "from providers.types import ProviderConfig\n"
        "import providers.calls, providers.pricing, providers.routing.deployments\n"
        "for kind in KINDS: build(ProviderConfig(name='x', kind=kind, base_url='http://h'))\n"
        "heavy = {'openai', 'anthropic', 'google.genai', 'httpx2', 'genai_prices'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
