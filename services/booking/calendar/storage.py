"""The copies of the directory's communities."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.config import settings
from services.booking.calendar.models import Community


def keep_community(
    session: Session, community_id: str, version: int, time_zone: str, sub_district: Mapping[str, str] | None
) -> None:
    """Store the copy, unless a newer one is stored. An equal version is stored too: it repairs a copy that somebody changed."""
    # Two communities that come into a sub-district at once would not see each other, and the triggers would not renew the
    # calendar revision of the first. So they wait for each other. Readers do not wait.
    session.execute(text("LOCK TABLE community IN SHARE ROW EXCLUSIVE MODE"))
    sub_district_id = sub_district["id"] if sub_district else None
    new = insert(Community).values(id=community_id, version=version, time_zone=time_zone, sub_district_id=sub_district_id)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Community.id],
            set_={name: new.excluded[name] for name in ("version", "time_zone", "sub_district_id")},
            where=Community.version <= new.excluded.version,
        )
    )


def zone_of(session: Session, community_id: str | None) -> ZoneInfo:
    """The time zone of a community. That of the installation for a community without a copy, and for the whole district."""
    known = session.scalar(select(Community.time_zone).where(Community.id == community_id)) if community_id else None
    return ZoneInfo(known or settings().time_zone)
