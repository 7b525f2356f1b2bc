"""The embedded broker through kombu, as nameko uses it; one broker per test."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from amqp.exceptions import NotFound, PreconditionFailed, RecoverableConnectionError, ResourceLocked
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.exceptions import ChannelError, MessageStateError

from chassis.embedded.broker import Broker
from chassis.embedded.queue import Stored
from chassis.embedded.transport import broker_of, drop_broker

EVENTS = Exchange("events", type="topic", durable=True)


@pytest.fixture
def uri(request: pytest.FixtureRequest) -> Iterator[str]:
    uri = f"embedded://{request.node.name.replace('[', '-').replace(']', '').replace('_', '-')}"
    yield uri
    drop_broker(uri)


@pytest.fixture
def connection(uri: str) -> Iterator[Connection]:
    with Connection(uri) as connection:
        yield connection


@pytest.fixture
def broker(uri: str) -> Broker:
    return broker_of(uri)


def queue(name: str = "q", key: str = "#", **options: Any) -> Queue:
    return Queue(name, exchange=EVENTS, routing_key=key, durable=True, **options)


def publish(connection: Connection, body: Any = "hello", key: str = "a.b", **options: Any) -> None:
    Producer(connection.channel(), exchange=EVENTS).publish(body, routing_key=key, **options)


def drain(connection: Connection) -> int:
    """Deliver what there is, without waiting."""
    count = 0
    while True:
        try:
            connection.drain_events(timeout=0)
        except TimeoutError:
            return count
        count += 1


class Inbox(list[Any]):
    """Takes messages of a queue without settling them."""

    def __init__(self, connection: Connection, *queues: Queue, prefetch: int = 0, **options: Any) -> None:
        super().__init__()
        self.connection = connection
        self.channel = connection.channel()
        self.consumer = Consumer(self.channel, queues=queues, on_message=self.append, **options)
        self.consumer.qos(prefetch_count=prefetch)
        self.consumer.consume()

    def bodies(self) -> list[Any]:
        drain(self.connection)
        return [message.decode() for message in self]


def test_a_message_arrives_whole(connection: Connection) -> None:
    inbox = Inbox(connection, queue())
    publish(
        connection,
        {"a": [1, "二"]},
        headers={"ce-id": "7"},
        reply_to="r",
        correlation_id="c",
        content_type=None,
        serializer="json",
    )
    assert inbox.bodies() == [{"a": [1, "二"]}]
    message = inbox[0]
    assert message.headers == {"ce-id": "7"}
    assert message.properties["content_type"] == "application/json"  # nameko's Responder needs it here
    assert (message.properties["reply_to"], message.properties["correlation_id"]) == ("r", "c")
    assert message.delivery_info["routing_key"] == "a.b"
    assert message.delivery_info["exchange"] == "events"
    assert message.delivery_info["redelivered"] is False


def test_routing_reaches_each_matching_queue_once(connection: Connection) -> None:
    both = Queue("both", exchange=EVENTS, routing_key="a.*", durable=True)
    bound = both(connection.channel())
    bound.declare()
    bound.bind_to(EVENTS, routing_key="a.#")
    inbox, other = Inbox(connection, both), Inbox(connection, queue("other", "b.#"))
    publish(connection, key="a.b")
    assert (inbox.bodies(), other.bodies()) == (["hello"], [])


def test_exchanges_lead_into_exchanges(connection: Connection) -> None:
    district = Exchange("district", type="topic", durable=True)
    channel = connection.channel()
    EVENTS(channel).declare()
    district(channel).declare()
    district(channel).bind_to(EVENTS, routing_key="a.#")
    EVENTS(channel).bind_to(district, routing_key="#")  # a circle does no harm
    inbox = Inbox(connection, Queue("outside", exchange=district, routing_key="a.b"))
    publish(connection, 1, key="a.b")
    publish(connection, 2, key="b.a")
    assert inbox.bodies() == [1]
    district(channel).unbind_from(EVENTS, routing_key="a.#")
    publish(connection, 3, key="a.b")
    assert inbox.bodies() == [1]


def test_mandatory_message_without_a_queue_is_not_routed(connection: Connection) -> None:
    with pytest.raises(ChannelError, match="NO_ROUTE"):
        publish(connection, mandatory=True)


def test_mandatory_message_goes_to_the_return_handler(connection: Connection) -> None:
    returned: list[tuple[str, str]] = []
    producer = Producer(
        connection.channel(), exchange=EVENTS, on_return=lambda error, exchange, key, message: returned.append((exchange, key))
    )
    producer.publish("x", routing_key="a", mandatory=True)
    assert returned == [("events", "a")]


def test_unmandatory_message_without_a_queue_is_forgotten(connection: Connection, broker: Broker) -> None:
    publish(connection)
    assert broker.idle()


def test_publishing_needs_an_exchange(connection: Connection) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        Producer(connection.channel(), auto_declare=False).publish("x", exchange="nowhere", routing_key="a")


def test_publish_without_a_connection(connection: Connection, broker: Broker) -> None:
    inbox = Inbox(connection, queue())
    assert broker.publish(Stored(b'"direct"', "events", "a", "application/json", "utf-8")) == 1
    assert broker.publish(Stored(b'"direct"', "", "q", "application/json", "utf-8")) == 1
    assert inbox.bodies() == ["direct", "direct"]


def test_prefetch_holds_messages_back_until_one_is_settled(connection: Connection) -> None:
    inbox = Inbox(connection, queue(), prefetch=2)
    for number in range(4):
        publish(connection, number)
    assert inbox.bodies() == [0, 1]
    inbox[0].ack()
    assert inbox.bodies() == [0, 1, 2]
    inbox[1].reject()
    assert inbox.bodies() == [0, 1, 2, 3]


def test_prefetch_can_be_raised_for_a_running_consumer(connection: Connection) -> None:
    inbox = Inbox(connection, queue(), prefetch=1)
    for number in range(3):
        publish(connection, number)
    assert inbox.bodies() == [0]
    inbox.channel.basic_qos(0, 0, True)
    assert inbox.bodies() == [0, 1, 2]


def test_consumers_of_one_queue_take_turns(uri: str) -> None:
    with Connection(uri) as one, Connection(uri) as two:
        first, second = Inbox(one, queue()), Inbox(two, queue())
        for number in range(4):
            publish(one, number)
        assert (first.bodies(), second.bodies()) == ([0, 2], [1, 3])


def test_single_active_consumer_gets_all_until_it_leaves(uri: str) -> None:
    only_one = queue(queue_arguments={"x-single-active-consumer": True})
    with Connection(uri) as one, Connection(uri) as two:
        first, second = Inbox(one, only_one), Inbox(two, only_one)
        publish(one, 1)
        publish(one, 2)
        assert (first.bodies(), second.bodies()) == ([1, 2], [])
        one.release()
        publish(two, 3)
        assert second.bodies() == [1, 2, 3]


def test_requeued_message_comes_first_and_is_marked(connection: Connection) -> None:
    inbox = Inbox(connection, queue(), prefetch=1)
    publish(connection, 1)
    publish(connection, 2)
    drain(connection)
    inbox[0].requeue()
    assert inbox.bodies() == [1, 1]
    assert inbox[1].delivery_info["redelivered"] is True


def test_rejected_message_goes_to_the_dead_letters(connection: Connection) -> None:
    dead = Queue("dead", exchange=Exchange("dead", type="direct"), routing_key="x")
    letters = Inbox(connection, dead)
    inbox = Inbox(
        connection, queue(queue_arguments={"x-dead-letter-exchange": "dead", "x-dead-letter-routing-key": "x"}), prefetch=1
    )
    publish(connection, "bad")
    drain(connection)
    inbox[0].reject()
    assert letters.bodies() == ["bad"]
    assert letters[0].headers["x-death"][0]["queue"] == "q"
    assert letters[0].headers["x-death"][0]["reason"] == "rejected"


def test_message_that_returns_too_often_is_dead(connection: Connection) -> None:
    letters = Inbox(connection, Queue("dead", exchange=Exchange("dead", type="fanout")))
    arguments = {"x-dead-letter-exchange": "dead", "x-delivery-limit": 2}
    inbox = Inbox(connection, queue(queue_arguments=arguments), prefetch=1)
    publish(connection, "poison")
    for _ in range(5):
        if drain(connection):
            inbox[-1].requeue() if inbox[-1]._state == "RECEIVED" else None
    assert len(inbox) == 3  # delivered, and twice again
    assert letters.bodies() == ["poison"]


def test_multiple_settles_all_before(connection: Connection, broker: Broker) -> None:
    inbox = Inbox(connection, queue())
    for number in range(3):
        publish(connection, number)
    drain(connection)
    inbox[1].ack(multiple=True)
    assert broker.queues()["q"] == (0, 1, 1)
    inbox[2].ack()
    assert broker.idle()


def test_a_message_is_settled_once(connection: Connection) -> None:
    inbox = Inbox(connection, queue())
    publish(connection)
    drain(connection)
    inbox[0].ack()
    with pytest.raises(MessageStateError):
        inbox[0].ack()
    with pytest.raises(PreconditionFailed):
        inbox.channel.basic_ack(99)


def test_unsettled_messages_return_in_order_when_the_connection_closes(uri: str) -> None:
    with Connection(uri) as survivor:
        with Connection(uri) as doomed:
            inbox = Inbox(doomed, queue(), prefetch=3)
            for number in range(5):
                publish(doomed, number)
            assert inbox.bodies() == [0, 1, 2]
        again = Inbox(survivor, queue())
        assert again.bodies() == [0, 1, 2, 3, 4]
        assert [message.delivery_info["redelivered"] for message in again] == [True, True, True, False, False]
    with pytest.raises(RecoverableConnectionError):
        inbox[0].channel.basic_ack(inbox[0].delivery_tag)


def test_cancelled_consumer_keeps_what_it_saw_and_gives_back_the_rest(connection: Connection, broker: Broker) -> None:
    inbox = Inbox(connection, queue())
    publish(connection, 1)
    publish(connection, 2)
    connection.drain_events(timeout=0)
    inbox.consumer.cancel()
    assert drain(connection) == 0
    assert broker.queues()["q"] == (1, 1, 0)
    inbox[0].ack()
    assert Inbox(connection, queue()).bodies() == [2]


def test_recover_puts_everything_back(connection: Connection) -> None:
    inbox = Inbox(connection, queue())
    publish(connection, 1)
    publish(connection, 2)
    drain(connection)
    inbox.consumer.recover(requeue=True)
    assert inbox.bodies() == [1, 2, 1, 2]


def test_no_ack_consumer_needs_no_ack(connection: Connection, broker: Broker) -> None:
    inbox = Inbox(connection, queue(), no_ack=True)
    publish(connection)
    assert inbox.bodies() == ["hello"]
    assert broker.idle()
    inbox[0].ack()  # kombu knows that there is nothing to do


def test_get_takes_one_message(connection: Connection, broker: Broker) -> None:
    bound = queue()(connection.channel())
    bound.declare()
    assert bound.get() is None
    publish(connection, 1)
    publish(connection, 2)
    message = bound.get()
    assert (message.payload, message.delivery_info["message_count"]) == (1, 1)
    message.requeue()
    assert bound.get(no_ack=True).payload == 1
    assert bound.purge() == 1
    assert broker.idle()


def test_expired_message_is_not_delivered(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    queue()(connection.channel()).declare()
    publish(connection, "late", expiration=5)
    publish(connection, "in time")
    _later(monkeypatch, 6)
    assert Inbox(connection, queue()).bodies() == ["in time"]


def test_message_that_expires_before_its_consumer_looks_is_not_seen(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(connection, queue(), prefetch=1)
    publish(connection, "late", expiration=5)
    publish(connection, "in time")
    _later(monkeypatch, 6)
    assert inbox.bodies() == ["in time"]


def test_queue_ttl_counts_too(connection: Connection, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(message_ttl=1.0)(connection.channel()).declare()
    publish(connection)
    assert not broker.idle()
    _later(monkeypatch, 2)
    assert broker.idle()


def test_unused_reply_queue_lapses(connection: Connection, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(connection, queue("reply", expires=60))
    _later(monkeypatch, 100)
    assert "reply" in broker.queues()  # in use
    inbox.consumer.cancel()
    publish(connection)
    _later(monkeypatch, 161)
    assert broker.idle()
    assert "reply" not in broker.queues()
    with pytest.raises(ChannelError, match="NO_ROUTE"):
        publish(connection, mandatory=True)


def test_idle_means_nothing_ready_and_nothing_unsettled(connection: Connection, broker: Broker) -> None:
    queue()(connection.channel()).declare()
    assert broker.idle()
    publish(connection)
    assert not broker.idle()
    inbox = Inbox(connection, queue())
    drain(connection)
    assert not broker.idle()
    inbox[0].ack()
    assert broker.idle()


def test_idle_can_leave_out_queues(connection: Connection, broker: Broker) -> None:
    queue("rpc-booking")(connection.channel()).declare()
    publish(connection)
    assert broker.idle(ignoring="rpc-")
    assert not broker.idle(ignoring="evt-")


def test_auto_delete_queue_ends_with_its_last_consumer(connection: Connection, broker: Broker) -> None:
    broadcast = queue("b", auto_delete=True)
    one, two = Inbox(connection, broadcast), Inbox(connection, broadcast)
    one.consumer.cancel()
    assert "b" in broker.queues()
    two.consumer.cancel()
    assert "b" not in broker.queues()


def test_exclusive_queue_belongs_to_its_connection(uri: str, broker: Broker) -> None:
    mine = queue("mine", exclusive=True)
    with Connection(uri) as other:
        with Connection(uri) as owner:
            mine(owner.channel()).declare()
            with pytest.raises(ResourceLocked):
                mine(other.channel()).declare()
            with pytest.raises(ResourceLocked):
                other.channel().basic_consume("mine", callback=print)
        assert "mine" not in broker.queues()


def test_redeclaring_differently_is_refused(connection: Connection) -> None:
    channel = connection.channel()
    queue()(channel).declare()
    queue()(channel).declare()
    with pytest.raises(PreconditionFailed):
        queue(queue_arguments={"x-max-length": 1})(channel).queue_declare()
    with pytest.raises(PreconditionFailed):
        Exchange("events", type="fanout")(channel).declare()


def test_passive_declaration_asks_only(connection: Connection) -> None:
    channel = connection.channel()
    with pytest.raises(NotFound):
        channel.queue_declare("q", passive=True)
    with pytest.raises(NotFound):
        channel.exchange_declare("events", passive=True)
    queue()(channel).declare()
    publish(connection)
    assert channel.queue_declare("q", passive=True) == ("q", 1, 0)


def test_deleted_queue_is_gone_with_its_bindings(connection: Connection, broker: Broker) -> None:
    bound = queue()(connection.channel())
    bound.declare()
    publish(connection)
    with pytest.raises(PreconditionFailed):
        bound.delete(if_empty=True)
    assert bound.delete() == 1
    with pytest.raises(ChannelError, match="NO_ROUTE"):
        publish(connection, mandatory=True)


def test_brokers_of_other_names_are_other_brokers(connection: Connection, uri: str) -> None:
    with Connection(f"{uri}-other") as other:
        inbox = Inbox(other, queue())
        publish(connection)
        assert inbox.bodies() == []
    drop_broker(f"{uri}-other")
    assert broker_of("embedded://") is broker_of("embedded:///")
    assert broker_of("embedded://a") is not broker_of("embedded://b")


def test_closed_connection_says_so(uri: str) -> None:
    connection = Connection(uri)
    channel = connection.channel()
    transport_connection = connection.connection
    connection.release()
    with pytest.raises(RecoverableConnectionError):
        channel.basic_publish(channel.prepare_message("x"), "events", "a")
    with pytest.raises(RecoverableConnectionError):
        transport_connection.drain_events(timeout=0)


def test_a_waiting_consumer_is_woken_by_the_message_itself(uri: str, connection: Connection) -> None:
    received = threading.Event()
    ready = threading.Event()

    def consume() -> None:
        with Connection(uri) as mine, Consumer(mine.channel(), queue(), on_message=lambda message: received.set()):
            ready.set()
            mine.drain_events(timeout=20)

    thread = threading.Thread(target=consume)
    thread.start()
    assert ready.wait(10)
    started = time.monotonic()
    publish(connection)
    assert received.wait(10)
    assert time.monotonic() - started < 0.5
    thread.join()


def test_closing_wakes_who_waits(uri: str) -> None:
    connection = Connection(uri)
    waiting = connection.connection
    outcome: list[BaseException] = []

    def wait() -> None:
        try:
            waiting.drain_events()
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    connection.release()
    thread.join(10)
    assert isinstance(outcome[0], RecoverableConnectionError)


def test_many_threads_lose_and_repeat_nothing(uri: str, broker: Broker) -> None:
    """Four publishers and four consumers that requeue each message once."""
    seen: list[int] = []
    done = threading.Event()
    total = 800

    def consume() -> None:
        def take(message: Any) -> None:
            if not message.delivery_info["redelivered"]:
                message.requeue()
                return
            seen.append(message.payload)
            message.ack()
            if len(seen) == total:
                done.set()

        with Connection(uri) as mine:
            consumer = Consumer(mine.channel(), queue(), on_message=take, accept=["json"])
            consumer.qos(prefetch_count=5)
            with consumer:
                while not done.is_set():
                    try:
                        mine.drain_events(timeout=0.1)
                    except TimeoutError:
                        continue

    def produce(first: int) -> None:
        with Connection(uri) as mine:
            for number in range(first, total, 4):
                publish(mine, number)

    with Connection(uri) as setup:
        queue()(setup.channel()).declare()
    threads = [threading.Thread(target=consume) for _ in range(4)]
    threads += [threading.Thread(target=produce, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    assert done.wait(30)
    for thread in threads:
        thread.join(10)
    assert sorted(seen) == list(range(total))
    assert broker.idle()


def _later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the broker's clock stand `seconds` after the real one."""
    real = time.monotonic
    for module in ("chassis.embedded.broker", "chassis.embedded.queue", "chassis.embedded.channel"):
        monkeypatch.setattr(f"{module}.time", _Clock(lambda: real() + seconds))


class _Clock:
    def __init__(self, monotonic: Any) -> None:
        self.monotonic = monotonic


def test_deliveries_that_came_together_are_handed_over_together(
    connection: Connection, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.embedded.connection.MAX_TURN", 3)
    events: list[object] = []
    monkeypatch.setattr("chassis.embedded.connection.time.sleep", lambda seconds: events.append("others run"))
    consumer = Consumer(connection.channel(), [queue()], on_message=lambda message: events.append(message.body), no_ack=True)
    consumer.consume()
    for number in range(7):
        broker.publish(Stored(str(number).encode(), "events", "k"))
    for _ in range(7):
        connection.drain_events(timeout=1)
    assert events == [b"0", b"1", "others run", b"2", b"3", b"4", "others run", b"5", b"6"]


def test_a_woken_consumer_stops_waiting(connection: Connection) -> None:
    connection.connect()
    began = time.monotonic()
    threading.Timer(0.05, connection.connection.wake).start()
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=30)
    connection.connection.wake()
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=30)
    assert time.monotonic() - began < 10
