"""Announce a change in the transaction that makes it.

`outbox.add(session, message)` is the only way a service publishes: the message commits with the change or not at
all, and the relay (chassis.messaging.relay) carries it to the broker afterwards, as often as it takes.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, bindparam, func, select, text
from sqlalchemy.orm import Session

from chassis.database import tables
from chassis.messaging.contracts import Message
from chassis.observability import telemetry

Row = dict[str, Any]
PARTITIONS = 16
CHANNEL = "outbox"


def add(session: Session, *messages: Message) -> None:
    """Write `messages` to the session's transaction. Flushes the session first, so that the rows they tell of are
    checked by the database before. Raises ContractBroken for data that breaks its schema: nothing commits then."""
    if not messages:
        return
    for message in messages:
        message.contract.check(message.data)
    with telemetry.traces.within(f"create {messages[0].type}", "producer"):
        rows = [_row(message) for message in messages]
        held = session.info.get(_HELD)
        if held is None:
            write(session, rows)
        elif session.in_nested_transaction():
            raise RuntimeError("what a savepoint may undo cannot be told inside it")
        else:
            held.extend(rows)


def hold(session: Session) -> list[Row]:
    """From now on `add` puts the session's messages into the list returned, for whoever ends the transaction to write
    with what it has to write itself. Inside a savepoint `add` raises RuntimeError then."""
    held: list[Row] = session.info.setdefault(_HELD, [])
    return held


def write(session: Session, rows: Sequence[Row]) -> None:
    """Put what `hold` held into the outbox."""
    session.flush()
    if len(rows) == 1:
        session.execute(SAY, rows[0])
    elif rows:
        session.execute(tables.outbox.insert(), rows)
        session.execute(_NOTIFY)


_HELD = "outbox"
# An empty NOTIFY wakes the relays when the transaction commits; PostgreSQL sends it once, however often it is asked.
_NOTIFY = select(func.pg_notify(CHANNEL, ""))
_SAID = ("event_id", "type", "aggregate_id", "version", "community_id", "partition", "occurred_at", "headers", "data")
# Most transactions have one message to tell: one round trip for it and the NOTIFY.
SAY = _NOTIFY.add_cte(tables.outbox.insert().values({name: bindparam(name) for name in _SAID}).cte("said"))


def partition_of(message: Message) -> int:
    """All messages of one aggregate are in one partition, which one relay at a time publishes in order."""
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
    """Messages waiting to be published, and the age of the oldest in seconds."""
    query = "SELECT count(*), coalesce(extract(epoch FROM now() - min(occurred_at)), 0) FROM outbox WHERE published_at IS NULL"
    with engine.connect() as connection:
        count, age = connection.execute(text(query)).one()
    return int(count), float(age)
