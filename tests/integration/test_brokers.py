"""Both brokers carry jobs, batches and a crash; on RabbitMQ nothing goes to nowhere."""

from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest

from tasks import names
from tasks.celery_settings import dead_letter_queue, make_queues
from tests.support.deployment import Deployment
from tests.support.promises import assert_promises
from tests.support.rabbitmq import RabbitMQ
from tests.support.servers import Servers


@pytest.fixture
def on_rabbitmq(servers: Servers, rabbitmq: RabbitMQ, tmp_path: Path) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path, broker_url=rabbitmq.url) as made:
        yield made


def run_jobs_and_a_batch(deployment: Deployment) -> None:
    deployment.start_all()
    jobs = [deployment.submit(f"job-{n}", priority=p) for n, p in enumerate(names.PRIORITIES)]
    jobs.append(deployment.submit_batch("batch", 20))
    assert_promises(deployment, deployment.wait(*jobs))


def test_redis_carries_jobs_and_a_batch(deployment: Deployment) -> None:
    run_jobs_and_a_batch(deployment)


def test_rabbitmq_carries_jobs_and_a_batch_on_quorum_queues(
    on_rabbitmq: Deployment, rabbitmq: RabbitMQ
) -> None:
    run_jobs_and_a_batch(on_rabbitmq)
    providers = list(on_rabbitmq.settings.providers)
    with kombu.Connection(rabbitmq.url) as connection:
        for queue in [*make_queues(providers, amqp=True), dead_letter_queue()]:
            # A queue can be declared anew only as it is: so it is quorum, and not classic.
            queue(connection.channel()).queue_declare()
            classic = {**queue.queue_arguments, "x-queue-type": "classic"}
            with pytest.raises(connection.channel_errors, match="x-queue-type"):
                connection.channel().queue_declare(
                    queue=queue.name, durable=True, auto_delete=False, arguments=classic
                )


def test_a_killed_rabbitmq_loses_no_job(on_rabbitmq: Deployment, rabbitmq: RabbitMQ) -> None:
    on_rabbitmq.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 0.5}})
    on_rabbitmq.start_all()
    jobs = [on_rabbitmq.submit(f"kill-{n}") for n in range(5)]
    on_rabbitmq.until(
        lambda: on_rabbitmq.servers.simulate("GET", "/control/calls")["in_flight"] > 0
    )
    rabbitmq.kill()
    jobs.append(on_rabbitmq.submit("while-down"))
    rabbitmq.start()
    assert_promises(on_rabbitmq, on_rabbitmq.wait(*jobs, seconds=150))
