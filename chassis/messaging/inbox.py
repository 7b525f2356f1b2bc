"""Receipts and retries of one service. The broker transports messages, PostgreSQL stores what became of them.

One transaction inserts the receipt (consumer, event_id) and runs the handler. The message is acknowledged after it. So an
effect happens once, however often a message arrives. If the handler fails, its transaction is rolled back, and a `retrying`
row with the payload is stored. The message is acknowledged then too: from now on PostgreSQL decides when it is tried again.
After the last attempt it is `parked` (chassis.messaging.parking). No message circulates in the broker.

An ordered consumer handles the messages of one subject one after the other. While one of them is unsettled (retrying or
parked), later ones are `held`.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Engine, Row, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database import tables
from chassis.database.engine import DATABASE_AWAY, reading, transaction
from chassis.database.storable import storable
from chassis.observability import metrics, telemetry
from chassis.rpc.call import Outdated

log = telemetry.get_logger(__name__)

# Seconds between attempts, before jitter of ±20 %; after the last the message is parked.
DEFAULT_SCHEDULE = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0)
State = Literal["handled", "duplicate", "retrying", "held", "parked"]
_inbox = tables.inbox.c
# Notified when a message is to be tried again, so that an idle retry loop need not look every second.
CHANNEL = "inbox"
NOTIFY = select(func.pg_notify(CHANNEL, ""))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it arrived, with all that is needed to run the handler now or later. `payload` is the raw body."""

    consumer: str
    event_id: UUID
    subject: str | None
    headers: dict[str, Any]
    payload: bytes
    ordered: bool = False
    schedule: Sequence[float] = DEFAULT_SCHEDULE


Handler = Callable[[Session], None]


def receive(engine: Engine, delivery: Delivery, handler: Handler) -> State:
    """Handle a message that the broker delivered. Raises what DATABASE_AWAY lists if PostgreSQL cannot be reached:
    then nothing is recorded and the message must not be acknowledged."""
    try:
        state = _receive(engine, delivery, handler)
    except Exception as error:
        if _is_away(error):
            raise
        state = _receive_failed(engine, delivery, error)
    metrics.messages.labels(delivery.consumer, state).inc()
    return state


def _receive(engine: Engine, delivery: Delivery, handler: Handler) -> State:
    """Receipt and effect are in one transaction. If the handler raises, all of it is rolled back. A savepoint would cost two
    round trips for each message."""
    with transaction(engine) as session:
        state = _first_receipt(session, delivery)
        if state == "handled":
            handler(session)
    return state


class _NotPlain(Exception):
    """Ends the transaction of a batch."""


def receive_all(engine: Engine, deliveries: Sequence[Delivery], handler: Handler) -> bool:
    """Handle several messages of one ordered consumer in one transaction. Returns False, without any effect, if one of them
    was delivered before, must wait for an unsettled one, or fails; the caller then calls `receive` for each. Raises what
    `receive` raises."""
    try:
        with transaction(engine) as session:
            if not _are_first(session, deliveries):
                raise _NotPlain
            handler(session)
    except Exception as error:
        if _is_away(error) and not _is_conflict(error):
            raise
        return False
    metrics.messages.labels(deliveries[0].consumer, "handled").inc(len(deliveries))
    return True


def _are_first(session: Session, deliveries: Sequence[Delivery]) -> bool:
    """Insert all receipts. Returns False, and the transaction must be rolled back, unless each of them is new and may be
    handled now. Locks are taken in the order of their names, so that two transactions that need several cannot deadlock."""
    consumer = deliveries[0].consumer
    rows = {
        "consumer": consumer,
        "event_ids": [str(delivery.event_id) for delivery in deliveries],
        "subjects": [delivery.subject for delivery in deliveries],
        "names": sorted({_lock_name(consumer, delivery.subject) for delivery in deliveries}),
    }
    return bool(session.scalar(_ALL_RECEIPTS, rows))


_ALL_RECEIPTS = text(
    "SELECT receive_all_in_order("
    "CAST(:consumer AS text), CAST(:event_ids AS uuid[]), CAST(:subjects AS text[]), CAST(:names AS text[]))"
)


def _receive_failed(engine: Engine, delivery: Delivery, error: Exception) -> State:
    """Record the failure, unless another replica, which got the message again, has recorded its outcome meanwhile."""
    with transaction(engine) as session:
        state = _first_receipt(session, delivery)
        if state == "handled":
            state = _record_failure(session, delivery, 1, error)
    return state


def _first_receipt(session: Session, delivery: Delivery) -> State:
    """Insert the receipt. Returns `handled` if the handler may run, `held` if an earlier message of the subject is unsettled,
    and `duplicate` if there was a receipt."""
    row = {"consumer": delivery.consumer, "event_id": delivery.event_id, "subject": delivery.subject}
    if not (delivery.ordered and delivery.subject):
        return session.scalar(_RECEIPT, row) or "duplicate"
    state: State = session.scalar(_RECEIPT_IN_ORDER, row) or "duplicate"
    if state == "held":
        kept = {"next_attempt_at": func.now(), "headers": storable(delivery.headers), "payload": delivery.payload}
        _update(session, delivery, kept)
    return state


_KEY = {
    "consumer": bindparam("consumer", type_=_inbox.consumer.type),
    "event_id": bindparam("event_id", type_=_inbox.event_id.type),
    "subject": bindparam("subject", type_=_inbox.subject.type),
}
# Built once: it takes longer to build a statement than to run it.
_RECEIPT = insert(tables.inbox).values({**_KEY, "state": "handled"}).on_conflict_do_nothing().returning(_inbox.state)
# Takes the lock of the subject, inserts the receipt and says what it came to, in one round trip (migration chassis_0004).
_RECEIPT_IN_ORDER = select(func.receive_in_order(*_KEY.values()))
_LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text), 0)))


def _lock_subject(session: Session, consumer: str, subject: str | None) -> None:
    session.execute(_LOCK, {"name": _lock_name(consumer, subject)})


def _lock_name(consumer: str, subject: str | None) -> str:
    return f"{consumer}\n{subject}"


def _attempt(session: Session, delivery: Delivery, handler: Handler, *, attempts: int) -> State:
    """Run the handler again, in a savepoint: the row stays locked while a failure is recorded."""
    try:
        with session.begin_nested():
            handler(session)
            session.flush()
    except Exception as error:
        if _is_away(error):
            raise
        return _record_failure(session, delivery, attempts, error)
    _update(session, delivery, {"state": "handled", "payload": None, "headers": None, "next_attempt_at": None})
    return "handled"


def _is_away(error: Exception) -> bool:
    """True if the database failed, and not the message. A statement that timed out (57014) and a value that is too large for
    PostgreSQL (class 54) are failures of the message: they would happen again. If they counted as failures of the database,
    the message would be tried for ever, before all others."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return isinstance(error, DATABASE_AWAY) and state != "57014" and not state.startswith("54")


def _is_conflict(error: Exception) -> bool:
    """Another transaction has the locks (deadlock, lock_timeout). A batch holds the locks of all its messages, so each
    message alone may succeed."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state.startswith("40") or state == "55P03"


def _record_failure(session: Session, delivery: Delivery, attempts: int, error: Exception) -> State:
    reason = storable(f"{type(error).__name__}: {error}"[:2000])
    again = attempts <= len(delivery.schedule)
    state: State = "retrying" if again else "parked"
    values: dict[str, Any] = {
        "state": state,
        "attempts": attempts,
        "reason": reason,
        "headers": storable(delivery.headers),
        "payload": delivery.payload,
        "next_attempt_at": None,
    }
    if again:
        delay = delivery.schedule[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
        values["next_attempt_at"] = func.now() + text(f"interval '{delay:.3f} seconds'")
    _update(session, delivery, values)
    session.execute(NOTIFY)
    # Somebody else changed what this was decided on. The next attempt decides anew, so it is no trouble yet.
    tell = log.info if again and isinstance(error, Outdated) else log.warning
    tell("message not handled", consumer=delivery.consumer, event_id=str(delivery.event_id), state=state, reason=reason)
    return state


def _update(session: Session, delivery: Delivery, values: dict[str, Any]) -> None:
    session.execute(
        tables.inbox.update().where(_inbox.consumer == delivery.consumer, _inbox.event_id == delivery.event_id).values(values)
    )


def due(engine: Engine, consumers: Sequence[str], limit: int = 50) -> list[tuple[str, UUID]]:
    """Messages to try again now, the oldest first. A held message is due when no earlier one of its subject is unsettled."""
    query = text(
        """
        SELECT consumer, event_id FROM inbox i
        WHERE state IN ('retrying', 'held') AND next_attempt_at <= now() AND consumer = ANY(:consumers)
          AND (state = 'retrying' OR NOT EXISTS (
            SELECT 1 FROM inbox e WHERE e.consumer = i.consumer AND e.subject = i.subject
              AND e.state IN ('retrying', 'held', 'parked') AND e.sequence < i.sequence))
        ORDER BY sequence LIMIT :limit
        """
    )
    with engine.connect() as connection:
        return [
            (row.consumer, row.event_id) for row in connection.execute(query, {"consumers": list(consumers), "limit": limit})
        ]


def has_unsettled(engine: Engine) -> bool:
    """True if a message waits to be tried again, or waits for an earlier one of its subject."""
    with reading(engine) as session:
        return bool(session.scalar(_HAS_UNSETTLED))


_HAS_UNSETTLED = text("SELECT EXISTS (SELECT FROM inbox WHERE state IN ('retrying', 'held'))")


def retry(
    engine: Engine, consumer: str, event_id: UUID, prepare: Callable[[Row[Any]], tuple[Delivery, Handler]]
) -> State | None:
    """Try one due message again. Returns None if another process works on it, or if it is settled. `prepare` makes the
    delivery and the handler from the stored row. If it raises, the message cannot be read and is parked."""
    with transaction(engine) as session:
        state = _retry(session, consumer, event_id, prepare)
    if state is not None:
        metrics.messages.labels(consumer, state).inc()
    return state


def _retry(
    session: Session, consumer: str, event_id: UUID, prepare: Callable[[Row[Any]], tuple[Delivery, Handler]]
) -> State | None:
    row = session.execute(
        select(tables.inbox)
        .where(_inbox.consumer == consumer, _inbox.event_id == event_id, _inbox.state.in_(("retrying", "held")))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    try:
        delivery, handler = prepare(row)
    except Exception as error:
        unreadable = Delivery(consumer, event_id, row.subject, row.headers or {}, row.payload or b"", schedule=())
        return _record_failure(session, unreadable, row.attempts + 1, error)
    if delivery.ordered:
        _lock_subject(session, consumer, row.subject)
    return _attempt(session, delivery, handler, attempts=max(row.attempts, 1) + 1)
