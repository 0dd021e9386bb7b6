"""Where data are worked on, and whether that is where they may be."""

import re

from providers.types import ProviderConfig

# The place of a Bedrock inference profile, before the name of the model itself.
PROFILE = re.compile(r"^(us|us-gov|eu|apac|au|jp|ca|in|global)\.")


def within(region: str | None, wanted: str) -> bool:
    """Whether a region is the wanted one or a part of it, by the dashes in its name.

    `eu-central-1` is within `eu` and within `eu-central`; `eu` is not within `eu-central-1`, and
    a region that nobody named is nowhere.
    """
    return region is not None and (region == wanted or region.startswith(f"{wanted}-"))


def region_of(config: ProviderConfig, model: str) -> str | None:
    """A provider's region. A Bedrock profile takes a call to any region of its own: `global`'s
    are not known.
    """
    profile = PROFILE.match(model) if config.kind == "bedrock" else None
    if profile is None:
        return config.region
    return None if profile[1] == "global" else profile[1]
