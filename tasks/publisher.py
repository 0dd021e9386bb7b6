"""Puts messages on the broker, with confirms, so that what returns is known to be there."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery, chain
from celery.canvas import Signature
from kombu import Connection, Producer
from kombu.exceptions import OperationalError

from app.repositories.outbox import Message
from tasks import names
from tasks.celery_settings import dead_letter_queue

log = logging.getLogger(__name__)
CONFIRM_SECONDS = 15.0  # a broker under a memory alarm would block for good


class BrokerUnavailable(Exception):
    """The broker did not take the message, or not in time."""


class Publisher:
    """One connection to the broker, made again after any failure. Not for sharing by threads."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._producer: Producer | None = None
        self._amqp = str(app.conf.broker_url).startswith("amqp")
        probe = app.connection_for_write()
        self._errors = (
            OperationalError,
            OSError,
            *probe.connection_errors,
            *probe.channel_errors,
        )

    def publish(self, message: Message) -> None:
        """Send one outbox message: its stage, chained to those that follow.

        Raises BrokerUnavailable, and LookupError for a stage that no task does.
        """
        options: dict[str, Any] = {"retry": False}
        if self._amqp:
            options |= {"mandatory": True, "confirm_timeout": CONFIRM_SECONDS}
        headers = {"request_id": message.request_id, "traceparent": message.traceparent}
        canvas = self._canvas(message)
        try:
            canvas.apply_async(producer=self._open(), headers=headers, **options)
        except self._errors as error:
            self.close()
            raise BrokerUnavailable(str(error) or type(error).__name__) from error

    def publish_task(self, name: str, args: Sequence[str], queue: str) -> None:
        """Send one task that is no stage. Raises BrokerUnavailable."""
        options: dict[str, Any] = {"retry": False, "ignore_result": True}
        if self._amqp:
            options |= {"mandatory": True, "confirm_timeout": CONFIRM_SECONDS}
        try:
            self._app.send_task(name, args, queue=queue, producer=self._open(), **options)
        except self._errors as error:
            self.close()
            raise BrokerUnavailable(str(error) or type(error).__name__) from error

    def depths(self, lanes: Sequence[str]) -> Mapping[str, int | None]:
        """Messages waiting in each lane's queues; None where the broker does not say."""
        found: dict[str, int | None] = {}
        for lane in lanes:
            try:
                channel = self._open().channel
                found[lane] = sum(self._depth(channel, n) for n in names.queues_for(lane))
            except self._errors:
                self.close()
                found[lane] = None
        return found

    def _depth(self, channel: Any, queue: str) -> int:
        if not self._amqp:  # an empty list is no key in Redis, and kombu would say "not found"
            return int(channel._size(queue))
        return int(channel.queue_declare(queue=queue, passive=True).message_count)

    def close(self) -> None:
        """Drop the connection, whatever state it is in."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.channel.connection.client.close()
            except Exception:
                log.debug("broker_close_failed", exc_info=True)

    def _open(self) -> Producer:
        if self._producer is None:
            connection: Connection = self._app.connection_for_write(connect_timeout=5)
            connection.ensure_connection(max_retries=1, timeout=10)
            self._declare(connection)
            self._producer = self._app.amqp.Producer(connection.default_channel)
        return self._producer

    def _declare(self, connection: Connection) -> None:
        """Queues exist before anything is sent, so that no order of starting loses a message."""
        channel = connection.default_channel
        if self._amqp:
            dead_letter_queue()(channel).declare()
        for queue in self._app.amqp.queues.values():
            queue(channel).declare()

    def _canvas(self, message: Message) -> Signature:
        priority = names.PRIORITIES[message.priority]
        parts = [
            self._app.signature(
                names.task(message.pipeline, name),
                args=(str(message.tenant_id), stage_id),
                immutable=True,
                # Or the result backend would be subscribed to, for each message sent.
                options={"queue": names.queue(lane, priority), "ignore_result": True},
            )
            for stage_id, name, lane in message.chain
        ]
        return parts[0] if len(parts) == 1 else chain(*parts)
