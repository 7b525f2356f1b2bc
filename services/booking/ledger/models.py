"""Resources and claims: tables and rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.checks import one_of
from services.booking.base import Base
from services.booking.interface.refusals import ClaimedTwice, EndsBeforeStart, HoldInPast

RESOURCE_KINDS = ("space", "unit", "seat")
HOLDER_KINDS = ("booking", "session", "mediation", "offer", "equipment")
HELD, CONFIRMED, RELEASED = CLAIM_STATES = ("held", "confirmed", "released")
NO_DOUBLE_BOOKING = "claim_no_double_booking"


class Resource(Base):
    """What can be claimed by one holder at a time: a space that is not divided, a numbered unit of equipment, or a seat of a
    counter. A trigger adds the resource of a space, with the id of the space, when the space is inserted. A divisible space has
    one too; a booking of it claims the resources of its parts, if there are any."""

    __tablename__ = "resource"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    kind: Mapped[str]
    space_id: Mapped[UUID | None] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))

    __table_args__ = (
        one_of("kind", RESOURCE_KINDS, "resource_kind"),
        CheckConstraint("kind <> 'space' OR id = space_id", name="resource_of_space"),
    )


class Claim(Base):
    """One resource that a holder blocks `during` (tstzrange) a time. The time of a booking includes the turnover before and
    after it. A `held` claim expires at `expires_at`. From then on it does not count, and the next claim of the resource
    releases it. A `confirmed` claim never expires. A `released` claim blocks nothing."""

    __tablename__ = "claim"

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    holder_kind: Mapped[str]
    community_id: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    state: Mapped[str]
    expires_at: Mapped[datetime | None]
    # Only for the foreign key: a claim of a booking that does not exist would block its time for ever.
    booking_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("booking.id"), Computed("CASE WHEN holder_kind = 'booking' THEN holder_id END", persisted=True)
    )

    __table_args__ = (
        # The migration adds INCLUDE (expires_at), which SQLAlchemy cannot express here. So the times that are taken are read
        # from this index alone.
        ExcludeConstraint(
            ("resource_id", "="),
            ("during", "&&"),
            name=NO_DOUBLE_BOOKING,
            using="gist",
            where=text("state IN ('held', 'confirmed')"),
        ),
        one_of("holder_kind", HOLDER_KINDS, "claim_holder_kind"),
        # Few claims are held. Those that have expired are found by it.
        Index("claim_held", "expires_at", postgresql_where=text("state = 'held'")),
        one_of("state", CLAIM_STATES, "claim_state"),
        CheckConstraint("NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)", name="claim_bounded"),
        CheckConstraint("state <> 'held' OR expires_at IS NOT NULL", name="claim_hold_expires"),
        CheckConstraint("state <> 'confirmed' OR expires_at IS NULL", name="claim_confirmed_for_good"),
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who claims: for example a booking. `kind` is one of HOLDER_KINDS, `id` is unique over all kinds."""

    kind: str
    id: UUID
    community_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of `resource_ids` from `start` to `end` (aware, the end is exclusive), for one holder. `revision` is the calendar
    revision on which the holder's time was decided. With `expires_at` (aware) it is a hold."""

    holder: Holder
    resource_ids: Sequence[UUID]
    start: datetime
    end: datetime
    revision: UUID
    expires_at: datetime | None = None

    def check(self, now: datetime) -> None:
        """Raises EndsBeforeStart, ClaimedTwice for a resource that is named twice, or HoldInPast."""
        if self.end <= self.start:
            raise EndsBeforeStart()
        if len(set(self.resource_ids)) < len(self.resource_ids):
            raise ClaimedTwice()
        if self.expires_at is not None and self.expires_at <= now:
            raise HoldInPast()
