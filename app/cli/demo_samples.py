"""The demo's documents and the models they are spread over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ConfigError
from providers.types import ProviderConfig

FOLDER = Path(__file__).resolve().parents[2] / "ops" / "samples"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A document, and what to extract from it."""

    name: str
    title: str
    document: str
    prompt: str
    schema: dict[str, Any]


def read_samples(folder: Path = FOLDER) -> list[Sample]:
    """NAME.txt with NAME.json {title, prompt, schema}. Raises ConfigError when there is none."""
    samples = []
    for path in sorted(folder.glob("*.json")):
        about = json.loads(path.read_text("utf-8"))
        samples.append(
            Sample(
                name=path.stem,
                title=about.get("title", path.stem),
                document=path.with_suffix(".txt").read_text("utf-8"),
                prompt=about["prompt"],
                schema=about["schema"],
            )
        )
    if not samples:
        raise ConfigError(f"no samples in {folder}: the demo runs from a checkout")
    return samples


def spread(providers: Mapping[str, ProviderConfig]) -> list[str]:
    """`provider/model` of every configured model, one provider after the other in turn."""
    longest = max((len(p.models) for p in providers.values()), default=0)
    return [
        f"{name}/{provider.models[turn]}"
        for turn in range(longest)
        for name, provider in providers.items()
        if turn < len(provider.models)
    ]
