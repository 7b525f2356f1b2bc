"""Series: the table, and its rules."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField
from services.booking.access import DESK, HELPERS, serves
from services.booking.base import Base
from services.booking.interface.refusals import OtherKind
from services.booking.interface.series import MOST_MINUTES, NOT_A_DATE_OF_SERIES, NOT_ASKED, STEPS
from services.booking.series.recurrence import Recurrence
from services.booking.spaces.models import Space


class Series(Aggregate, Base):
    """Dates by a rule (`rrule`, see Recurrence) from the local day `starts_on` to `ends_on`, each for `minutes` from the local
    time `starts_at`. The time zone is that of the community. Each date wants the `equipment` (a list of {kind_id, quantity}). A
    date that is booked has a Booking with the id of the series. `except_days` are dates of the rule that were left out from the
    start. `booked_by` is the resident, a guardian or staff."""

    __tablename__ = "series"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    resident_id: Mapped[UUID]
    booked_by: Mapped[UUID]
    rrule: Mapped[str]
    except_days: Mapped[list[date]] = mapped_column(ARRAY(Date))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    starts_at: Mapped[time]
    minutes: Mapped[int]
    attendees: Mapped[int]
    purpose: Mapped[str | None]
    created_at: Mapped[datetime]
    equipment: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    # Why nobody is asked whether its dates are still needed (NOT_ASKED), what the desk wrote, and who decided it when.
    not_asked: Mapped[str | None]
    not_asked_reason: Mapped[str | None]
    not_asked_by: Mapped[UUID | None]
    not_asked_at: Mapped[datetime | None]

    space: Mapped[Space] = relationship(lazy="raise", viewonly=True)  # see Booking.space

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="series_ends_after_start"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="series_minutes"),
        CheckConstraint("attendees > 0", name="series_attendees"),
        one_of("not_asked", NOT_ASKED, "series_not_asked"),
        CheckConstraint("(not_asked IS NULL) = (not_asked_at IS NULL)", name="series_not_asked_since"),
        Index("series_of_resident", "resident_id", "ends_on", "id"),
        Index("series_by_end", "community_id", "ends_on", "id"),
    )

    @property
    def rule(self) -> Recurrence:
        return Recurrence.parse(self.rrule)

    @property
    def clock(self) -> str:
        """`18:00`: the field `starts_at` of answers."""
        return f"{self.starts_at:%H:%M}"

    @property
    def days(self) -> list[date]:
        """The local days by the rule, with those that were left out."""
        return self.rule.days(self.starts_on)

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own or of a child of theirs, or the caller works at the desk of its community. Other
        systems see the bookings. Raises Unauthenticated."""
        acting.signed_in()
        desk = serves(acting, self.community_id, DESK) or (self.space.needs_approval and self.space.is_approver(acting))
        return acting.speaks_for(self.resident_id) or desk

    def role_of(self, acting: Identity) -> str:
        """The role in which the caller may change it: `resident` or `staff`. Raises Unauthenticated, or Forbidden if the caller
        may only look."""
        if acting.speaks_for(self.resident_id):
            return "resident"
        if not serves(acting, self.community_id, HELPERS):
            raise Forbidden(needs=sorted(HELPERS))
        return "staff"

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The steps (STEPS) that the caller may take. Whether a date is still to come, its booking says."""
        helps = serves(acting, self.community_id, HELPERS)
        fixed = {"exempt"} if self.not_asked or not helps else set()
        if not self.not_asked or (self.not_asked == "exempt" and not helps):
            fixed.add("ask")
        if not helps and not acting.speaks_for(self.resident_id):
            fixed = set(STEPS) - {"answer_requests"}
        if not self.space.needs_approval or not self.space.is_approver(acting):
            fixed.add("answer_requests")
        return [step for step in STEPS if step not in fixed]

    def shown_not_asked_reason(self, acting: Identity, now: datetime) -> str | None:
        """What the desk wrote, for staff: the field `not_asked_reason` of answers."""
        return self.not_asked_reason if serves(acting, self.community_id, DESK) else None

    def stop_asking(self, why: str, now: datetime, *, by: UUID, reason: str | None = None) -> None:
        """Nobody is asked any more, because of `why` (NOT_ASKED). The account `by` decided it."""
        self.not_asked, self.not_asked_reason, self.not_asked_by, self.not_asked_at = why, reason, by, now
        self.changed()

    def ask_again(self) -> None:
        """Its dates are asked about again. If they are already, nothing changes."""
        if self.not_asked is not None:
            self.not_asked = self.not_asked_reason = self.not_asked_by = self.not_asked_at = None
            self.changed()

    def check_date(self, day: date, field: str) -> None:
        """Raises InvalidField unless `day` is a date of the rule."""
        if day not in self.days:
            raise InvalidField(NOT_A_DATE_OF_SERIES, field)

    def check_alike(self, space: Space) -> None:
        """Raises OtherKind unless it may change to `space`. Its own space must be loaded."""
        if (space.kind, space.community_id) != (self.space.kind, self.space.community_id):
            raise OtherKind(kind=self.space.kind)

    def put_back(self, day: date) -> None:
        """A date that was left out from the start is one of its dates."""
        if day in self.except_days:
            self.except_days = [one for one in self.except_days if one != day]
            self.changed()

    def split(self, day: date) -> "Series":
        """End it before `day`, which is one of its dates but not the first, and return a new series, not stored yet, of the
        rest."""
        days = self.days
        rest = [one for one in days if one >= day]
        new = Series(
            community_id=self.community_id,
            space_id=self.space_id,
            space=self.space,
            resident_id=self.resident_id,
            booked_by=self.booked_by,
            rrule=str(self.rule.with_count(len(rest))),
            except_days=_from(self.except_days, day),
            starts_on=day,
            ends_on=self.ends_on,
            starts_at=self.starts_at,
            minutes=self.minutes,
            attendees=self.attendees,
            purpose=self.purpose,
            equipment=self.equipment,
            not_asked=self.not_asked,
            not_asked_reason=self.not_asked_reason,
            not_asked_by=self.not_asked_by,
            not_asked_at=self.not_asked_at,
        )
        self.rrule = str(self.rule.before(day))
        self.except_days = [one for one in self.except_days if one < day]
        self.ends_on = max(one for one in days if one < day)
        self.changed()
        return new


def _from(days: Collection[date], first: date) -> list[date]:
    return [day for day in days if day >= first]
