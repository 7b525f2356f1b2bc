"""An outside system with the permissions of deploy/rabbitmq/definitions.json, on a real broker."""

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from amqp.exceptions import AccessRefused, NotFound
from kombu import Connection, Exchange, Queue

from chassis.messaging.broker import DISTRICT
from tests import outside_permissions
from tests.broker import Broker
from tests.patience import eventually

CONFIRMED = {"confirm_publish": True}  # a confirmed message is in the queue
QUEUE = "sub.org1.heard"
HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "subscribe.md"
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
def org1_uri(broker: Broker, vhost_uri: str, platform: Connection) -> Iterator[str]:
    """The address for a user with all that `org1` may do."""
    name, password, vhost = f"org1-{secrets.token_hex(4)}", secrets.token_hex(16), vhost_uri.rsplit("/", 1)[1]
    broker.call("PUT", f"users/{name}", password=password, tags="")
    for kind, path in (("permissions", "permissions"), ("topic_permissions", "topic-permissions")):
        granted = outside_permissions.of(kind, "org1")
        body = {key: value for key, value in granted.items() if key not in ("user", "vhost")}
        broker.call("PUT", f"{path}/{vhost}/{name}", **body)
    try:
        yield _uri_of(vhost_uri, name, password)
    finally:
        broker.call("DELETE", f"users/{name}")


@pytest.fixture
def org1(org1_uri: str) -> Iterator[Connection]:
    """The connection of such a user, with a queue."""
    with Connection(org1_uri, transport_options=CONFIRMED) as connection:
        connection.channel().queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        yield connection


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


# --- libraries that declare what they use (docs/how-to/subscribe.md) ---


def program(name: str, uri: str) -> str:
    """The program under the heading `name` of the page, for the broker of this test."""
    found = re.search(rf"^## {name}\n.*?^```python\n(.*?)^```$", HOW_TO.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return re.sub(r"amqp://org1:[^\"]*", lambda _: uri, found[1])


@contextmanager
def running(folder: Path, *command: str) -> Iterator[Path]:
    """The output of a program that runs in the folder."""
    output = folder / "output"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    with output.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield output
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def is_consumed(platform: Connection, queue: str) -> bool:
    channel = platform.channel()
    try:
        return bool(channel.queue_declare(queue, passive=True).consumer_count)
    except NotFound:
        return False
    finally:
        channel.close()


@pytest.mark.parametrize("library", ["kombu", "nameko"])
def test_the_documented_subscribers_hear_bookings(platform: Connection, org1_uri: str, tmp_path: Path, library: str) -> None:
    (tmp_path / "subscriber.py").write_text(program(library, org1_uri))
    (tmp_path / "config.yml").write_text(f"AMQP_URI: {org1_uri}\n")
    nameko = (str(Path(sys.executable).with_name("nameko")), "run", "subscriber", "--config", "config.yml")
    with running(tmp_path, *(nameko if library == "nameko" else (sys.executable, "subscriber.py"))) as output:
        eventually(lambda: is_consumed(platform, f"sub.org1.{library}"), seconds=60)
        with platform.Producer(exchange=DISTRICT) as producer:
            for type_ in PUBLISHED:
                producer.publish({"type": type_}, routing_key=type_, headers={"ce-type": type_, "ce-id": f"id of {type_}"})
        last = "booking.confirmed.v1"
        eventually(lambda: f"{last} id of {last}" in output.read_text(), seconds=60)
        heard = re.findall(r"^(\S+\.v1) id of", output.read_text(), re.MULTILINE)
    assert heard == ["booking.cancelled.v1", "booking.confirmed.v1"], output.read_text()


def test_the_exchange_is_the_platforms(org1: Connection) -> None:
    """Who may declare it could delete it."""
    channel = org1.channel()
    with pytest.raises(AccessRefused):
        Exchange(DISTRICT.name, type="topic")(channel).declare()
    with pytest.raises(AccessRefused):
        org1.channel().exchange_delete(DISTRICT.name)


@pytest.mark.parametrize("name", ["sub.org2.mine", "evt-district-booking.confirmed.v1--subscriber.on_message", ""])
def test_queues_have_the_prefix_of_their_user(org1: Connection, name: str) -> None:
    with pytest.raises(AccessRefused):
        org1.channel().queue_declare(name)


def test_messages_that_fail_go_to_an_exchange_of_ones_own(org1: Connection, platform: Connection) -> None:
    dead = Queue("sub.org1.dead", Exchange("sub.org1.failed", type="fanout"))
    with pytest.raises(AccessRefused):
        Queue("sub.org1.lost", queue_arguments={"x-dead-letter-exchange": "district.events"})(org1.channel()).declare()
    dead(org1.channel()).declare()
    arguments = {"x-queue-type": "quorum", "x-dead-letter-exchange": "sub.org1.failed"}
    source = Exchange(DISTRICT.name, type="topic", passive=True)
    works = Queue("sub.org1.works", source, routing_key="booking.#", queue_arguments=arguments)(org1.channel())
    works.declare()
    publish_everything(platform)
    message = eventually(works.get)
    message.reject()
    assert eventually(dead(org1.channel()).get).headers["x-death"][0]["queue"] == "sub.org1.works"
