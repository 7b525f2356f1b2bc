"""Case numbers, and which photos belong to cases."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.cases.models import Case
from services.cases.intake.models import NumberCounter
from services.cases.reference.models import Community


def next_number(session: Session, community_id: str, day: date) -> str:
    """The next case number of the community and day. The counter's row stays locked until the transaction ends, so that
    numbers are unique and a failed report leaves no gap. Call it as late as possible, because other reports wait."""
    start = insert(NumberCounter).values(community_id=community_id, day=day, last=1)
    upsert = start.on_conflict_do_update(index_elements=["community_id", "day"], set_={"last": NumberCounter.last + 1})
    last = session.execute(upsert.returning(NumberCounter.last)).scalar_one()
    prefix = session.scalar(select(Community.number_prefix).where(Community.id == community_id)) or community_id.upper()
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
