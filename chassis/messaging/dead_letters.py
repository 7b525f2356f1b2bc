"""The broker's dead-letter queues. They hold messages that killed their consumer repeatedly.

Messages that a handler could not handle or parse are not here. They are parked in the inbox (chassis.messaging.inbox).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound

from chassis.messaging import broker

MAX_LETTERS = 1000
CONFIRM_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`queue` is the queue that the message was in before. `body` is the raw body."""

    service: str
    id: str
    type: str
    queue: str
    reason: str
    headers: dict[str, Any]
    body: bytes


def letters(service: str) -> list[DeadLetter]:
    """Return the messages in the service's dead-letter queue, oldest first. They stay in the queue. Raises a connection
    error."""
    with _deliveries(service) as messages:
        return [letter for letter, _ in messages]


def redrive(service: str, wanted: Callable[[DeadLetter], bool]) -> int:
    """Publish each message that is `wanted` to its former queue, and return their number. A message is removed from the
    dead-letter queue after the broker has confirmed its copy. Raises TimeoutError if the broker takes no messages."""
    count = 0
    with broker.connection(transport_options={"confirm_publish": True}) as connection, _deliveries(service) as messages:
        producer = connection.Producer(auto_declare=False)
        for letter, message in messages:
            if not letter.queue or not wanted(letter):
                continue
            headers = {
                name: value for name, value in letter.headers.items() if not name.startswith(("x-death", "x-first-death"))
            }
            producer.publish(
                letter.body,
                exchange="",
                routing_key=letter.queue,
                headers=headers,
                mandatory=True,
                content_type=message.content_type,
                content_encoding=message.content_encoding,
                delivery_mode=2,
                message_id=message.properties.get("message_id"),
                correlation_id=message.properties.get("correlation_id"),
                confirm_timeout=CONFIRM_TIMEOUT,
            )
            message.ack()
            count += 1
    return count


def drop(service: str, wanted: Callable[[DeadLetter], bool]) -> int:
    """Delete the messages that are `wanted`, and return their number."""
    count = 0
    with _deliveries(service) as messages:
        for letter, message in messages:
            if wanted(letter):
                message.ack()
                count += 1
    return count


@contextmanager
def _deliveries(service: str) -> Iterator[list[tuple[DeadLetter, Any]]]:
    """Take the messages out of the queue, with their deliveries. At the end of the block, messages that were not
    acknowledged return to the queue."""
    deliveries: list[tuple[DeadLetter, Any]] = []
    with broker.connection() as connection:
        channel = connection.channel()
        queue = broker.dead_letter_queue(service).bind(channel)
        try:
            while len(deliveries) < MAX_LETTERS and (message := queue.get()) is not None:
                deliveries.append((_letter(service, message), message))
        except NotFound:
            pass  # the queue was never declared on this broker
        yield deliveries


def _letter(service: str, message: Any) -> DeadLetter:
    headers = dict(message.headers or {})
    deaths = headers.get("x-death") or [{}]
    body = message.body
    return DeadLetter(
        service=service,
        id=str(headers.get("ce-id") or message.properties.get("message_id") or message.properties.get("correlation_id") or ""),
        type=str(headers.get("ce-type") or message.delivery_info.get("routing_key") or ""),
        queue=str(deaths[0].get("queue") or headers.get("x-first-death-queue") or ""),
        reason=str(deaths[0].get("reason") or headers.get("x-first-death-reason") or ""),
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
    )
