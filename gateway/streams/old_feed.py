"""The feed of the time when the gateway kept it. It is handed over to notify once, after the upgrade.

First the messages that still wait in the gateway's old queues, or in its inbox, are stored in the old table. The queues are
deleted when they are empty. Then the table is sent to notify, in order and in parts. Every step may be repeated: messages are
told apart by their ids, and notify says where to go on.

The table stays until the next release. Nothing is written to it any more.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson
from amqp.exceptions import NotFound
from kombu import Connection
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from chassis.config import settings
from chassis.database.engine import reading, transaction
from chassis.messaging import broker
from chassis.messaging.received import Received, Unreadable, raw, read
from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from services.notify.interface.feed import MAX, Place

log = telemetry.get_logger(__name__)
BATCH: Final = 200
QUEUES: Final = {
    "evt-booking--gateway.feed_booking.v1": ("booking", ("booking.#",)),
    "evt-cases--gateway.feed_cases.v1": ("cases", ("case.#",)),
    "evt-events--gateway.feed_events.v1": ("events", ("club.#", "club_event.#", "registration.#")),
    "evt-notify--gateway.feed_notify.v1": ("notify", ("notification.#",)),
}
TakeOver = Callable[..., Mapping[str, Any]]  # notify.take_over_feed, called as the gateway. Raises Refused, Refusal.


class OldFeed:
    """The old feed and what this process knows of it."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._finished = False

    def hand_over(self, take_over: TakeOver) -> None:
        """Hand over the old feed, as far as that is possible now. Call it again and again. Every replica may call it."""
        if self._finished:
            return
        try:
            self._hand_over(take_over)
        except (Refusal, Refused) as refusal:
            log.info("notify does not take the feed over now", reason=str(refusal))

    def _hand_over(self, take_over: TakeOver) -> None:
        known = take_over(entries=[])
        if not known["finished"]:
            drained = settings().embedded_broker or self._drain()
            with transaction(self._database) as session:
                _empty_inbox(session)
            end, pruned, complete = self._send(take_over, Place.parse(known["last"] or "0-0"))
            if not (drained and complete):
                return
            take_over(entries=[], pruned=pruned, end=str(end))
            log.info("the feed was handed over to notify")
        self._finished = True

    def _send(self, take_over: TakeOver, after: Place) -> tuple[Place, str | None, bool]:
        """Send what can be read. Returns the end, the pruned place, and whether nothing is after the end."""
        while True:
            with reading(self._database) as session:
                end = _horizon(session)
                entries = _read(session, after, end)
                pruned, complete = _pruned(session), not _any_after(session, end)
            if not entries:
                return end, pruned, complete
            take_over(entries=entries)
            after = Place.parse(entries[-1]["place"])

    def _drain(self) -> bool:
        """Store what waits in the old queues. True when they are deleted."""
        with broker.connected() as connection:
            drained = [self._drain_one(connection, queue, *bound) for queue, bound in QUEUES.items()]
        return all(drained)

    def _drain_one(self, connection: Connection, queue: str, source: str, types: Sequence[str]) -> bool:
        """The queue has one active consumer at a time. So a consumer that is alone with it and finds it empty knows that nobody
        holds messages of it, also nobody who was killed a moment ago."""
        channel = connection.channel()
        try:
            if channel.queue_declare(queue, passive=True).consumer_count:
                return False
            for type_ in types:  # so that nothing new arrives; notify's queues take it
                channel.queue_unbind(queue, broker.events_exchange(source).name, type_)
            waiting: list[Any] = []
            channel.basic_qos(0, BATCH, False)
            channel.basic_consume(queue, callback=waiting.append)
            while self._store_some(connection, channel, waiting):
                pass
            state = channel.queue_declare(queue, passive=True)
            alone = not state.message_count and state.consumer_count == 1
            if alone:
                channel.queue_delete(queue)
            return bool(alone)
        except NotFound:  # the broker has closed the channel
            return True
        finally:
            channel.close()  # gives back what was not acknowledged

    def _store_some(self, connection: Connection, channel: Any, waiting: list[Any]) -> bool:
        """Store the messages that come within a second, and acknowledge them. False if none comes."""
        with suppress(TimeoutError):
            while len(waiting) < BATCH:
                connection.drain_events(timeout=1.0)
        if not waiting:
            return False
        with transaction(self._database) as session:
            _append(session, [received for message in waiting if (received := _readable(message))])
        channel.basic_ack(waiting[-1].delivery_tag, multiple=True)
        waiting.clear()
        return True


def _readable(message: Any) -> Received | None:
    try:
        return read(message.headers, raw(message), None)
    except Unreadable as error:
        log.warning("a message of an old queue cannot be read", error=str(error))
        return None


def _empty_inbox(session: Session) -> None:
    """Store what the old subscriptions could not handle at once."""
    rows = session.execute(_UNSETTLED).all()
    messages = []
    for row in rows:
        with suppress(Unreadable):
            messages.append(read(row.headers or {}, bytes(row.payload), None))
    if messages:
        _append(session, messages)
        session.execute(_SETTLE, {"event_ids": [str(message.event_id) for message in messages]})


_OLD_CONSUMERS = "consumer IN ('gateway.feed_booking', 'gateway.feed_cases', 'gateway.feed_events', 'gateway.feed_notify')"
_UNSETTLED = text(
    f"SELECT headers, payload FROM inbox WHERE {_OLD_CONSUMERS} AND state IN ('retrying', 'held', 'parked') "  # noqa: S608
    "AND payload IS NOT NULL ORDER BY sequence FOR UPDATE"
)
_SETTLE = text(
    "UPDATE inbox SET state = 'handled', payload = NULL, headers = NULL, next_attempt_at = NULL "  # noqa: S608
    f"WHERE {_OLD_CONSUMERS} AND event_id = ANY(CAST(:event_ids AS uuid[]))"
)


def _append(session: Session, messages: Sequence[Received]) -> None:
    rows = [
        {
            "community_id": one.community_id,
            "event_id": str(one.event_id),
            "source": one.source,
            "type": one.type,
            "subject": one.subject,
            "version": one.version,
            "occurred_at": one.occurred_at.isoformat(),
            "data": one.data,
        }
        for one in messages
    ]
    session.execute(_APPEND, {"rows": orjson.dumps(rows).decode()})


_APPEND = text(
    """
    INSERT INTO feed (community_id, event_id, source, type, subject, version, occurred_at, received_at, data)
    SELECT community_id, event_id, source, type, subject, version, occurred_at, now(), data
    FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (community_id text, event_id uuid, source text, type text,
        subject text, version bigint, occurred_at timestamptz, data jsonb)) WITH ORDINALITY
    ORDER BY ordinality
    ON CONFLICT (event_id) DO NOTHING
    """
)


def _horizon(session: Session) -> Place:
    """After all places that readers can have been given."""
    return Place(0, int(session.scalar(text("SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text)")) or 0) - 1, MAX)


def _read(session: Session, after: Place, end: Place) -> list[dict[str, Any]]:
    bounds = {"xid": str(after.xid), "seq": after.seq, "end": str(end.xid), "batch": BATCH}
    return [
        {
            "place": f"{row.xid}-{row.seq}",
            "community_id": row.community_id,
            "event_id": str(row.event_id),
            "source": row.source,
            "type": row.type,
            "subject": row.subject,
            "version": row.version,
            "occurred_at": row.occurred_at.isoformat(),
            "received_at": row.received_at.isoformat(),
            "data": row.data,
        }
        for row in session.execute(_READ, bounds)
    ]


_READ = text(
    """
    SELECT CAST(xid AS text) AS xid, seq, community_id, event_id, source, type, subject, version, occurred_at, received_at, data
    FROM feed WHERE (feed.xid, seq) > (CAST(:xid AS xid8), :seq) AND feed.xid <= CAST(:end AS xid8)
    ORDER BY feed.xid, seq LIMIT :batch
    """
)


def _any_after(session: Session, end: Place) -> bool:
    after = text("SELECT EXISTS (SELECT FROM feed WHERE xid > CAST(:end AS xid8))")
    return bool(session.scalar(after, {"end": str(end.xid)}))


def _pruned(session: Session) -> str | None:
    row = session.execute(text("SELECT CAST(xid AS text) AS xid, seq FROM feed_pruned")).one_or_none()
    return None if row is None else f"{row.xid}-{row.seq}"
