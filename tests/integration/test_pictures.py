"""Pictures on a real stack: seen, cached by what they are, kept out of lists, and erased."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.repositories.records import Job
from app.services.job_submission import JobSubmission
from tests.support.deployment import Deployment
from tests.support.pictures import image, png
from tests.support.servers import Servers
from tests.support.traces import found_in, held_by_redis

SEEN = {
    "type": "object",
    "properties": {"seen": {"type": "string", "pattern": "^image/[a-z]+, [0-9]+ bytes"}},
    "required": ["seen"],
}
GIVEN = {"prompt": "What is it?", "schema": SEEN, "model": "openai/gpt-5-mini"}


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path_factory.mktemp("pictures")) as made:
        made.env["PENSTOCK_CACHE_TTL_SECONDS"] = "600"
        made.start_all()
        made.wait(made.submit("warm"))
        yield made


def submit(stack: Deployment, *images: dict[str, str], items: Any = None, **more: Any) -> Job:
    given = GIVEN | ({"images": list(images)} if images else {}) | more
    asked = JobSubmission(pipeline="extract", input=given, items=items)
    return stack.services.submissions.submit(stack.principal, asked, render=lambda job: "").job


def seen(stack: Deployment, *images: dict[str, str], **more: Any) -> tuple[str, str | None]:
    """What the model saw, and where its answer came from."""
    (job,) = stack.wait(submit(stack, *images, **more))
    assert job.output is not None, job.error
    stage = stack.services.jobs.get(stack.principal, job.id).stages[0]
    return job.output["seen"], stage.cache


def test_the_model_sees_the_picture_and_the_cache_knows_it(stack: Deployment) -> None:
    small, wide = image(png(2, 3)), image(png(7, 3))
    assert seen(stack, small) == ("image/png, 45 bytes", "miss")
    assert seen(stack, small) == ("image/png, 45 bytes", "hit")
    assert seen(stack, wide)[1] == "miss"
    assert seen(stack, wide, small)[1] == "miss"
    assert seen(stack, small, wide)[1] == "miss", "in another order"
    assert seen(stack, small, document="A document, too.")[1] == "miss"


def test_a_batchs_items_have_pictures_of_their_own(stack: Deployment) -> None:
    sizes = [100, 200, 300]
    items = [{"id": f"n{size}", "images": [image(png(size=size))]} for size in sizes]
    (job,) = stack.wait(submit(stack, items=items))
    assert job.status == "succeeded", job.error
    results = stack.services.jobs.results(stack.principal, job.id)
    assert [r.output for r in results] == [{"seen": f"image/png, {n} bytes"} for n in sizes]
    assert [r.item for r in results] == [{"id": f"n{n}"} for n in sizes], "without their pictures"


def test_nobody_reads_pictures_to_look_at_a_job(stack: Deployment) -> None:
    job = submit(stack, image(png(9, 9)))
    assert job.input["images"]
    jobs = stack.services.jobs
    listed, _ = jobs.list(stack.principal)
    assert job.id in {one.id for one in listed}
    looks = [*listed, jobs.get(stack.principal, job.id).job, jobs.wait(stack.principal, job.id, 0)]
    assert [one.input for one in looks] == [{}] * len(looks)
    stack.wait(job)


def test_the_last_gate_reads_the_schema_alone(stack: Deployment) -> None:
    stack.kill("worker-core")
    job = submit(stack, image(png(10, 10)))
    ready = "SELECT id FROM stages WHERE job_id = %s AND name = 'validate' AND ready"
    stack.until(lambda: bool(stack.rows(ready, job.id)))
    (stage,) = stack.rows(ready, job.id)
    claims = stack.services.claims
    claim = claims.claim(stack.tenant_id, stage["id"], worker="test", lease_seconds=0.1)
    assert claim is not None
    assert claim.job.input == {"schema": SEEN}
    assert claim.handed_over == {"seen": "image/png, 45 bytes"}
    (ended,) = stack.wait(job)  # another takes it over
    assert ended.status == "succeeded"


def test_pictures_go_with_their_job(stack: Deployment) -> None:
    data = png(11, 13, size=60)
    one = image(data)
    batch = submit(stack, items=[{"images": [one]}])
    jobs = [submit(stack, one), batch]
    stack.wait(*jobs)
    assert found_in(stack, one["data"]) == {"jobs.input", "stages.item"}
    kept = held_by_redis(stack, "image/png, 60 bytes")
    assert kept, "the answers"
    assert not held_by_redis(stack, one["data"]), "a key has digests only"
    for job in jobs:
        stack.services.jobs.erase(stack.principal, job.id)
    assert found_in(stack, one["data"]) == set()
    assert held_by_redis(stack, "image/png, 60 bytes") == set()
