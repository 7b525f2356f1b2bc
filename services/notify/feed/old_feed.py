"""The feed of the time when the gateway kept it: epoch 0. The gateway sends it once, with `take_over_feed`, in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notify.interface.feed import Place


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The last place that was stored, and whether the whole feed was."""

    last: str | None
    finished: bool


def store(session: Session, entries: Sequence[dict[str, Any]]) -> None:
    """Store entries at their places. A message that was published again, and that the feed has in a later epoch, moves to its
    old place: readers of the old feed have read it there. Nobody who began later misses it, because it is older than that."""
    rows = [
        entry | {"event_id": str(entry["event_id"]), "xid": str(entry["place"].xid), "seq": entry["place"].seq, "place": None}
        for entry in entries
    ]
    session.execute(_STORE, {"rows": orjson.dumps(rows).decode()})


_STORE = text(
    """
    INSERT INTO feed (epoch, xid, seq, community_id, event_id, source, type, subject, version, occurred_at, received_at, data)
    SELECT 0, CAST(xid AS xid8), seq, community_id, event_id, source, type, subject, version, occurred_at, received_at, data
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS one (xid text, seq bigint, community_id text, event_id uuid, source text,
        type text, subject text, version bigint, occurred_at timestamptz, received_at timestamptz, data jsonb)
    ON CONFLICT (event_id) DO UPDATE SET epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq WHERE feed.epoch > 0
    """
)


def count_as_pruned(session: Session, place: Place) -> None:
    """Readers before `place` have missed messages. Does nothing if that is known of a later place."""
    session.execute(_PRUNED, {"epoch": place.epoch, "xid": str(place.xid), "seq": place.seq})


_PRUNED = text(
    """
    INSERT INTO feed_pruned (epoch, xid, seq) VALUES (:epoch, CAST(:xid AS xid8), :seq)
    ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq
    WHERE (feed_pruned.epoch, feed_pruned.xid, feed_pruned.seq) < (excluded.epoch, excluded.xid, excluded.seq)
    """
)


def finish(session: Session, end: Place) -> None:
    """The whole feed has been sent. `end` is after all its places."""
    session.execute(_FINISH, {"xid": str(end.xid), "seq": end.seq})


_FINISH = text("INSERT INTO feed_taken_over (xid, seq) VALUES (CAST(:xid AS xid8), :seq) ON CONFLICT (one) DO NOTHING")


def taken_over(session: Session) -> TakenOver:
    row = session.execute(_TAKEN_OVER).one()
    return TakenOver(None if row.xid is None else str(Place(0, int(row.xid), row.seq)), row.finished)


_TAKEN_OVER = text(
    """
    SELECT CAST(l.xid AS text) AS xid, l.seq, EXISTS (SELECT FROM feed_taken_over) AS finished
    FROM (SELECT) AS one LEFT JOIN LATERAL (
        SELECT xid, seq FROM feed WHERE epoch = 0 ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1) l ON true
    """
)
