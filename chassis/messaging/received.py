"""A message that the broker delivered, parsed; and what is logged and traced while it is handled."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError

from chassis.messaging import inbox
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)
Reader = type[Schema] | Mapping[str, type[Schema]] | None
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Received:
    """A parsed message. `subject` is the id of the aggregate, `version` its version. `occurred_at` is aware."""

    event_id: UUID
    type: str
    source: str
    subject: str
    version: int
    community_id: str
    occurred_at: datetime
    data: dict[str, Any]
    headers: dict[str, Any]


class Unreadable(Exception):
    """The message has another format than ours, or the handler's reader cannot load it."""


def read(headers: Mapping[str, Any], body: bytes, reader: Reader) -> Received:
    """Parse a message in CloudEvents binary mode. Raises Unreadable."""
    try:
        type_ = str(headers["ce-type"])
        schema = reader.get(type_) if isinstance(reader, Mapping) else reader
        data = orjson.loads(body)
        if not isinstance(data, dict):
            raise Unreadable("the body is not a JSON object")
        return Received(
            event_id=UUID(str(headers["ce-id"])),
            type=type_,
            source=str(headers["ce-source"]),
            subject=_name(headers["ce-subject"]),
            version=int(headers["ce-sequence"]),
            community_id=_name(headers["ce-communityid"]),
            occurred_at=_instant(str(headers["ce-time"])),
            data=schema(unknown=EXCLUDE).load(data) if schema else data,
            headers=dict(headers),
        )
    except KeyError as error:
        raise Unreadable(f"header {error} is missing") from error
    except ValidationError as error:
        raise Unreadable(f"data: {error.messages}") from error
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _name(value: object) -> str:
    """Return `value` as an id. Ids are stored, indexed and compared. Raises Unreadable if the id is too long, or has
    characters that cannot be printed."""
    name = str(value)
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise Unreadable(f"not an id: {name[:LONGEST_NAME]!r}")
    return name


def _instant(text: str) -> datetime:
    """Parse an ISO 8601 time. Raises ValueError if it has no offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"ce-time has no offset: {text}")
    return instant


def raw(message: Any) -> bytes:
    """Return the body of the broker's message as bytes."""
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)


def adopting(received: Received, consumer: str) -> AbstractContextManager[None]:
    """Give this greenlet the correlation id and trace of the message."""
    telemetry.adopt(received.headers)
    telemetry.bind(consumer=consumer)
    return nullcontext()


def working_on(received: Received, consumer: str) -> AbstractContextManager[None]:
    """Give this greenlet the correlation id and trace of the message, and open a span around the block."""
    adopting(received, consumer)
    attributes = {"messaging.message.id": str(received.event_id), "messaging.destination.name": received.type}
    return telemetry.traces.span(consumer, "consumer", **attributes)


def log_outcome(received: Received, consumer: str, state: inbox.State) -> None:
    if state in ("retrying", "parked"):  # the inbox has logged the reason
        telemetry.traces.describe(failed=True)
    if state in ("handled", "duplicate", "held"):
        log.info("message received", type=received.type, event_id=str(received.event_id), state=state)
    if state == "handled":
        lag = (datetime.now(UTC) - received.occurred_at).total_seconds()
        metrics.message_lag.labels(consumer).observe(max(0.0, lag))
