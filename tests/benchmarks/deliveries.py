"""What slow and dead webhook receivers cost the good ones."""

from typing import Any

from tests.support.deployment import Deployment
from tests.support.receiver import Receiver
from tests.support.webhook_mixture import mixture
from tests.support.webhooks import Webhooks

TARGETS, GOOD = 10, 4  # two of each are slow (0.8 s), silent, and closed


def deliveries(deployment: Deployment, each: int) -> dict[str, Any]:
    """`each` deliveries to every target; the good ones' time alone and in the mixture."""
    receiver = Receiver()
    try:
        alone, beside = mixture(Webhooks(deployment), receiver, each=each)
    finally:
        receiver.stop()
    return {
        "deliveries": each * TARGETS,
        "good_alone_per_second": each * GOOD / alone,
        "good_beside_per_second": each * GOOD / beside,
        "ratio": beside / alone,
    }
