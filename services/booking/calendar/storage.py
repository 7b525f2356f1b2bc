"""The copies of the directory's communities."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.booking.calendar.models import Community


def keep_community(session: Session, community_id: str, version: int, time_zone: str) -> None:
    """Store the copy, unless a newer one is stored. An equal version is stored too: it repairs a copy that somebody changed."""
    new = insert(Community).values(id=community_id, version=version, time_zone=time_zone)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Community.id],
            set_={"version": new.excluded.version, "time_zone": new.excluded.time_zone},
            where=Community.version <= new.excluded.version,
        )
    )
