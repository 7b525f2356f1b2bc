"""An outside system with the permissions of deploy/rabbitmq/start.sh, on a real broker."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from amqp.exceptions import AccessRefused
from kombu import Connection

from chassis.messaging.broker import DISTRICT
from tests import outside_permissions
from tests.broker import Broker

CONFIRMED = {"confirm_publish": True}  # a confirmed message is in the queue
QUEUE = "sub.org1.heard"
PUBLISHED = (
    "booking.cancelled.v1",
    "booking.confirmed.v1",
    "club.left.v1",
    "community.changed.v1",
    "notification.sent.v1",
    "registration.cancelled.v1",
)


@pytest.fixture
def platform(vhost_uri: str) -> Iterator[Connection]:
    """The platform's own connection, to a virtual host with `district.events`."""
    with Connection(vhost_uri, transport_options=CONFIRMED) as connection:
        DISTRICT(connection.channel()).declare()
        yield connection


@pytest.fixture
def org1(broker: Broker, vhost_uri: str, platform: Connection) -> Iterator[Connection]:
    """The connection of a user with all that `org1` may do, and with a queue of its own."""
    name, password, vhost = f"org1-{secrets.token_hex(4)}", secrets.token_hex(16), vhost_uri.rsplit("/", 1)[1]
    broker.call("PUT", f"users/{name}", password=password, tags="")
    for kind, path in (("permissions", "permissions"), ("topic_permissions", "topic-permissions")):
        granted = outside_permissions.of(kind, "org1")
        body = {key: value for key, value in granted.items() if key not in ("user", "vhost")}
        broker.call("PUT", f"{path}/{vhost}/{name}", **body)
    try:
        with Connection(_uri_of(vhost_uri, name, password), transport_options=CONFIRMED) as connection:
            connection.channel().queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
            yield connection
    finally:
        broker.call("DELETE", f"users/{name}")


def _uri_of(uri: str, name: str, password: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}").geturl()


def publish_everything(platform: Connection) -> None:
    with platform.Producer(exchange=DISTRICT) as producer:
        for type_ in PUBLISHED:
            producer.publish({}, routing_key=type_)


def heard(org1: Connection) -> list[str]:
    """Routing keys of what has come, in their order."""
    channel, keys = org1.channel(), []
    while (message := channel.basic_get(QUEUE, no_ack=True)) is not None:
        keys.append(message.delivery_info["routing_key"])
    return keys


@pytest.mark.parametrize(
    ("binding", "brings"),
    [
        ("*.cancelled.v1", ["booking.cancelled.v1", "registration.cancelled.v1"]),
        ("*.cancelled.*", ["booking.cancelled.v1", "registration.cancelled.v1"]),
        ("*.confirmed.#", ["booking.confirmed.v1"]),
        ("booking.#", ["booking.cancelled.v1", "booking.confirmed.v1"]),
        ("booking.*.v1", ["booking.cancelled.v1", "booking.confirmed.v1"]),
        ("registration.cancelled.v1", ["registration.cancelled.v1"]),
        ("*.changed.v1", ["community.changed.v1"]),
    ],
)
def test_a_subscriber_hears_what_it_binds(platform: Connection, org1: Connection, binding: str, brings: list[str]) -> None:
    org1.channel().queue_bind(QUEUE, DISTRICT.name, binding)
    publish_everything(platform)
    assert heard(org1) == brings


@pytest.mark.parametrize(
    "binding", ["#", "*.#", "*.*.v1", "#.cancelled.v1", "*.left.v1", "*.sent.#", "club.#", "notification.sent.v1"]
)
def test_a_binding_that_could_bring_more_is_refused(org1: Connection, binding: str) -> None:
    with pytest.raises(AccessRefused):
        org1.channel().queue_bind(QUEUE, DISTRICT.name, binding)


def test_a_subscriber_publishes_nothing(org1: Connection) -> None:
    with pytest.raises(AccessRefused), org1.Producer() as producer:
        producer.publish({}, exchange=DISTRICT.name, routing_key="booking.cancelled.v1")
