"""Celery's settings and queues."""

from typing import Any

from celery import Celery
from kombu import Exchange, Queue

from app.errors import ConfigError
from app.infra.lanes import CORE
from app.infra.settings import Settings
from tasks import names

DELIVERY_LIMIT = 20  # RabbitMQ drops a message to the dead-letter queue after so many


def make_queues(provider_names: list[str], *, amqp: bool) -> list[Queue]:
    """Quorum queues on a topic exchange; on Redis, plain lists reached without an exchange.

    (kombu keeps a Redis exchange's bindings in a Redis key, which a FLUSHALL takes away.)
    """
    wanted = names.all_queues(provider_names)
    if not amqp:
        return [Queue(name, Exchange(""), routing_key=name) for name in wanted]
    exchange = Exchange(names.EXCHANGE, type="topic", durable=True)
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": names.DEAD_EXCHANGE,
    }
    queues = [
        Queue(name, exchange, routing_key=name, durable=True, queue_arguments=arguments)
        for name in wanted
    ]
    return queues


def dead_letter_queue() -> Queue:
    """Where RabbitMQ puts what it gave up on; nobody consumes it, an operator reads it."""
    exchange = Exchange(names.DEAD_EXCHANGE, type="fanout", durable=True)
    return Queue(
        names.DEAD_QUEUE, exchange, durable=True, queue_arguments={"x-queue-type": "quorum"}
    )


AMQP = {"confirm_publish": True}
REDIS = {
    # Two round trips a message, for an hour's wait: the reconciler knows of a lost one.
    "ack_emulation": False,
    "queue_order_strategy": "tasks.queue_order:PriorityThenTurns",
    "priority_steps": [0],  # our priorities are queues
    "socket_timeout": 30,
    "socket_keepalive": True,
}


def make_celery(settings: Settings) -> Celery:
    """A Celery app on the configured broker. Raises ConfigError when there is none."""
    broker, backend = settings.broker.url, settings.redis.url
    if not broker or not backend:
        raise ConfigError(
            "PENSTOCK_BROKER_URL and PENSTOCK_REDIS_URL must be set"
            " (`penstock up` sets them for the embedded services)"
        )
    app = Celery("penstock", broker=broker, backend=backend, include=["tasks.catalogue"])
    app.conf.update(_conf(settings, amqp=broker.startswith("amqp")))
    return app


def _conf(settings: Settings, *, amqp: bool) -> dict[str, Any]:
    return {
        "task_queues": make_queues(list(settings.providers), amqp=amqp),
        "task_default_queue": names.queue(CORE, "normal"),
        "task_default_exchange": names.EXCHANGE if amqp else "",
        "task_default_exchange_type": "topic" if amqp else "direct",
        "task_default_routing_key": names.queue(CORE, "normal"),
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_soft_shutdown_timeout": 10.0,
        "worker_enable_soft_shutdown_on_idle": False,
        "worker_send_task_events": False,  # Flower switches them on while it runs
        "task_send_sent_event": False,
        "worker_detect_quorum_queues": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": dict(AMQP if amqp else REDIS),
        "broker_heartbeat": 30,
        "result_expires": 7 * 86_400,
        "result_chord_expires": 7 * 86_400,
        "redis_socket_keepalive": True,
        "redis_retry_on_timeout": True,
        "enable_utc": True,
        "timezone": "UTC",
        "beat_schedule": _ticks(),
    }


def _ticks() -> dict[str, Any]:
    """What beat sends.

    No expiry: beat's clock would set it and a worker's read it, and RabbitMQ would heap expired
    ticks up as dead letters. A heap of old ones is one look: see tasks/ticks.py.
    """
    return {
        "fire-schedules": _tick(names.FIRE_SCHEDULES, 1.0, "high"),
        "erase-expired": _tick(names.ERASE_EXPIRED, 300.0, "low"),
        "forget-idempotency": _tick(names.FORGET_IDEMPOTENCY, 3600.0, "low"),
    }


def _tick(task: str, seconds: float, priority: str) -> dict[str, Any]:
    # Beat knows no task: only this keeps it from waiting for results.
    options = {"queue": names.queue(CORE, priority), "ignore_result": True}
    return {"task": task, "schedule": seconds, "options": options}
