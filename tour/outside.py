"""The outside system. It subscribes before the day begins and records the events that it receives.

It uses plain AMQP if LINLI_TOUR_AMQP_URI names a broker and a subscriber's user (deploy/rabbitmq/outside.json has an example).
Otherwise it reads the event stream over HTTP, with an API key that an admin creates for it.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pika

from tour.client import Client
from tour.ledger import Heard, Ledger
from tour.narrator import Broken

SUBJECTS = ("booking.#", "case.#", "club_event.#", "registration.#")
EXCHANGE = "district.events"


@contextmanager
def by_amqp(uri: str, ledger: Ledger) -> Iterator[None]:
    """Subscribe with an exclusive queue, bound to the subjects that the user may read. The broker deletes it at the end.
    Raises Broken if the broker refuses."""
    try:
        connection = pika.BlockingConnection(pika.URLParameters(uri))
        channel = connection.channel()
        queue = f"sub.{urlsplit(uri).username}.tour-{uuid4().hex[:8]}"
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        for subject in SUBJECTS:
            channel.queue_bind(queue, EXCHANGE, routing_key=subject)
    except pika.exceptions.AMQPError as error:
        raise Broken(f"the broker refuses the subscriber: {error!r}") from error

    def note(_channel: Any, delivery: Any, properties: Any, _body: bytes) -> None:
        ledger.hear(from_headers(properties.headers))
        channel.basic_ack(delivery.delivery_tag)

    channel.basic_consume(queue, note)
    thread = threading.Thread(target=channel.start_consuming, name="outside-amqp", daemon=True)
    thread.start()
    try:
        yield
    finally:
        connection.add_callback_threadsafe(channel.stop_consuming)
        thread.join(timeout=10)
        with suppress(pika.exceptions.AMQPError):
            connection.close()


def from_headers(headers: dict[str, Any]) -> Heard:
    """Parse CloudEvents 1.0 in binary mode: the attributes are headers."""
    return Heard(headers["ce-id"], headers["ce-type"], headers["ce-subject"], int(headers["ce-sequence"]), headers["ce-source"])


def by_stream(system: Client, ledger: Ledger) -> AbstractContextManager[None]:
    """Subscribe over HTTP. `system` needs an API key with the scope messages:read. Raises Problem if it is refused."""
    return system.following("/messages/stream", lambda event: ledger.hear(from_cloudevent(event)))


def from_cloudevent(event: dict[str, Any]) -> Heard:
    """Parse CloudEvents 1.0 in structured mode: the attributes are members of the JSON object."""
    return Heard(event["id"], event["type"], event["subject"], int(event["sequence"]), event["source"])
