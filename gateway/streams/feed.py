"""The district feed: messages of all services in one order. It can be read again from any position.

A position is (xid, seq), written `xid-seq`. Readers read only up to the oldest running transaction. Otherwise a row of a slow
transaction would appear at a position that they have already passed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, cast, func, literal, or_, select, text, tuple_
from sqlalchemy.orm import Session

from chassis.database.tables import Xid8
from chassis.messaging.received import Received
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.refusals import CursorExpired
from gateway.streams.models import FeedEntry, FeedPruned

BAD_POSITION = Rule("bad_place", "This is not an id that this stream has sent.", "这不是本消息流给出的编号。")
BAD_TYPES = Rule(
    "bad_types",
    "Message types, separated by commas; `booking.*` means all that begin with `booking.`.",
    "应为逗号分隔的消息类型；booking.* 表示以 booking. 开头的全部类型。",
)
CHANNEL = "gateway_feed"
_MAX_SEQ = 2**63 - 1
_POSITION = re.compile(r"(?P<xid>\d{1,19})-(?P<seq>\d{1,19})")
_TYPE = re.compile(r"[a-z_]+(\.[a-z0-9_]+)*(\.\*)?")
_HORIZON = func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=Xid8())


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in the feed. A reader at this position reads what comes after it."""

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Raises Invalid."""
        match = _POSITION.fullmatch(text)
        if match is None or int(match["seq"]) > _MAX_SEQ or int(match["xid"]) > _MAX_SEQ:
            raise InvalidField(BAD_POSITION, "Last-Event-ID")
        return cls(int(match["xid"]), int(match["seq"]))


def append(session: Session, messages: Sequence[Received], now: datetime) -> None:
    """Append messages in their order, each once. One round trip for any number of messages."""
    rows = [
        {
            "community_id": message.community_id,
            "event_id": str(message.event_id),
            "source": message.source,
            "type": message.type,
            "subject": message.subject,
            "version": message.version,
            "occurred_at": message.occurred_at.isoformat(),
            "received_at": now.isoformat(),
            "data": message.data,
        }
        for message in messages
    ]
    session.execute(_APPEND, {"rows": orjson.dumps(rows).decode()})


# Inserts the entries and wakes the readers. `seq` is assigned in the order of the array.
_APPEND = text(
    f"""
    WITH appended AS (
        INSERT INTO feed (community_id, event_id, source, type, subject, version, occurred_at, received_at, data)
        SELECT community_id, event_id, source, type, subject, version, occurred_at, received_at, data
        FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (community_id text, event_id uuid, source text, type text,
            subject text, version bigint, occurred_at timestamptz, received_at timestamptz, data jsonb)) WITH ORDINALITY
        ORDER BY ordinality
        ON CONFLICT (event_id) DO NOTHING)
    SELECT pg_notify('{CHANNEL}', '')
    """  # noqa: S608  a constant
)


def horizon(session: Session) -> Position:
    """The position after all messages that can be read now."""
    xmin = session.scalar(select(_HORIZON))
    return Position(int(xmin or 0) - 1, _MAX_SEQ)


def check_kept(session: Session, position: Position) -> None:
    """Raises CursorExpired if messages after `position` were deleted, or if the position does not exist yet. Such a position
    comes from another database, or from before a restore, and its reader would wait for ever."""
    if position > horizon(session):
        raise CursorExpired()
    pruned = session.execute(select(FeedPruned.xid, FeedPruned.seq)).first()
    if pruned is not None and position < Position(int(pruned.xid), pruned.seq):
        raise CursorExpired()


def read(session: Session, position: Position, patterns: Sequence[str] | None, limit: int) -> list[tuple[Position, FeedEntry]]:
    """Up to `limit` messages after `position`, in order, whose types match any of `patterns`. None means all types."""
    statement = (
        select(FeedEntry)
        .where(tuple_(FeedEntry.xid, FeedEntry.seq) > tuple_(_xid(position.xid), position.seq), FeedEntry.xid < _HORIZON)
        .order_by(FeedEntry.xid, FeedEntry.seq)
        .limit(limit)
    )
    if patterns is not None:
        statement = statement.where(_matches(patterns))
    return [(Position(int(entry.xid), entry.seq), entry) for entry in session.scalars(statement)]


def parse_types(types: str | None) -> list[str] | None:
    """`booking.confirmed.v1,case.*` as a list of patterns. None means all types. Raises InvalidField for anything else, because
    a misspelt filter must not select everything."""
    if types is None:
        return None
    patterns = [part.strip() for part in types.split(",")]
    if len(patterns) > 50 or not all(_TYPE.fullmatch(pattern) for pattern in patterns):
        raise InvalidField(BAD_TYPES, "types")
    return patterns


def cloud_event(entry: FeedEntry) -> dict[str, Any]:
    """The message as a CloudEvent 1.0 in JSON format, with the same attributes as on the broker."""
    return {
        "specversion": "1.0",
        "id": str(entry.event_id),
        "source": entry.source,
        "type": entry.type,
        "subject": entry.subject,
        "time": entry.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:linli:{entry.type}",
        "partitionkey": entry.subject,
        "sequence": f"{entry.version:010d}",
        "communityid": entry.community_id,
        "data": entry.data,
    }


def prune(session: Session, before: datetime, batch: int) -> int:
    """Delete up to `batch` messages, the oldest first, that were received before `before` (aware), and store the last deleted
    position. Returns the number of deleted messages. Replicas may prune at the same time; each takes other messages."""
    return int(session.execute(_PRUNE, {"before": before, "batch": batch}).scalar_one())


_PRUNE = text(
    """
    WITH oldest AS (
        SELECT seq FROM feed WHERE received_at < :before ORDER BY received_at LIMIT :batch FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM feed WHERE seq = ANY(ARRAY(SELECT seq FROM oldest)) RETURNING xid, seq),
    stored AS (
        INSERT INTO feed_pruned (one, xid, seq) (SELECT true, xid, seq FROM gone ORDER BY xid DESC, seq DESC LIMIT 1)
        ON CONFLICT (one) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
        WHERE (feed_pruned.xid, feed_pruned.seq) < (excluded.xid, excluded.seq))
    SELECT count(*) FROM gone
    """
)


def _matches(patterns: Sequence[str]) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    for pattern in patterns:
        if pattern.endswith(".*"):
            ways.append(FeedEntry.type.startswith(pattern[:-1], autoescape=True))
        else:
            ways.append(FeedEntry.type == pattern)
    return or_(*ways)


def _xid(value: int) -> ColumnElement[Any]:
    return cast(literal(str(value)), Xid8())
