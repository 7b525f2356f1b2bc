"""The district feed: messages of all services in one order that can be read again from any place.

The place is (xid, seq), told as `xid-seq`. A reader goes only up to the oldest transaction still running: a row of a
slow transaction would otherwise appear behind a place that readers have passed already.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, cast, delete, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.tables import Xid8
from chassis.messaging.subscribe import Received
from gateway.refusals import CursorExpired, invalid
from gateway.streams.models import FeedEntry, FeedPruned

KEPT = timedelta(days=7)
CHANNEL = "gateway_feed"
_MAX_SEQ = 2**63 - 1
_PLACE = re.compile(r"(?P<xid>\d{1,19})-(?P<seq>\d{1,19})")
_TYPE = re.compile(r"[a-z_]+(\.[a-z0-9_]+)*(\.\*)?")
_HORIZON = func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=Xid8())


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the feed; everything behind it is still to be read."""

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises Invalid."""
        match = _PLACE.fullmatch(text)
        if match is None or int(match["seq"]) > _MAX_SEQ or int(match["xid"]) > _MAX_SEQ:
            raise invalid("Last-Event-ID", "bad_place", "an id that this stream has told")
        return cls(int(match["xid"]), int(match["seq"]))


def append(session: Session, messages: Sequence[Received], now: datetime) -> None:
    """Put messages at the end in their order, each once. One round trip, however many."""
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


# For the entries and for waking those who read; `seq` is drawn in the order of the array.
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


def horizon(session: Session) -> Place:
    """The place behind everything that can be read now."""
    xmin = session.scalar(select(_HORIZON))
    return Place(int(xmin or 0) - 1, _MAX_SEQ)


def check_kept(session: Session, place: Place) -> None:
    """Raises CursorExpired if messages behind `place` have been deleted already, or if there is no such place yet: it is
    from another database then, before a restore, and who waited behind it would never hear anything."""
    if place > horizon(session):
        raise CursorExpired()
    pruned = session.execute(select(FeedPruned.xid, FeedPruned.seq)).first()
    if pruned is not None and place < Place(int(pruned.xid), pruned.seq):
        raise CursorExpired()


def read(session: Session, place: Place, patterns: Sequence[str] | None, limit: int) -> list[tuple[Place, FeedEntry]]:
    """Up to `limit` messages behind `place`, in order; of the types that match any of `patterns`, or all for None."""
    statement = (
        select(FeedEntry)
        .where(tuple_(FeedEntry.xid, FeedEntry.seq) > tuple_(_xid(place.xid), place.seq), FeedEntry.xid < _HORIZON)
        .order_by(FeedEntry.xid, FeedEntry.seq)
        .limit(limit)
    )
    if patterns is not None:
        statement = statement.where(_matches(patterns))
    return [(Place(int(entry.xid), entry.seq), entry) for entry in session.scalars(statement)]


def parse_types(types: str | None) -> list[str] | None:
    """`booking.confirmed.v1,case.*` as patterns; None for all. Raises Invalid for anything else: a filter that is
    misspelt must not let everything through."""
    if types is None:
        return None
    patterns = [part.strip() for part in types.split(",")]
    if len(patterns) > 50 or not all(_TYPE.fullmatch(pattern) for pattern in patterns):
        raise invalid("types", "bad_types", "message types, comma-separated; `booking.*` for all that begin so")
    return patterns


def cloud_event(entry: FeedEntry) -> dict[str, Any]:
    """CloudEvents 1.0, JSON format, with the attributes that the message has on the bus."""
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


def prune(session: Session, now: datetime) -> int:
    """Delete what is older than KEPT and remember up to where. Returns how many."""
    gone = session.execute(
        delete(FeedEntry).where(FeedEntry.received_at < now - KEPT).returning(FeedEntry.xid, FeedEntry.seq)
    ).all()
    if gone:
        last = max((int(row.xid), row.seq) for row in gone)
        row = {"one": True, "xid": _xid(last[0]), "seq": last[1]}
        session.execute(
            insert(FeedPruned)
            .values(row)
            .on_conflict_do_update(index_elements=[FeedPruned.one], set_={"xid": row["xid"], "seq": row["seq"]})
        )
    return len(gone)


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
