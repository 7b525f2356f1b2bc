"""The bookings that count for limits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from services.booking.bookings.models import Booking
from services.booking.interface.booking_words import ACTIVE
from services.booking.limits.counting import Span
from services.booking.limits.models import Limit
from services.booking.spaces.models import Space

MOST_COUNTED = 5_000  # of a preview
LONGEST_REST = timedelta(days=366)  # as long ago as the rule `rested` of an opening can look


@dataclass(frozen=True, slots=True)
class Counted:
    """A booking that may count. `parent_id` is that of its space."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    resident_id: UUID
    household_id: UUID | None
    space_id: UUID
    community_id: str
    kind: str
    section: str
    parent_id: UUID | None

    @classmethod
    def of(cls, booking: Booking) -> "Counted":
        """A booking that need not be stored. Its space must be loaded."""
        space = booking.space
        return cls(
            booking.id,
            booking.starts_at,
            booking.ends_at,
            booking.resident_id,
            booking.household_id,
            space.id,
            space.community_id,
            space.kind,
            space.section,
            space.parent_id,
        )

    @property
    def span(self) -> Span:
        return self.starts_at, self.ends_at

    def counts_for(self, limit: Limit) -> bool:
        return limit.covers(self.community_id, self.kind, self.section, self.space_id, self.parent_id)

    def subject_of(self, limit: Limit) -> UUID | None:
        return self.resident_id if limit.subject == "resident" else self.household_id


# Plain columns instead of the mapped classes: nothing is changed.
_COUNTED = (
    select(
        Booking.id,
        Booking.starts_at,
        Booking.ends_at,
        Booking.resident_id,
        Booking.household_id,
        Booking.space_id,
        Space.community_id,
        Space.kind,
        Space.section,
        Space.parent_id,
    )
    .join(Space, Space.id == Booking.space_id)
    # Requests count too, so that nobody floods the approvers. Who does not come has used up what a limit allows.
    .where(Booking.state.in_([*ACTIVE, "no_show"]))
)


def counted_bookings(
    session: Session, resident_id: UUID, household_id: UUID | None, after: datetime, *, but: UUID | None = None
) -> list[Counted]:
    """The bookings of the resident and of the household that start at `after` (aware) or later, without the booking `but`. They
    are of any community: a limit of the whole district counts them all."""
    statement = _COUNTED.where(_of_subject(resident_id, household_id), Booking.starts_at >= after)
    rows = session.execute(statement if but is None else statement.where(Booking.id != but))
    return [Counted(**row._asdict()) for row in rows]


def counted_of_many(
    session: Session, resident_ids: Collection[UUID], household_ids: Collection[UUID], after: datetime
) -> list[Counted]:
    """The bookings of these residents and households that start at `after` (aware) or later, of any community."""
    of_subjects = or_(Booking.resident_id.in_(resident_ids), Booking.household_id.in_(household_ids))
    rows = session.execute(_COUNTED.where(of_subjects, Booking.starts_at >= after))
    return [Counted(**row._asdict()) for row in rows]


def last_uses(
    session: Session, resident_id: UUID, household_id: UUID | None, now: datetime, *, but: UUID | None = None
) -> dict[str, datetime]:
    """The latest start of the bookings of the resident and of the household by kind of space, as far back as rules look. They
    are of any community. Without the booking `but`."""
    statement = (
        select(Space.kind, func.max(Booking.starts_at))
        .join(Space, Space.id == Booking.space_id)
        .where(Booking.state.in_([*ACTIVE, "no_show"]), Booking.starts_at >= now - LONGEST_REST)
        .where(_of_subject(resident_id, household_id))
        .group_by(Space.kind)
    )
    rows = session.execute(statement if but is None else statement.where(Booking.id != but))
    return {row[0]: row[1] for row in rows}


def _of_subject(resident_id: UUID, household_id: UUID | None) -> ColumnElement[bool]:
    of_resident = Booking.resident_id == resident_id
    return of_resident if household_id is None else or_(of_resident, Booking.household_id == household_id)


def bookings_of_place(session: Session, limit: Limit, after: datetime) -> Sequence[Counted]:
    """At most MOST_COUNTED bookings that `limit` is about and that start at `after` (aware) or later, in their order."""
    statement = _COUNTED.where(Booking.starts_at >= after).order_by(Booking.starts_at).limit(MOST_COUNTED)
    statement = statement.where(within(Booking.community_id, limit.where))
    for column, value in ((Space.kind, limit.kind), (Space.section, limit.section)):
        if value is not None:
            statement = statement.where(column == value)
    if limit.space_id is not None:
        statement = statement.where(or_(Space.id == limit.space_id, Space.parent_id == limit.space_id))
    return [Counted(**row._asdict()) for row in session.execute(statement)]
