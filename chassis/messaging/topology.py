"""Declares exchanges, queues and bindings. `linli topology` declares them before deployment. Each process declares its own
again when it starts."""

import inspect
from collections.abc import Iterable
from typing import Any

from kombu import Queue
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis import service_registry
from chassis.config import settings
from chassis.messaging import broker
from chassis.messaging.subscribe import Subscription


def subscriptions_of(service_class: Any) -> Iterable[tuple[str, Subscription]]:
    """Yield (method name, subscription) for every `@subscribe` of a service class."""
    for name, method in inspect.getmembers(service_class, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Subscription):
                yield name, entrypoint


def queues_of(service_class: Any) -> list[Queue]:
    """Return the queues of all subscriptions of a service class."""
    return [subscription.queue_of(service_class.name, method) for method, subscription in subscriptions_of(service_class)]


def declare(service_classes: Iterable[Any]) -> list[str]:
    """Declare all exchanges, queues and bindings, so that messages wait for a consumer that has not started yet. Idempotent.
    Returns the names of the queues. Raises a connection error if the broker cannot be reached."""
    for service in service_registry.names():
        declare_publisher(service)
    queues = [queue for service_class in service_classes for queue in queues_of(service_class)]
    with broker.connected() as connection:
        channel = connection.channel()
        for queue in [*queues, *(broker.dead_letter_queue(service) for service in service_registry.names())]:
            queue.bind(channel).declare()
    return [queue.name for queue in queues]


def declare_publisher(service: str) -> None:
    """Declare the service's exchange and bind it to `district.events`, where outside systems subscribe. The embedded broker
    has no `district.events`, because nobody outside can connect to it."""
    with broker.connected() as connection:
        channel = connection.channel()
        exchange = broker.events_exchange(service).bind(channel)
        exchange.declare()
        if not settings().embedded_broker:
            district = broker.DISTRICT.bind(channel)
            district.declare()
            district.bind_to(exchange, routing_key="#")
