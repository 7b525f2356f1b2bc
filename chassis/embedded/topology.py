"""Declaring and binding on the embedded broker, as kombu asks for it. Errors are the ones py-amqp raises for RabbitMQ's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from amqp.exceptions import NotFound, PreconditionFailed, RecoverableConnectionError, ResourceLocked
from amqp.protocol import queue_declare_ok_t
from kombu.transport import base

from chassis.embedded.broker import Broker, Conflicting, Locked, Missing
from chassis.embedded.connection import Connection


@contextmanager
def as_amqp() -> Iterator[None]:
    try:
        yield
    except Missing as error:
        raise NotFound(f"NOT_FOUND - {error.args[0]}") from error
    except Conflicting as error:
        raise PreconditionFailed(f"PRECONDITION_FAILED - {error.args[0]}") from error
    except Locked as error:
        raise ResourceLocked(f"RESOURCE_LOCKED - {error.args[0]}") from error


class Topology(base.StdChannel):
    """The half of a channel that makes exchanges, queues and bindings."""

    def __init__(self, connection: Connection) -> None:
        self.connection: Connection | None = connection
        self._broker: Broker = connection.broker

    @property
    def is_open(self) -> bool:
        return self.connection is not None

    def opened(self) -> Connection:
        if self.connection is None:
            raise RecoverableConnectionError("channel is closed")
        return self.connection

    def prepare_queue_arguments(self, arguments: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return dict(base.to_rabbitmq_queue_arguments(arguments, **kwargs))

    def exchange_declare(
        self,
        exchange: str,
        type: str = "direct",
        passive: bool = False,
        durable: bool = False,
        auto_delete: bool = False,
        nowait: bool = False,
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.opened()
        with as_amqp():
            if not passive:
                self._broker.declare_exchange(exchange, type, durable, auto_delete, arguments or {})
            elif not self._broker.has_exchange(exchange):
                raise Missing(f"no exchange {exchange!r}")

    def exchange_delete(self, exchange: str, if_unused: bool = False, nowait: bool = False) -> None:
        self._broker.delete_exchange(exchange)

    def exchange_bind(
        self, destination: str, source: str = "", routing_key: str = "", nowait: bool = False, arguments: Any = None
    ) -> None:
        with as_amqp():
            self._broker.bind(source, destination, routing_key, to_queue=False)

    def exchange_unbind(
        self, destination: str, source: str = "", routing_key: str = "", nowait: bool = False, arguments: Any = None
    ) -> None:
        self._broker.unbind(source, destination, routing_key, to_queue=False)

    def queue_declare(
        self,
        queue: str = "",
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        nowait: bool = False,
        arguments: dict[str, Any] | None = None,
    ) -> queue_declare_ok_t:
        owner = self.opened()
        name = queue or f"amq.gen-{uuid4().hex}"
        with as_amqp():
            if passive:
                return queue_declare_ok_t(name, *self._broker.inspect_queue(name, owner))
            counts = self._broker.declare_queue(
                name, owner=owner, durable=durable, exclusive=exclusive, auto_delete=auto_delete, arguments=arguments or {}
            )
        return queue_declare_ok_t(name, *counts)

    def queue_bind(
        self, queue: str, exchange: str = "", routing_key: str = "", nowait: bool = False, arguments: Any = None
    ) -> None:
        with as_amqp():
            self._broker.bind(exchange, queue, routing_key, to_queue=True)

    def queue_unbind(
        self, queue: str, exchange: str = "", routing_key: str = "", nowait: bool = False, arguments: Any = None
    ) -> None:
        self._broker.unbind(exchange, queue, routing_key, to_queue=True)

    def queue_purge(self, queue: str, nowait: bool = False) -> int:
        with as_amqp():
            return self._broker.purge_queue(queue)

    def queue_delete(self, queue: str, if_unused: bool = False, if_empty: bool = False, nowait: bool = False) -> int:
        with as_amqp():
            return self._broker.delete_queue(queue, if_unused=if_unused, if_empty=if_empty)
