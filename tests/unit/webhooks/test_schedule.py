"""What an answer means: when the next attempt comes, and for whom."""

from email.utils import format_datetime
from typing import Any
from uuid import UUID

import pytest

from app.infra.clock import utcnow
from app.infra.egress import Reply
from app.infra.egress_errors import EgressFailed
from app.infra.sealing import Sealer
from app.infra.settings_sections import WebhookSettings
from app.infra.webhook_signing import new_secret
from app.repositories.webhook_records import AttemptEnd, DeliveryClaim
from app.services.webhook_delivery import DeliveryService, body_of, read_schedule, retry_after
from app.services.webhooks import place_of

TENANT = UUID(int=7)
HOURS = 3600.0
WAITS = [0, 5, 300, 1800, 2 * HOURS, 5 * HOURS, 10 * HOURS, 14 * HOURS, 20 * HOURS, 24 * HOURS]
SEALER = Sealer("a key for the tests only")


def claim(**changes: Any) -> DeliveryClaim:
    given: dict[str, Any] = {
        "tenant_id": TENANT,
        "id": "dlv_1",
        "epoch": 1,
        "attempts": 1,
        "slot": 0,
        "type": "job.succeeded",
        "payload": '{"type" : "job.succeeded", "data" : {"id": "job_1"}}',
        "endpoint_id": "whe_1",
        "to_url": "https://hooks.example/",
        "enabled": True,
        "include_result": False,
        "result": None,
        "result_bytes": None,
        "secret": SEALER.seal(new_secret(), place_of(TENANT, "whe_1")),
        "previous_secret": None,
    }
    return DeliveryClaim(**(given | changes))


class Fake:
    """Claims, egress and notifier in one: gives the claim, answers the post, keeps the end."""

    def __init__(self, given: DeliveryClaim | None, reply: Reply | Exception | None = None) -> None:
        self.given, self.reply = given, reply
        self.ends: list[AttemptEnd] = []
        self.sent: list[dict[str, Any]] = []

    def claim(self, *_: object, **__: object) -> DeliveryClaim | None:
        return self.given

    def end(self, _claim: DeliveryClaim, end: AttemptEnd, **_: object) -> None:
        self.ends.append(end)

    def post(self, url: str, **request: Any) -> Reply:
        self.sent.append({"url": url, **request})
        if isinstance(self.reply, Reply):
            return self.reply
        raise self.reply or AssertionError("nothing was to be sent")

    def send(self, *_: object) -> None:
        pass


def attempt(
    given: DeliveryClaim | None, reply: Reply | Exception | None = None, *, draw: float = 0.0
) -> Fake:
    fake: Any = Fake(given, reply)
    service = DeliveryService(
        claims=fake,
        egress=fake,
        sealer=SEALER,
        notifier=fake,
        settings=WebhookSettings(),
        draw=lambda: draw,
    )
    service.deliver(TENANT, "dlv_1")
    made: Fake = fake
    return made


def answered(status: int, **headers: str) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=given, body=b"", latency_ms=3)


def test_the_default_schedule_is_the_promised_one() -> None:
    assert list(read_schedule(WebhookSettings().schedule)) == WAITS


@pytest.mark.parametrize("slot", range(10))
@pytest.mark.parametrize("draw", [0.0, 1.0])
def test_each_failure_waits_for_its_place_and_some_jitter(slot: int, draw: float) -> None:
    (end,) = attempt(claim(slot=slot), answered(500), draw=draw).ends
    if slot == 9:
        assert (end.status, end.delay) == ("failed", 0.0)
    else:
        assert end.status == "pending"
        assert end.delay == pytest.approx(WAITS[slot + 1] * (1 + 0.2 * draw))


@pytest.mark.parametrize(
    ("slot", "asked", "delay"),
    [(0, 2, 5), (0, 60, 60), (0, 9999, 300), (1, 400, 400), (8, 99 * 3600, 24 * HOURS)],
)
def test_retry_after_is_kept_to_within_the_slot(slot: int, asked: int, delay: float) -> None:
    (end,) = attempt(claim(slot=slot), answered(503, retry_after=str(asked))).ends
    assert end.delay == pytest.approx(delay)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_a_success(status: int) -> None:
    (end,) = attempt(claim(), answered(status)).ends
    assert (end.status, end.ok, end.status_code) == ("succeeded", True, status)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 404, 422, 500, 503])
def test_other_answers_are_failures_of_one_delivery(status: int) -> None:
    (end,) = attempt(claim(), answered(status)).ends
    assert (end.status, end.ok, end.slow_down, end.gone) == ("pending", False, None, False)


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_burdened_receiver_is_left_alone_for_a_while(status: int) -> None:
    assert attempt(claim(), answered(status)).ends[0].slow_down == 5.0
    assert attempt(claim(), answered(status, retry_after="60")).ends[0].slow_down == 60.0
    assert attempt(claim(), answered(status, retry_after="99999")).ends[0].slow_down == 3600.0


def test_410_ends_the_delivery_and_the_endpoint() -> None:
    (end,) = attempt(claim(), answered(410)).ends
    assert (end.status, end.gone) == ("failed", True)


def test_no_answer_is_a_failure_that_says_why() -> None:
    (end,) = attempt(claim(), EgressFailed("no answer within 15 seconds")).ends
    assert (end.status, end.status_code, end.error) == (
        "pending",
        None,
        "no answer within 15 seconds",
    )


def test_a_disabled_endpoint_gets_nothing_but_tests() -> None:
    fake = attempt(claim(enabled=False))
    assert (fake.ends[0].status, fake.ends[0].logged, fake.sent) == ("canceled", False, [])
    fake = attempt(claim(enabled=False, type="endpoint.test"), answered(200))
    assert fake.ends[0].status == "succeeded"


def test_without_the_key_it_waits_and_blames_nobody() -> None:
    other = Sealer("another key of this test").seal(b"x", place_of(TENANT, "whe_1"))
    fake = attempt(claim(secret=other))
    (end,) = fake.ends
    assert (end.status, end.slots, end.logged, fake.sent) == ("pending", 0, False, [])


def test_a_delivery_that_is_not_ours_is_left() -> None:
    assert attempt(None).ends == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), (" 7 ", 7.0), ("0", 0.0), ("-5", None), ("soon", None), ("", None),
     ("1.5", None), ("٣", None), ("Thu, 99 Foo 2026 00:00:00 GMT", None), (None, None)],
)  # fmt: skip
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    soon = retry_after(format_datetime(utcnow().replace(year=2090), usegmt=True))
    assert soon is not None
    assert soon > 1e9


def test_the_body_is_as_written_or_carries_the_result() -> None:
    thin = claim()
    assert body_of(thin) == thin.payload.encode()
    fat = body_of(claim(include_result=True, result={"ä": 1}, result_bytes=9))
    assert fat.decode().endswith('"result": {"ä": 1}}}')
    assert b"too_large" in body_of(claim(include_result=True, result=None, result_bytes=999_999))
    assert b"too_large" not in body_of(claim(include_result=True, result=None, result_bytes=4))
