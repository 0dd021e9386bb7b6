"""Every queue has a worker and every stage a task."""

from app.infra.settings import load_settings
from app.stack import roles
from tasks import names
from tasks.celery_settings import dead_letter_queue, make_celery, make_queues

ENV = {
    "PENSTOCK_BROKER_URL": "redis://127.0.0.1:1/1",
    "PENSTOCK_REDIS_URL": "redis://127.0.0.1:1/0",
    "PENSTOCK_SIMULATOR_URL": "http://127.0.0.1:1",
}


def test_every_queue_is_consumed_by_exactly_one_worker() -> None:
    settings = load_settings(ENV)
    consumed: list[str] = []
    for role in roles.workers(settings):
        option = next(a for a in role.argv if a.startswith("--queues="))
        consumed += option.removeprefix("--queues=").split(",")
    declared = [queue.name for queue in make_queues(list(settings.providers), amqp=True)]
    assert sorted(consumed) == sorted(declared)
    assert sorted(declared) == sorted(names.all_queues(settings.providers))


def test_every_stage_has_a_registered_task() -> None:
    app = make_celery(load_settings(ENV))
    app.loader.import_default_modules()
    assert {*names.STAGE_TASKS, names.DELIVER} <= set(app.tasks)
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_rabbitmq_queues_are_quorum_with_a_limit_and_a_dead_letter_exchange() -> None:
    for queue in make_queues(["openai"], amqp=True):
        assert queue.exchange.type == "topic"
        assert queue.queue_arguments["x-queue-type"] == "quorum"
        assert queue.queue_arguments["x-delivery-limit"] > 0
        assert queue.queue_arguments["x-dead-letter-exchange"] == names.DEAD_EXCHANGE
    assert dead_letter_queue().exchange.name == names.DEAD_EXCHANGE
