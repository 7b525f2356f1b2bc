"""Messages that are set aside for operators (`linli dead-letters`): those that cannot be read, and those whose last attempt
failed. They are rows of the inbox in state `parked`."""

import threading
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Engine, Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import tables
from chassis.database.engine import transaction
from chassis.database.storable import storable
from chassis.messaging.inbox import NOTIFY
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)
_inbox = tables.inbox.c


def park(engine: Engine, consumer: str, message: Any, reason: str) -> None:
    """Store a message that cannot be read, with its raw body. It is stored once, however often it is delivered."""
    body = message.body
    raw = body.encode() if isinstance(body, str) else bytes(body)
    headers = dict(message.headers or {}) | {"parked-routing-key": str(message.delivery_info.get("routing_key", ""))}
    row = {
        "consumer": consumer,
        "event_id": _event_id_of(message, consumer, raw),
        "state": "parked",
        "reason": storable(reason[:2000]),
        "headers": storable(headers),
        "payload": raw,
    }
    with transaction(engine) as session:
        session.execute(insert(tables.inbox).values(row).on_conflict_do_nothing())
    metrics.messages.labels(consumer, "parked").inc()
    log.error("message parked", consumer=consumer, event_id=str(row["event_id"]), reason=reason)


def park_patiently(engine: Engine, consumer: str, message: Any, reason: str, *, stopping: threading.Event) -> bool:
    """Call `park` every second until PostgreSQL stores the message. Returns False if the process stops before."""
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
    """The message's own id. If it has none, an id that is made from its content."""
    try:
        return UUID(str(message.headers["ce-id"]))
    except (KeyError, TypeError, ValueError):
        return uuid5(NAMESPACE_OID, f"{consumer}\n{b64encode(raw).decode()}")


def parked(engine: Engine, limit: int = 100) -> list[Row[Any]]:
    """Parked messages, newest first."""
    query = select(tables.inbox).where(_inbox.state == "parked").order_by(_inbox.sequence.desc()).limit(limit)
    with engine.connect() as connection:
        return list(connection.execute(query))


def redrive(engine: Engine, event_id: UUID) -> int:
    """Have a parked message handled again, with all its attempts. Returns the number of receipts that were changed."""
    return _settle_parked(engine, event_id, {"state": "retrying", "attempts": 0, "next_attempt_at": datetime.now(UTC)})


def drop(engine: Engine, event_id: UUID) -> int:
    """Give up a parked message. The messages that waited behind it are handled. Returns the number of receipts that were
    changed."""
    return _settle_parked(engine, event_id, {"state": "dropped", "next_attempt_at": None})


def _settle_parked(engine: Engine, event_id: UUID, values: dict[str, Any]) -> int:
    statement = tables.inbox.update().where(_inbox.event_id == event_id, _inbox.state == "parked").values(values)
    with engine.begin() as connection:
        connection.execute(NOTIFY)
        return connection.execute(statement).rowcount
