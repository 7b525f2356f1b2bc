"""Announce a change in the transaction that makes it.

`outbox.add(session, message)` is the only way a service publishes: the message commits with the change or not at
all, and the relay (chassis.relay) carries it to the broker afterwards, as often as it takes.
"""

from typing import Any

from sqlalchemy import Engine, bindparam, func, select, text
from sqlalchemy.orm import Session

from chassis import tables, telemetry
from chassis.contracts import Message

PARTITIONS = 16
CHANNEL = "outbox"


def add(session: Session, *messages: Message) -> None:
    """Write `messages` to the session's transaction. Flushes the session first, so that the rows they tell of are
    checked by the database before. Raises ContractBroken for data that breaks its schema: nothing commits then."""
    if not messages:
        return
    for message in messages:
        message.contract.check(message.data)
    session.flush()
    with telemetry.traces.within(f"create {messages[0].type}", "producer"):
        if len(messages) == 1:
            session.execute(_SAY, _row(messages[0]))
        else:
            session.execute(tables.outbox.insert(), [_row(message) for message in messages])
            session.execute(_NOTIFY)


# An empty NOTIFY wakes the relays when the transaction commits; PostgreSQL sends it once, however often it is asked.
_NOTIFY = select(func.pg_notify(CHANNEL, ""))
_SAID = ("event_id", "type", "aggregate_id", "version", "community_id", "partition", "occurred_at", "headers", "data")
# Most transactions have one message to tell: one round trip for it and the NOTIFY.
_SAY = _NOTIFY.add_cte(tables.outbox.insert().values({name: bindparam(name) for name in _SAID}).cte("said"))


def partition_of(message: Message) -> int:
    """All messages of one aggregate are in one partition, which one relay at a time publishes in order."""
    return message.aggregate_id.int % PARTITIONS


def _row(message: Message) -> dict[str, Any]:
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
