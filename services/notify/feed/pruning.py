"""Old messages of the feed: whole weeks are dropped, single rows of the default partition are deleted in batches."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from chassis.background.expiry import BATCH, deleting
from services.notify.feed.models import PARTITIONS
from services.notify.settings import notify_settings


def keep_house(engine: Engine, now: datetime) -> bool:
    """Make the partitions for the coming weeks, and remove some of the messages that were received more than
    LINLI_KEEP_FEED_DAYS ago. Returns True if more can be deleted at once. Every replica may call it."""
    PARTITIONS.prepare(engine, now)
    return prune(engine, now - timedelta(days=notify_settings().keep_feed_days))


def prune(engine: Engine, before: datetime, batch: int = BATCH) -> bool:
    """Delete up to `batch` messages that are in no week and were received before `before` (aware). If none is left, drop the
    oldest week if all its messages were received before `before`. The last place that is gone is stored.

    Returns True if more can be deleted at once. After a week was dropped it is False: detaching a week stops all writers for
    about 100 ms, so a round of the upkeep drops one week at most."""
    with deleting(engine) as connection:
        deleted = connection.execute(_DELETE, {"before": before, "batch": batch}).scalar_one()
    if deleted == batch:
        return True
    PARTITIONS.drop_old(engine, before, _store_place)
    return False


def _store_place(connection: Connection, gone: str) -> None:
    connection.execute(text(_STORE_PLACE.format(gone=gone)))


_STORE_PLACE = """
    INSERT INTO feed_pruned (one, epoch, xid, seq)
    (SELECT true, epoch, xid, seq FROM {gone} ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1)
    ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq
    WHERE (feed_pruned.epoch, feed_pruned.xid, feed_pruned.seq) < (excluded.epoch, excluded.xid, excluded.seq)
"""
_DELETE = text(
    f"""
    WITH gone AS (
        DELETE FROM feed_default WHERE event_id = ANY(ARRAY(
            SELECT event_id FROM feed_default WHERE received_at < :before ORDER BY received_at LIMIT :batch
            FOR UPDATE SKIP LOCKED))
        RETURNING epoch, xid, seq),
    stored AS ({_STORE_PLACE.format(gone="gone")})
    SELECT count(*) FROM gone
    """  # noqa: S608  constants
)
