"""The feed that the gateway kept goes over to notify: whole, in order, once, wherever a gateway is stopped."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from kombu import Connection
from sqlalchemy import Engine, text

from chassis.config import settings
from chassis.database.engine import reading, transaction
from chassis.messaging import broker
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.identity import Identity
from gateway.streams import old_feed
from gateway.streams.old_feed import QUEUES, OldFeed
from services.notify.feed import use_cases
from services.notify.interface.feed import TAKE_OVER_FEED, Place
from services.notify.interface.refusals import CursorExpired
from tests.conftest import DatabaseOf
from tests.patience import eventually

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GATEWAY = Identity(party="system", scopes=frozenset({"gateway"}))
SYSTEM = Identity(party="system", scopes=frozenset({"messages:read"}))
QUEUE = "evt-booking--gateway.feed_booking.v1"


class Killed(Exception):
    """The process ends here."""


@dataclass
class Upgrade:
    """A gateway of this release, on the database and the queues of the release before."""

    database: Engine
    notify: Engine
    uri: str
    ids: list[str] = field(default_factory=list)
    calls_left: int = 1000

    def feed(self) -> OldFeed:
        return OldFeed(self.database)

    def take_over(self, **values: Any) -> dict[str, Any]:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Killed
        payload = orjson.loads(orjson.dumps(TAKE_OVER_FEED.payload(values)))
        with transaction(self.notify) as session:
            answer = use_cases.take_over_feed(Call(session, NOW, GATEWAY), **TAKE_OVER_FEED.takes.load(payload))
        dumped: dict[str, Any] = TAKE_OVER_FEED.gives.dump(answer)
        return dumped

    def told(self) -> list[str]:
        """Ids of all events in notify's feed, in order."""
        with self.notify.connect() as connection:
            rows = connection.execute(text("SELECT event_id FROM feed ORDER BY epoch, xid, seq"))
            return [str(row.event_id) for row in rows]

    def store(self, count: int) -> None:
        """As the previous release has stored messages."""
        with self.database.begin() as connection:
            for _ in range(count):
                connection.execute(_STORE, {"id": self._new()})

    def retry(self) -> None:
        """As the previous release has put a message back for later."""
        with self.database.begin() as connection:
            headers = orjson.dumps(_headers(self._new())).decode()
            connection.execute(_RETRY, {"id": self.ids[-1], "headers": headers, "payload": b"{}"})

    def publish(self, count: int) -> None:
        """As a service of the previous release has published messages to the gateway's queue. Without confirms, a channel that
        is closed at once may take messages along."""
        with Connection(self.uri, transport_options={"confirm_publish": True}) as connection:
            producer = connection.Producer()
            for _ in range(count):
                headers = _headers(self._new())
                producer.publish({}, exchange="booking.events", routing_key="booking.confirmed.v1", headers=headers)

    def queues(self) -> set[str]:
        with Connection(self.uri) as connection:
            return {queue for queue in QUEUES if _exists(connection, queue)}

    def _new(self) -> str:
        self.ids.append(str(uuid4()))
        return self.ids[-1]


_STORE = text(
    "INSERT INTO feed (community_id, event_id, source, type, subject, version, occurred_at, received_at, data) "
    "VALUES ('liuyi', :id, 'booking', 'booking.confirmed.v1', 's', 1, now(), now(), '{}')"
)
_RETRY = text(
    "INSERT INTO inbox (consumer, event_id, state, subject, headers, payload, next_attempt_at) "
    "VALUES ('gateway.feed_booking', :id, 'retrying', 's', :headers, :payload, now())"
)


def _headers(event_id: str) -> dict[str, Any]:
    return {
        "ce-id": event_id,
        "ce-source": "booking",
        "ce-type": "booking.confirmed.v1",
        "ce-subject": "s",
        "ce-sequence": "0000000001",
        "ce-communityid": "liuyi",
        "ce-time": NOW.isoformat(),
    }


def _exists(connection: Connection, queue: str) -> bool:
    channel = connection.channel()
    try:
        channel.queue_declare(queue, passive=True)
    except connection.channel_errors:
        return False
    return True


@pytest.fixture
def upgrade(database_of: DatabaseOf, vhost_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgrade]:
    monkeypatch.setenv("LINLI_AMQP_URI", vhost_uri)
    settings.cache_clear()
    with Connection(vhost_uri) as connection:
        for queue, (source, types) in QUEUES.items():
            declared = broker.subscription_queue(queue, source, types, "gateway", ordered=True)
            declared.bind(connection.channel()).declare()
    yield Upgrade(database_of("gateway"), database_of("notify"), vhost_uri)
    settings.cache_clear()


def arrived(upgrade: Upgrade, count: int) -> None:
    """Wait until the broker has `count` messages in the queue."""
    with Connection(upgrade.uri) as connection:
        channel = connection.channel()
        eventually(lambda: channel.queue_declare(QUEUE, passive=True).message_count == count, seconds=30)


def test_everything_goes_over_in_order_and_the_queues_go(upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_feed, "BATCH", 3)
    upgrade.store(7)
    upgrade.publish(8)
    arrived(upgrade, 8)
    upgrade.retry()
    feed = upgrade.feed()
    feed.hand_over(upgrade.take_over)
    assert upgrade.take_over(entries=[])["finished"] and upgrade.queues() == set()
    assert upgrade.told() == upgrade.ids
    calls = upgrade.calls_left
    feed.hand_over(upgrade.take_over)
    assert upgrade.calls_left == calls


def test_readers_before_the_deleted_messages_are_told_so(upgrade: Upgrade) -> None:
    upgrade.store(2)
    with upgrade.database.begin() as connection:
        connection.execute(text("INSERT INTO feed_pruned (xid, seq) SELECT xid, seq FROM feed ORDER BY seq LIMIT 1"))
        pruned = connection.execute(text("SELECT CAST(CAST(xid AS text) AS bigint) AS xid, seq FROM feed_pruned")).one()
    upgrade.feed().hand_over(upgrade.take_over)
    for seq, refused in ((pruned.seq - 1, True), (pruned.seq, False)):
        with reading(upgrade.notify) as session, pytest.raises(CursorExpired) if refused else nullcontext():
            use_cases.read_feed(Call(session, NOW, SYSTEM), limit=10, after=Place(0, pruned.xid, seq))


def test_messages_that_keep_coming_do_not_keep_it_from_ending(upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go to notify's own queues. The old queue is unbound before it is drained."""
    upgrade.publish(1)
    arrived(upgrade, 1)
    before, rounds = upgrade.ids.copy(), []
    store_some = OldFeed._store_some

    def with_one_more(feed: OldFeed, connection: Any, channel: Any, waiting: list[Any]) -> bool:
        rounds.append(len(waiting))
        if len(rounds) < 6:
            upgrade.publish(1)
        return store_some(feed, connection, channel, waiting)

    monkeypatch.setattr(OldFeed, "_store_some", with_one_more)
    upgrade.feed().hand_over(upgrade.take_over)
    assert upgrade.take_over(entries=[])["finished"] and upgrade.queues() == set()
    assert upgrade.told() == before


def test_notify_may_be_away_for_a_while(upgrade: Upgrade) -> None:
    def away(**_: Any) -> dict[str, Any]:
        raise Unavailable()

    upgrade.store(2)
    feed = upgrade.feed()
    feed.hand_over(away)
    feed.hand_over(upgrade.take_over)
    assert upgrade.take_over(entries=[])["finished"] and upgrade.told() == upgrade.ids


def test_a_reader_goes_on_where_the_old_feed_left_off(upgrade: Upgrade) -> None:
    upgrade.store(3)
    with upgrade.database.connect() as connection:
        place = connection.execute(text("SELECT concat(xid, '-', seq) FROM feed ORDER BY seq LIMIT 1")).scalar_one()
    feed = upgrade.feed()
    feed.hand_over(upgrade.take_over)
    with reading(upgrade.notify) as session:
        after = TAKE_OVER_FEED.takes.load({"end": place})["end"]
        page = use_cases.read_feed(Call(session, NOW, SYSTEM), limit=10, after=after)
    assert [item.event["id"] for item in page.items] == upgrade.ids[1:]


def test_a_gateway_that_is_killed_anywhere_repeats_nothing(upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_feed, "BATCH", 2)
    upgrade.store(5)
    upgrade.publish(4)
    arrived(upgrade, 4)
    for calls in range(1, 7):
        upgrade.calls_left = calls
        with pytest.raises(Killed):
            while True:
                upgrade.feed().hand_over(upgrade.take_over)
        assert upgrade.told() == upgrade.ids[: len(upgrade.told())]
    upgrade.calls_left = 1000
    upgrade.feed().hand_over(upgrade.take_over)
    assert upgrade.told() == upgrade.ids


def test_a_message_that_was_not_acknowledged_is_stored_once(upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the commit and the acknowledgement: the broker sends it again."""
    upgrade.publish(3)
    arrived(upgrade, 3)

    def ends(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("amqp.channel.Channel.basic_ack", ends)
        with pytest.raises(Killed):
            upgrade.feed().hand_over(upgrade.take_over)
    arrived(upgrade, 3)
    upgrade.feed().hand_over(upgrade.take_over)
    assert upgrade.told() == upgrade.ids


def test_it_waits_for_a_gateway_of_the_release_before(upgrade: Upgrade) -> None:
    feed = upgrade.feed()
    with Connection(upgrade.uri) as connection:
        channel = connection.channel()
        channel.basic_consume(QUEUE, callback=lambda message: None)
        feed.hand_over(upgrade.take_over)
        assert QUEUE in upgrade.queues() and not upgrade.take_over(entries=[])["finished"]


def test_a_slow_transaction_of_the_old_gateway_is_waited_for(upgrade: Upgrade) -> None:
    feed = upgrade.feed()
    with upgrade.database.begin() as slow:
        slow.execute(_STORE, {"id": upgrade._new()})
        upgrade.store(1)
        feed.hand_over(upgrade.take_over)
        assert not upgrade.take_over(entries=[])["finished"]
    feed.hand_over(upgrade.take_over)
    assert upgrade.told() == upgrade.ids and upgrade.take_over(entries=[])["finished"]
