"""Case numbers, and which photos belong to cases."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.config import settings
from services.cases.cases.models import Case
from services.cases.intake.models import NumberCounter
from services.cases.reference.models import Community


def next_number(session: Session, community_id: str, now: datetime) -> str:
    """The next case number of the community, for its local day at `now` (aware). The counter's row stays locked until the
    transaction ends, so that numbers are unique and a failed report leaves no gap. Call it as late as possible, because
    other reports wait."""
    community = session.get(Community, community_id)
    zone = (community.time_zone if community else None) or settings().time_zone
    day = now.astimezone(ZoneInfo(zone)).date()
    start = insert(NumberCounter).values(community_id=community_id, day=day, last=1)
    upsert = start.on_conflict_do_update(index_elements=["community_id", "day"], set_={"last": NumberCounter.last + 1})
    last = session.execute(upsert.returning(NumberCounter.last)).scalar_one()
    prefix = community.number_prefix if community else community_id.upper()
    return f"{prefix}-{day:%Y%m%d}-{last:04d}"


def find_photos(session: Session, photo_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Those of the photos that belong to a case, each with whether the case is anonymous. A photo that belongs to several
    cases counts as anonymous if one of them is."""
    statement = select(Case.photo_ids, Case.anonymous).where(Case.photo_ids.overlap(list(photo_ids)))
    found: dict[UUID, bool] = {}
    for of_case, anonymous in session.execute(statement):
        for photo_id in set(of_case).intersection(photo_ids):
            found[photo_id] = found.get(photo_id, False) or anonymous
    return found
