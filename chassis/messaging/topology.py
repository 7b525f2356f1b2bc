"""Declares exchanges, queues and bindings. `linli topology` declares them before deployment. Each process declares its own
again when it starts."""

import inspect
from collections.abc import Iterable
from typing import Any

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis import service_registry
from chassis.config import settings
from chassis.messaging import broker
from chassis.messaging.hints import Hints
from chassis.messaging.lasting import LastingExchange, LastingQueue
from chassis.messaging.subscribe import Subscription


def subscriptions_of(service_class: Any) -> Iterable[tuple[str, Subscription]]:
    """Yield (method name, subscription) for every `@subscribe` of a service class."""
    for name, method in inspect.getmembers(service_class, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Subscription):
                yield name, entrypoint


def queues_of(service_class: Any) -> list[LastingQueue]:
    """Return the queues of all subscriptions of a service class."""
    return [subscription.queue_of(service_class.name, method) for method, subscription in subscriptions_of(service_class)]


def lasting_queues(service_classes: Iterable[Any]) -> list[LastingQueue]:
    """Return all queues that outlive the processes: of subscriptions, of calls, and of dead letters of every service."""
    classes = list(service_classes)
    subscriptions = [queue for service_class in classes for queue in queues_of(service_class)]
    calls = [
        broker.rpc_queue(service_class.name)
        for service_class in classes
        if getattr(service_class, "interface", None) is not None
    ]
    return [*subscriptions, *calls, *(broker.dead_letter_queue(service) for service in service_registry.names())]


def hints_exchanges(service_classes: Iterable[Any]) -> list[LastingExchange]:
    """Return the exchanges of the services that send hints."""
    return [
        broker.hints_exchange(service_class.name)
        for service_class in service_classes
        if any(isinstance(part, Hints) for part in vars(service_class).values())
    ]


def declare(service_classes: Iterable[Any]) -> list[str]:
    """Declare all exchanges, queues and bindings, so that messages wait for a consumer that has not started yet. Idempotent.
    Returns the names of the subscriptions' queues. Raises a connection error if the broker cannot be reached, and
    PreconditionFailed if a queue is there with other arguments."""
    classes = list(service_classes)
    for service in service_registry.names():
        declare_publisher(service)
    queues = lasting_queues(classes)
    with broker.connected() as connection:
        channel = connection.channel()
        for exchange in hints_exchanges(classes):
            exchange.declare_again(channel)
        for queue in queues:
            queue.declare_again(channel)
    return [queue.name for service_class in classes for queue in queues_of(service_class)]


def declare_publisher(service: str) -> None:
    """Declare the service's exchange and bind it to `district.events`, where outside systems subscribe. The embedded broker
    has no `district.events`, because nobody outside can connect to it."""
    with broker.connected() as connection:
        _declare_publisher(connection.channel(), service)


def ensure_publisher(service: str) -> None:
    """The same, unless this process has the service's own user (chassis.messaging.definitions): it may not declare exchanges,
    and needs not, because the deployment has done it."""
    with broker.connected() as connection:
        channel = connection.channel()
        if connection.userid != service or not broker.events_exchange(service).is_there(channel):
            _declare_publisher(channel, service)


def _declare_publisher(channel: Any, service: str) -> None:
    exchange = broker.events_exchange(service).bind(channel)
    exchange.declare_again(channel)
    if not settings().embedded_broker:
        district = broker.DISTRICT.bind(channel)
        district.declare_again(channel)
        district.bind_to(exchange, routing_key="#")
