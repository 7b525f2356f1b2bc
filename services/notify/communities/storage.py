"""Keeps the copies of communities, and reads their time zones."""

from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.config import settings
from services.notify.communities.models import Community


def keep_community(session: Session, *, community_id: str, version: int, time_zone: str) -> None:
    """Store a copy, unless a newer one is stored. An equal version is stored too: it repairs a copy that somebody changed."""
    new = insert(Community).values(id=community_id, version=version, time_zone=time_zone)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Community.id],
            set_={"version": new.excluded.version, "time_zone": new.excluded.time_zone},
            where=Community.version <= new.excluded.version,
        )
    )


def zone_of(session: Session, community_id: str) -> ZoneInfo:
    """The time zone of a community; LINLI_TIME_ZONE as long as the directory has not announced it."""
    known = session.get(Community, community_id)
    return ZoneInfo(known.time_zone if known else settings().time_zone)
