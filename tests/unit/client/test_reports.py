from tests.support.fake_api import FakeAPI, Reply
from tests.unit.client.test_requests import connect

OPENAI = {"name": "openai", "kind": "openai", "models": []}


def test_providers_are_read_and_asked_for_again_when_the_answer_is_lost(api: FakeAPI) -> None:
    api.on("GET /v1/providers", Reply({"data": [OPENAI]}, cut=True), Reply({"data": [OPENAI]}))
    with connect(api) as penstock:
        assert penstock.reports.providers() == [OPENAI]
    assert len(api.requests) == 2
