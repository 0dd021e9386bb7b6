"""The README's receiver runs as it stands there."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from app.client.webhooks import WebhookInvalid
from app.infra.webhook_signing import new_secret, shown, signed_headers

TEXT = (Path(__file__).parents[3] / "ops/guide/webhooks.md").read_text()
BODY = b'{"type": "job.succeeded", "data": {"id": "job_1"}}'


def test_the_receiver_verifies() -> None:
    (script,) = re.findall(r"```py\n(.*?)```", TEXT, re.DOTALL)
    key, place = new_secret(), {}
    exec(script.replace("whsec_...", shown(key)), place)
    receive: Any = place["receive"]
    headers = signed_headers("dlv_1", int(time.time()), BODY, [key])
    assert receive(headers, BODY) == ("job.succeeded", "job_1")
    with pytest.raises(WebhookInvalid):
        receive(headers, BODY + b" ")
