"""Ours and the standardwebhooks package read each other's signatures."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.client.webhooks import WebhookInvalid, verify
from app.infra.webhook_signing import new_secret, shown, signed_headers

BODY = json.dumps({"type": "job.succeeded", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()
ID = "dlv_01a1fbfb14f642ada5cba1c82a642ade"


def now() -> int:
    return int(time.time())


def test_the_package_believes_us_and_our_verifier_does_too() -> None:
    key = new_secret()
    headers = signed_headers(ID, now(), BODY, [key])
    assert Webhook(shown(key)).verify(BODY, headers) == json.loads(BODY)
    assert verify(shown(key), headers, BODY) == json.loads(BODY)


def test_our_verifier_believes_the_package() -> None:
    secret = shown(new_secret())
    moment = datetime.now(UTC)
    signature = Webhook(secret).sign(ID, moment, BODY.decode())
    headers = {
        "Webhook-Id": ID,
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": f"v1a,c29tZXRoaW5n {signature}",
    }
    assert verify(secret, headers, BODY) == json.loads(BODY)
    assert verify(secret, headers, BODY.decode()) == json.loads(BODY)


def test_the_vector_of_the_specifications_libraries() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verify(secret, headers, b'{"test": 2432232314}', now=1614265330.0) == {
        "test": 2432232314
    }


def test_while_two_secrets_sign_each_of_them_verifies() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers(ID, now(), BODY, [new, old])
    for key in (old, new):
        assert Webhook(shown(key)).verify(BODY, headers) == json.loads(BODY)
        assert verify(shown(key), headers, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(new_secret())).verify(BODY, headers)
    with pytest.raises(WebhookInvalid):
        verify(shown(new_secret()), headers, BODY)


KEY = new_secret()
MADE = now()  # the session may come to these tests much later
GOOD = signed_headers(ID, MADE, BODY, [KEY])
CHANGED: dict[str, tuple[dict[str, str], bytes]] = {
    "another body": (GOOD, BODY + b" "),
    "another id": (GOOD | {"webhook-id": "dlv_other"}, BODY),
    "another time": (GOOD | {"webhook-timestamp": str(MADE - 1)}, BODY),
    "an old time": (signed_headers(ID, MADE - 400, BODY, [KEY]), BODY),
    "a time to come": (signed_headers(ID, MADE + 400, BODY, [KEY]), BODY),
    "no number": (GOOD | {"webhook-timestamp": "now"}, BODY),
    "a number in other digits": (GOOD | {"webhook-timestamp": "१६"}, BODY),
    "no signature": (GOOD | {"webhook-signature": ""}, BODY),
    "not base64": (GOOD | {"webhook-signature": "v1,%%%"}, BODY),
    "not ASCII": (GOOD | {"webhook-signature": "v1,ä"}, BODY),
    "another version": (GOOD | {"webhook-signature": "v2" + GOOD["webhook-signature"][2:]}, BODY),
    "a header less": ({k: v for k, v in GOOD.items() if k != "webhook-id"}, BODY),
}


def test_what_was_not_changed_is_believed() -> None:
    assert verify(shown(KEY), GOOD, BODY, now=MADE) == json.loads(BODY)


@pytest.mark.parametrize("name", CHANGED)
def test_what_was_changed_is_not_believed(name: str) -> None:
    headers, body = CHANGED[name]
    with pytest.raises(WebhookInvalid):
        verify(shown(KEY), headers, body, now=MADE)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify(secret, GOOD, BODY, now=MADE)
