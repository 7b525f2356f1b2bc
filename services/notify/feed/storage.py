"""Appending to the feed, and reading it from a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import ColumnElement, cast, literal, select, text, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import Tuple

from chassis.database.tables import Xid8
from chassis.messaging.received import Received
from chassis.rpc.communities import DISTRICT, Communities
from services.notify.feed.models import FeedEntry
from services.notify.interface.feed import BEGINNING, MAX, Place

CHANNEL = "notify_feed"
FIRST_EPOCH = 1  # of this database; epoch 0 is the feed that the gateway kept


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


_EPOCH = f"(SELECT max(number) + {FIRST_EPOCH} FROM epoch)"  # noqa: S608  constants; the running one
# Inserts the entries and wakes the readers. `seq` is assigned in the order of the array.
_APPEND = text(
    f"""
    WITH appended AS (
        INSERT INTO feed (epoch, community_id, event_id, source, type, subject, version, occurred_at, received_at, data)
        SELECT {_EPOCH}, community_id, event_id, source, type, subject, version, occurred_at, received_at, data
        FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (community_id text, event_id uuid, source text, type text,
            subject text, version bigint, occurred_at timestamptz, received_at timestamptz, data jsonb)) WITH ORDINALITY
        ORDER BY ordinality
        ON CONFLICT (event_id) DO NOTHING)
    SELECT pg_notify('{CHANNEL}', '')
    """  # noqa: S608  constants
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Which places the feed has. `horizon` is after all messages that can be read now. `pruned` is the place up to which
    messages were deleted. `old_end` is the end of epoch 0; None until the gateway's feed has been taken over."""

    horizon: Place
    pruned: Place | None
    old_end: Place | None


def extent(session: Session) -> Extent:
    row = session.execute(_EXTENT).one()
    return Extent(
        horizon=Place(row.epoch, int(row.xmin) - 1, MAX),
        pruned=None if row.pruned_xid is None else Place(row.pruned_epoch, int(row.pruned_xid), row.pruned_seq),
        old_end=None if row.old_xid is None else Place(0, int(row.old_xid), row.old_seq),
    )


_EXTENT = text(
    f"""
    SELECT {_EPOCH} AS epoch, CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS xmin,
        p.epoch AS pruned_epoch, CAST(p.xid AS text) AS pruned_xid, p.seq AS pruned_seq,
        CAST(t.xid AS text) AS old_xid, t.seq AS old_seq
    FROM (SELECT) AS one LEFT JOIN feed_pruned p ON true LEFT JOIN feed_taken_over t ON true
    """  # noqa: S608  constants
)


def reaches(session: Session, place: Place) -> bool:
    """True if the feed has a message at or after `place` in the same epoch."""
    position = tuple_(FeedEntry.xid, FeedEntry.seq) >= _bound(place)
    return session.scalar(select(literal(1)).where(FeedEntry.epoch == place.epoch, position).limit(1)) is not None


def read(
    session: Session,
    after: Place,
    until: Place,
    patterns: Sequence[str] | None,
    limit: int,
    communities: Communities = DISTRICT,
) -> list[FeedEntry]:
    """Up to `limit` messages of `communities` after `after`, not after `until` (see Extent.horizon), in order, whose types
    match any of `patterns`. None means all types."""
    found: list[FeedEntry] = []
    for epoch in range(after.epoch, until.epoch + 1):
        start = after if epoch == after.epoch else Place(epoch, 0, 0)
        stop = until if epoch == until.epoch else Place(epoch, MAX, MAX)
        found.extend(_of_epoch(session, start, stop, patterns, communities, limit - len(found)))
        if len(found) == limit:
            break
    return found


def _of_epoch(
    session: Session, after: Place, until: Place, patterns: Sequence[str] | None, communities: Communities, limit: int
) -> Sequence[FeedEntry]:
    bounds = {"epoch": after.epoch, "xid": str(after.xid), "seq": after.seq, "to_xid": str(until.xid), "to_seq": until.seq}
    like = None if patterns is None else [_like(pattern) for pattern in patterns]
    of = {"like": like, "communities": communities.to_claim(), "most": limit}
    return session.scalars(_AFTER, bounds | of).all()


# The function is in the migration 0007. Migration 0004 says why it is one.
_AFTER = select(FeedEntry).from_statement(
    text(
        "SELECT * FROM feed_after("
        ":epoch, CAST(:xid AS xid8), :seq, CAST(:to_xid AS xid8), :to_seq, CAST(:like AS text[]), "
        "CAST(:communities AS text[]), :most)"
    )
)


def _like(pattern: str) -> str:
    """The pattern `case.*` for LIKE."""
    escaped = pattern.removesuffix("*").replace("_", r"\_")
    return f"{escaped}%" if pattern.endswith("*") else escaped


def end(session: Session) -> Place:
    """The place of the last message that can be read now. BEGINNING if there is none."""
    row = session.execute(_END).one_or_none()
    return BEGINNING if row is None else Place(row.epoch, int(row.xid), row.seq)


_END = text(
    f"""
    SELECT epoch, CAST(xid AS text) AS xid, seq FROM feed
    WHERE (epoch, xid) < ({_EPOCH}, pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY epoch DESC, feed.xid DESC, seq DESC LIMIT 1
    """  # noqa: S608  constants
)


def newest(session: Session, after: Place, limit: int) -> list[FeedEntry]:
    """Up to `limit` messages of the running epoch that are after `after` and can be read now, in order. One round trip."""
    bounds = {"epoch": after.epoch, "xid": str(after.xid), "seq": after.seq, "most": limit}
    return list(session.scalars(_NEWEST, bounds))


# No message can come before the last one of the answer any more: transactions before the oldest running one have ended.
_NEWEST = select(FeedEntry).from_statement(
    text(
        f"""
        SELECT feed.* FROM (SELECT {_EPOCH} AS epoch, pg_snapshot_xmin(pg_current_snapshot()) AS xmin) AS now,
            feed_after(now.epoch, CAST(:xid AS xid8), :seq, now.xmin, -1, NULL, :most) AS feed
        WHERE now.epoch = :epoch ORDER BY feed.xid, feed.seq
        """  # noqa: S608  constants
    )
)


def place_of(entry: FeedEntry) -> Place:
    return Place(entry.epoch, int(entry.xid), entry.seq)


def _bound(place: Place) -> Tuple:
    return tuple_(_xid(place.xid), literal(place.seq))


def _xid(value: int) -> ColumnElement[object]:
    return cast(literal(str(value)), Xid8())
