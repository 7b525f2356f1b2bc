"""The outbox: messages are inserted in the transaction that makes the change.

A service publishes only with `outbox.add(session, message)`. Message and change commit together, or neither commits. The
relay (chassis.messaging.relay) then publishes the message, and repeats that until the broker has confirmed it. A savepoint
that is rolled back takes its messages back.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, bindparam, event, func, select, text
from sqlalchemy.orm import Session, SessionTransaction

from chassis.database import tables
from chassis.messaging.contracts import Message
from chassis.observability import telemetry

Row = dict[str, Any]
PARTITIONS = 16
CHANNEL = "outbox"


def add(session: Session, *messages: Message) -> None:
    """Insert `messages` in the session's transaction. Flushes the session first, so that the database checks the changed
    rows before the messages about them. Raises ContractBroken if data does not match its schema; nothing is committed
    then."""
    if not messages:
        return
    for message in messages:
        message.contract.check(message.data)
    with telemetry.traces.within(f"create {messages[0].type}", "producer"):
        rows = [_row(message) for message in messages]
        collected = session.info.get(_COLLECTED)
        if collected is None:
            insert(session, rows)
        else:
            collected.extend(rows)


def collect(session: Session) -> list[Row]:
    """Return a list to which `add` appends the session's messages from now on. The caller must pass them to `insert` at
    the end of the transaction; it can combine that with an insert of its own. The rollback of a savepoint also takes back
    the messages that were added inside it. Call `collect` outside of savepoints."""
    collected: list[Row] = session.info.setdefault(_COLLECTED, [])
    return collected


def insert(session: Session, rows: Sequence[Row]) -> None:
    """Insert the rows in the list that `collect` returned into the outbox."""
    session.flush()
    if len(rows) == 1:
        session.execute(INSERT_AND_NOTIFY, rows[0])
    elif rows:
        session.execute(tables.outbox.insert(), rows)
        session.execute(_NOTIFY)


@event.listens_for(Session, "after_transaction_create")
def _begin_savepoint(session: Session, begun: SessionTransaction) -> None:
    if begun.nested and (collected := session.info.get(_COLLECTED)) is not None:
        session.info.setdefault(_SAVEPOINTS, {})[begun] = len(collected)


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, rolled_back: SessionTransaction) -> None:
    """Remove the messages that were collected since the savepoint began."""
    if (first := session.info.get(_SAVEPOINTS, {}).pop(rolled_back, None)) is not None:
        del session.info[_COLLECTED][first:]


_COLLECTED = "outbox"
_SAVEPOINTS = "outbox_savepoints"  # by savepoint, the number of messages that were collected when it began
# An empty NOTIFY wakes the relays when the transaction commits. PostgreSQL sends it only once for a transaction.
_NOTIFY = select(func.pg_notify(CHANNEL, ""))
_COLUMNS = ("event_id", "type", "aggregate_id", "version", "community_id", "partition", "occurred_at", "headers", "data")
# Most transactions have one message. This statement inserts it and sends the NOTIFY in one round trip.
INSERT_AND_NOTIFY = _NOTIFY.add_cte(tables.outbox.insert().values({name: bindparam(name) for name in _COLUMNS}).cte("inserted"))


def partition_of(message: Message) -> int:
    """Return the partition of the message. All messages of one aggregate are in one partition. One relay at a time
    publishes a partition, in order."""
    return message.aggregate_id.int % PARTITIONS


def _row(message: Message) -> Row:
    return {
        "event_id": message.event_id,
        "type": message.type,
        "aggregate_id": message.aggregate_id,
        "version": message.version,
        "community_id": message.community_id,
        "partition": partition_of(message),
        "occurred_at": message.occurred_at,
        "headers": telemetry.outgoing_headers(),
        "data": message.data,
    }


def backlog(engine: Engine) -> tuple[int, float]:
    """Return the number of messages that are not published yet, and the age of the oldest in seconds."""
    query = "SELECT count(*), coalesce(extract(epoch FROM now() - min(occurred_at)), 0) FROM outbox WHERE published_at IS NULL"
    with engine.connect() as connection:
        count, age = connection.execute(text(query)).one()
    return int(count), float(age)
