"""The broker carries, PostgreSQL remembers: receipts, retries and parked messages of one service.

One transaction inserts the receipt (consumer, event_id) and runs the handler; only then is the message acknowledged.
So an effect happens once however often a message arrives. A handler that fails is rolled back, and leaves a `retrying`
row with the payload; the message is acknowledged all the same: from there on PostgreSQL decides when it is tried again,
and after the last attempt it is `parked`. Nothing loops in the broker.

A consumer that asks for order handles the messages of one subject one after the other; while one of them is
unsettled (retrying or parked), later ones are `held`.
"""

import random
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Engine, Row, Text, bindparam, case, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from chassis.database import tables
from chassis.database.engine import DATABASE_AWAY, reading, transaction
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)

# Seconds between attempts, before jitter of ±20 %; after the last the message is parked.
DEFAULT_SCHEDULE = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0)
State = Literal["handled", "duplicate", "retrying", "held", "parked"]
_inbox = tables.inbox.c
# Notified when a message is to be tried again, so that an idle retry loop need not look every second.
CHANNEL = "inbox"
_NOTIFY = select(func.pg_notify(CHANNEL, ""))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it arrived: enough to run the handler now or later. `payload` are the body's raw bytes."""

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
    """Receipt and effect in one transaction, which a handler that raises rolls back whole: a savepoint would cost every
    message that is handled two round trips."""
    with transaction(engine) as session:
        state = _first_receipt(session, delivery)
        if state == "handled":
            handler(session)
    return state


class _NotPlain(Exception):
    """Ends the transaction of a batch."""


def receive_all(engine: Engine, deliveries: Sequence[Delivery], handler: Handler) -> bool:
    """Handle many messages of one consumer that asks for order, in one transaction. False, and nothing was done, where one
    of them came before, waits behind an unsettled one, or cannot be handled: then each is for `receive`. Raises as that."""
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
    """Insert all receipts. False unless every one of them is new and may be handled now: the transaction is spoilt then."""
    consumer = deliveries[0].consumer
    names = sorted({_lock_name(consumer, delivery.subject) for delivery in deliveries})
    session.execute(_LOCK_ALL, {"names": names})
    rows = {
        "consumer": consumer,
        "event_ids": [str(delivery.event_id) for delivery in deliveries],
        "subjects": [delivery.subject for delivery in deliveries],
    }
    return session.scalars(_ALL_RECEIPTS, rows).all() == ["handled"] * len(deliveries)


# In the order of the names, so that two who ask for several never wait for each other.
_LOCK_ALL = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) name")
_ALL_RECEIPTS = text(
    """
    INSERT INTO inbox (consumer, event_id, subject, state)
    SELECT :consumer, event_id, subject, CASE WHEN EXISTS (
            SELECT FROM inbox i WHERE i.consumer = :consumer AND i.subject = one.subject
                AND i.state IN ('retrying', 'held', 'parked')) THEN 'held' ELSE 'handled' END
    FROM unnest(CAST(:event_ids AS uuid[]), CAST(:subjects AS text[])) AS one (event_id, subject)
    ON CONFLICT DO NOTHING RETURNING state
    """
)


def _receive_failed(engine: Engine, delivery: Delivery, error: Exception) -> State:
    """Record what went wrong; unless, meanwhile, somebody who got the message again has recorded how it went there."""
    with transaction(engine) as session:
        state = _first_receipt(session, delivery)
        if state == "handled":
            state = _record_failure(session, delivery, 1, error)
    return state


def _first_receipt(session: Session, delivery: Delivery) -> State:
    """Insert the receipt; `held` behind an unsettled message of the subject, `duplicate` if it was there already."""
    row = {"consumer": delivery.consumer, "event_id": delivery.event_id, "subject": delivery.subject}
    if not (delivery.ordered and delivery.subject):
        return session.scalar(_RECEIPT, row) or "duplicate"
    # A statement of its own: the next one must see what whoever held the lock has committed.
    _lock_subject(session, delivery.consumer, delivery.subject)
    state: State = session.scalar(_RECEIPT_IN_ORDER, row) or "duplicate"
    if state == "held":
        kept = {"next_attempt_at": func.now(), "headers": _storable(delivery.headers), "payload": delivery.payload}
        _update(session, delivery, kept)
    return state


_KEY = {
    "consumer": bindparam("consumer", type_=_inbox.consumer.type),
    "event_id": bindparam("event_id", type_=_inbox.event_id.type),
    "subject": bindparam("subject", type_=_inbox.subject.type),
}
_UNSETTLED = (
    select(_inbox.event_id)
    .where(
        _inbox.consumer == _KEY["consumer"],
        _inbox.subject == _KEY["subject"],
        _inbox.state.in_([literal(state, literal_execute=True) for state in ("retrying", "held", "parked")]),
        _inbox.event_id != _KEY["event_id"],
    )
    .exists()
)
# Built once: it takes longer to build a statement than to run it.
_RECEIPT = insert(tables.inbox).values({**_KEY, "state": "handled"}).on_conflict_do_nothing().returning(_inbox.state)
_RECEIPT_IN_ORDER = (
    insert(tables.inbox)
    .from_select([*_KEY, "state"], select(*_KEY.values(), case((_UNSETTLED, "held"), else_="handled")))
    .on_conflict_do_nothing()
    .returning(_inbox.state)
)
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
    """The failure is the database's, not the message's. What statement_timeout ended (57014), or what is too large for
    PostgreSQL (class 54), is the message's: the database is there, and it will say the same the next time; taken for an
    absence it would be tried for ever, in front of all others."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return isinstance(error, DATABASE_AWAY) and state != "57014" and not state.startswith("54")


def _is_conflict(error: Exception) -> bool:
    """Another transaction has the locks (deadlock, lock_timeout). A batch holds the locks of all its messages, so each message
    alone may succeed."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state.startswith("40") or state == "55P03"


def _record_failure(session: Session, delivery: Delivery, attempts: int, error: Exception) -> State:
    reason = _storable(f"{type(error).__name__}: {error}"[:2000])
    again = attempts <= len(delivery.schedule)
    state: State = "retrying" if again else "parked"
    values: dict[str, Any] = {
        "state": state,
        "attempts": attempts,
        "reason": reason,
        "headers": _storable(delivery.headers),
        "payload": delivery.payload,
        "next_attempt_at": None,
    }
    if again:
        delay = delivery.schedule[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
        values["next_attempt_at"] = func.now() + text(f"interval '{delay:.3f} seconds'")
    _update(session, delivery, values)
    session.execute(_NOTIFY)
    log.warning("message not handled", consumer=delivery.consumer, event_id=str(delivery.event_id), state=state, reason=reason)
    return state


def _update(session: Session, delivery: Delivery, values: dict[str, Any]) -> None:
    session.execute(
        tables.inbox.update().where(_inbox.consumer == delivery.consumer, _inbox.event_id == delivery.event_id).values(values)
    )


def due(engine: Engine, consumers: Sequence[str], limit: int = 50) -> list[tuple[str, UUID]]:
    """Messages to try again now, oldest first; a held one only when nothing before it is unsettled."""
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
    """Try one due message again. None if another process has it or it is settled. `prepare` makes the delivery and
    handler of the stored row; if it raises, the message cannot be read (any more) and is parked."""
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


def park(engine: Engine, consumer: str, message: Any, reason: str) -> None:
    """Keep a message that cannot be read, raw, once however often it is delivered."""
    body = message.body
    raw = body.encode() if isinstance(body, str) else bytes(body)
    headers = dict(message.headers or {}) | {"parked-routing-key": str(message.delivery_info.get("routing_key", ""))}
    row = {
        "consumer": consumer,
        "event_id": _event_id_of(message, consumer, raw),
        "state": "parked",
        "reason": _storable(reason[:2000]),
        "headers": _storable(headers),
        "payload": raw,
    }
    with transaction(engine) as session:
        session.execute(insert(tables.inbox).values(row).on_conflict_do_nothing())
    metrics.messages.labels(consumer, "parked").inc()
    log.error("message parked", consumer=consumer, event_id=str(row["event_id"]), reason=reason)


def park_patiently(engine: Engine, consumer: str, message: Any, reason: str, *, stopping: threading.Event) -> bool:
    """`park`, tried every second until PostgreSQL takes it; False if the process stops before."""
    while True:
        try:
            park(engine, consumer, message, reason)
        except SQLAlchemyError as error:
            log.warning("cannot park now", consumer=consumer, error=str(error).splitlines()[0])
        else:
            return True
        if stopping.wait(1.0):
            return False


def _event_id_of(message: Any, consumer: str, raw: bytes) -> UUID:
    """The message's own id where it has one and it is a new one; else one made of its content."""
    try:
        return UUID(str(message.headers["ce-id"]))
    except (KeyError, TypeError, ValueError):
        return uuid5(NAMESPACE_OID, f"{consumer}\n{b64encode(raw).decode()}")


def _storable(value: Any) -> Any:
    """As PostgreSQL can keep it: JSON only, and text without what it has no room for (NUL, halves of surrogate pairs)."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(one) for key, one in value.items()}
    if isinstance(value, bool | int | float) or value is None:
        return value
    return _storable(str(value))


def parked(engine: Engine, limit: int = 100) -> list[Row[Any]]:
    """Parked messages, newest first."""
    query = select(tables.inbox).where(_inbox.state == "parked").order_by(_inbox.sequence.desc()).limit(limit)
    with engine.connect() as connection:
        return list(connection.execute(query))


def redrive(engine: Engine, event_id: UUID) -> int:
    """Give a parked message all its attempts again, at once. Returns how many receipts that concerned."""
    return _settle_parked(engine, event_id, {"state": "retrying", "attempts": 0, "next_attempt_at": datetime.now(UTC)})


def drop(engine: Engine, event_id: UUID) -> int:
    """Give a parked message up; what is held behind it goes on."""
    return _settle_parked(engine, event_id, {"state": "dropped", "next_attempt_at": None})


def _settle_parked(engine: Engine, event_id: UUID, values: dict[str, Any]) -> int:
    statement = tables.inbox.update().where(_inbox.event_id == event_id, _inbox.state == "parked").values(values)
    with engine.begin() as connection:
        connection.execute(_NOTIFY)
        return connection.execute(statement).rowcount
