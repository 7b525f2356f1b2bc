"""The two publishers (chassis.messaging.publish) for the broker inside the process."""

from collections.abc import Callable, Iterable, Mapping

from nameko.amqp.publish import UndeliverableMessage

from chassis.messaging import broker
from chassis.messaging.envelope import Envelope


class _EmbeddedProducer:
    """Publishes to the broker inside the process. The broker has the message when the call returns."""

    def __init__(self) -> None:
        self._connection = broker.connection()
        self._channel = self._connection.channel()

    def send(self, envelope: Envelope) -> bool:
        """Publish the message. Returns False if no queue took it."""
        properties = dict(envelope.properties)
        content_type = properties.pop("content_type", "application/json")
        encoding = properties.pop("content_encoding", "utf-8")
        message = self._channel.prepare_message(
            envelope.body.decode() if encoding == "utf-8" else envelope.body,
            content_type=content_type,
            content_encoding=encoding,
            headers=envelope.headers,
            properties=properties,
        )
        try:
            self._channel.basic_publish(message, envelope.exchange, envelope.routing_key, mandatory=envelope.mandatory)
        except UndeliverableMessage:
            return False
        return True

    def close(self) -> None:
        self._connection.release()


class EmbeddedConfirmed(_EmbeddedProducer):
    def publish(self, envelopes: Iterable[Envelope]) -> set[str]:
        return {envelope.properties["message_id"] for envelope in envelopes if not self.send(envelope)}

    def bind(self, exchange: str, types_of_queue: Mapping[str, Iterable[str]]) -> set[str]:
        """No queue is missing: they are declared at start, and nothing deletes them inside the process."""
        return set()

    def keep_alive(self) -> None:
        return None


class EmbeddedDirect(_EmbeddedProducer):
    def __init__(self, on_return: Callable[[str], None]) -> None:
        super().__init__()
        self._on_return = on_return

    def publish(self, envelope: Envelope) -> None:
        if not self.send(envelope) and envelope.mandatory:
            self._on_return(envelope.properties.get("correlation_id", ""))
