"""Bookings: the table, and its rules."""

from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField
from services.booking.access import DESK, HELPERS, READ, WRITE, serves
from services.booking.base import Base
from services.booking.bookings.equipped import Equipped
from services.booking.bookings.presence import Presence
from services.booking.bookings.request_rules import RequestRules
from services.booking.interface.booking_words import ACTIVE, STATES
from services.booking.interface.bookings import IN_ANOTHER_COMMUNITY, MOST_BEYOND_MOVES, PRESENCE_STEPS, STEPS, UNNEEDED
from services.booking.interface.equipment_refusals import EquipmentFixed
from services.booking.interface.refusals import (
    AttendeesFixed,
    CancelDeadlinePassed,
    NotCancellable,
    NotReschedulable,
    NotRunning,
    PurposeFixed,
)
from services.booking.ledger.models import Holder
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space


def number_of(booking_id: UUID) -> str:
    """What people call a booking by: the end of its id."""
    return str(booking_id)[-8:].upper()


class Booking(Presence, RequestRules, Equipped, Aggregate, Base):
    """A booking of a space for `resident_id`, made by `booked_by` (the resident or staff) or by the other system `system_id`.
    `changed_by_system_id` is the system that moved or cancelled it last, None if that was a person. Times are aware, in UTC;
    the end is exclusive. `household_id` and `home_id` are the household and the community in which the resident lived when the
    booking was made; a move by staff, which names no resident, needs them. `staff_reason` (STAFF_REASONS) is why staff moved or
    cancelled it last. `planned_ends_at` is when it was to end, if it was ended early.

    In a space that needs approval it is `requested` first. A request claims nothing. It lapses at `answer_by`, unless
    `decided_by` accepts or declines it at `decided_at`. `competing` is not stored: see storage.count_competing."""

    __tablename__ = "booking"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    resident_id: Mapped[UUID]
    booked_by: Mapped[UUID | None]
    system_id: Mapped[UUID | None]
    household_id: Mapped[UUID | None]
    home_id: Mapped[str | None]
    staff_reason: Mapped[str | None]
    planned_ends_at: Mapped[datetime | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="confirmed")
    answer_by: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str | None]
    # Whether it was made for an elder, and by staff at the counter or by phone. Only noted where times are kept for them.
    for_elder: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    at_counter: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    attendees: Mapped[int]
    purpose: Mapped[str | None]
    # Why staff booked beyond the rules that residents keep, and the codes of those rules. Never changed: who did it and when is
    # in `booked_by` and `created_at`.
    beyond_reason: Mapped[str | None]
    beyond_rules: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    # The moves beyond the rules, oldest first, as `note_move_beyond` notes them. None if there was none.
    beyond_moves: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    moved_at: Mapped[datetime | None]  # when it got its present time, if it was moved
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    unneeded: Mapped[str | None]  # UNNEEDED: what came of the question whether it is still needed, if that cancelled it
    changed_by_system_id: Mapped[UUID | None]
    # The series of which it is a date, and which date: a local day, which stays when the booking is moved.
    series_id: Mapped[UUID | None]
    series_day: Mapped[date | None]

    # viewonly: the space may belong to a cached timetable, and must not become part of a session by being set here. A rollback
    # would expire it, and the cached timetable would be broken for everybody. `space_id` is always set beside it.
    space: Mapped[Space] = relationship(lazy="raise", viewonly=True)
    competing: ClassVar[int | None] = None

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="booking_ends_after_start"),
        one_of("state", STATES, "booking_state"),
        one_of("unneeded", UNNEEDED, "booking_unneeded"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="booking_cancelled_at"),
        CheckConstraint("state <> 'requested' OR answer_by IS NOT NULL", name="booking_answer_by"),
        CheckConstraint(
            "(state = 'declined') = (decline_reason IS NOT NULL) AND (state <> 'declined' OR decided_at IS NOT NULL)",
            name="booking_declined",
        ),
        *Presence.CHECKS,
        CheckConstraint("(booked_by IS NULL) <> (system_id IS NULL)", name="booking_made_by_one"),
        ForeignKeyConstraint(["series_id"], ["series.id"], name="booking_of_series"),
        CheckConstraint("(series_id IS NULL) = (series_day IS NULL)", name="booking_date_of_series"),
        # Two clerks at once cannot put back the same date. Cancelled ones stay, as history.
        Index(
            "booking_series_day",
            "series_id",
            "series_day",
            unique=True,
            postgresql_where=text("state IN ('confirmed', 'requested') AND series_id IS NOT NULL"),
        ),
        Index("booking_series", "series_id", "series_day", "id", postgresql_where=text("series_id IS NOT NULL")),
        Index("booking_of_resident", "resident_id", "starts_at", "id"),
        Index("booking_of_household", "household_id", "starts_at", postgresql_where=text("household_id IS NOT NULL")),
        Index("booking_of_space", "space_id", "starts_at", "id"),
        Index("booking_by_time", "community_id", "starts_at", "id"),
        Index("booking_district", "starts_at", "id"),
        Index("booking_for_others", "booked_by", postgresql_where=text("booked_by <> resident_id")),
        Index("booking_by_number", text('"right"(id::text, 8)')),
        Index("booking_decided", "decided_by", postgresql_where=text("decided_by IS NOT NULL")),
        Index("booking_requested", "answer_by", "id", postgresql_where=text("state = 'requested'")),
        Index("booking_requested_of_space", "space_id", "starts_at", postgresql_where=text("state = 'requested'")),
        # Few bookings are cancelled. Without this index, a page of cancelled ones would scan all bookings.
        Index("booking_cancelled", "community_id", "starts_at", "id", postgresql_where=text("state = 'cancelled'")),
        Index("booking_no_show_of_resident", "resident_id", "starts_at", postgresql_where=text("state = 'no_show'")),
        Index("booking_no_show_by_time", "community_id", "starts_at", "id", postgresql_where=text("state = 'no_show'")),
    )

    @property
    def number(self) -> str:
        """What people call it by: the end of its id."""
        return number_of(self.id)

    @property
    def asker(self) -> Asker:
        """Its resident, as far as it knows them: without the age, unless it was made for an elder."""
        return Asker(age=self.elder_age, community_id=self.home_id)

    @property
    def elder_age(self) -> int | None:
        """An age that its resident has surely reached: that of the elders of its space, if it was made for one."""
        return self.space.elder_age if self.for_elder else None

    def is_for_elder_in(self, space: Space) -> bool:
        """Whether its resident is surely an elder in `space` too, where elders may be older."""
        return self.elder_age is not None and self.elder_age >= space.elder_age

    @property
    def holder(self) -> Holder:
        """It, as the holder of its claims."""
        return Holder("booking", self.id, self.community_id)

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own or of a child of theirs, or the caller works at the desk of its community, or is a
        system with one of the rights there. Raises Unauthenticated."""
        if acting.system_id is not None:
            return any(self.community_id in acting.reach_of(right) for right in (READ, WRITE))
        return (
            acting.speaks_for(self.resident_id)
            or serves(acting, self.community_id, DESK)
            or (self.answer_by is not None and self.space.is_approver(acting))
        )

    def shown_purpose(self, acting: Identity, now: datetime) -> str | None:
        """The purpose, for readers who may read what people wrote: the field `purpose` of answers."""
        return self.purpose if acting.system_id is None else None

    def shown_reason(self, acting: Identity, now: datetime) -> str | None:
        """The same of the reason: the field `cancel_reason` of answers."""
        return self.cancel_reason if acting.system_id is None else None

    def shown_beyond_reason(self, acting: Identity, now: datetime) -> str | None:
        """Why it goes beyond the rules, for staff: the field `beyond_reason` of answers."""
        return self.beyond_reason if serves(acting, self.community_id, DESK) else None

    def shown_beyond_rules(self, acting: Identity, now: datetime) -> list[str] | None:
        """The rules that it goes beyond, for staff: the field `beyond_rules` of answers."""
        return self.beyond_rules if serves(acting, self.community_id, DESK) else None

    def shown_beyond_moves(self, acting: Identity, now: datetime) -> list[dict[str, Any]]:
        """The moves beyond the rules, for staff: the field `beyond_moves` of answers."""
        return (self.beyond_moves or []) if serves(acting, self.community_id, DESK) else []

    def note_move_beyond(self, now: datetime, *, by: UUID, reason: str, rules: list[str]) -> None:
        """Remember that the account `by` has moved it to its present space and time beyond `rules` (codes), and why. Of very
        many such moves the oldest are forgotten."""
        noted: dict[str, Any] = {"at": now.isoformat(), "by": str(by), "reason": reason, "rules": rules}
        noted |= {
            "space_id": str(self.space_id),
            "space_name": self.space.name,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }
        self.beyond_moves = [*(self.beyond_moves or []), noted][-MOST_BEYOND_MOVES:]

    def shown_decline_note(self, acting: Identity, now: datetime) -> str | None:
        """The note of the approver, for readers who may read what people wrote: the field `decline_note` of answers."""
        return self.decline_note if acting.system_id is None else None

    def shown_decider(self, acting: Identity, now: datetime) -> UUID | None:
        """Who accepted or declined it, for staff: the field `decided_by` of answers."""
        staff = serves(acting, self.community_id, DESK) or self.space.is_approver(acting)
        return self.decided_by if staff else None

    def role_of(self, acting: Identity) -> str:
        """The role in which the caller may change it: `resident`, `staff` or `system`. Raises Unauthenticated, or Forbidden if
        the caller may only look."""
        if acting.system_id is not None:
            acting.require_right(WRITE, self.community_id)
            return "system"
        if acting.speaks_for(self.resident_id):
            return "resident"
        if not serves(acting, self.community_id, HELPERS):
            raise Forbidden(needs=sorted(HELPERS))
        return "staff"

    def staff_reason_of(self, by: str, given: str | None) -> str | None:
        """The reason of a change that somebody in the role `by` makes: `given`, or for staff who give none `other`. Raises
        Forbidden if others than staff give one."""
        if by == "staff":
            return given or "other"
        if given is not None:
            raise Forbidden(needs=sorted(HELPERS))
        return None

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The steps (STEPS) that the caller may take at `now`. Its space must be loaded. Whether a system may move it depends
        on the community of the resident too, which is known when it does so."""
        if acting.system_id is not None:
            may_change = self.community_id in acting.reach_of(WRITE) and self._over(now) is None and now <= self.free_until
            return [step for step in ("cancel", "move") if may_change and (step == "cancel" or self.moves_for(acting))]
        own, helps = acting.speaks_for(self.resident_id), serves(acting, self.community_id, HELPERS)
        of_presence = self.presence_steps(now) if helps else []
        if own and self.is_appealable(now):
            of_presence.append("appeal")
        if (own or helps) and self._ends_early_at(now) is not None:
            return ["end", *of_presence]
        if self._over(now) is not None:
            return of_presence
        fixed = {"end", *PRESENCE_STEPS} | ({"cancel", "move"} if own and now > self.free_until else set())
        if not (own or helps):
            fixed |= {"cancel", "move", "change_attendees", "change_purpose", "change_equipment"}
        if not self.moves_for(acting) or not self.space.is_open_to(acting):
            fixed.add("move")
        if not self.waits_at(now) or not self.space.is_approver(acting):
            fixed |= {"accept", "decline"}
        return [*(step for step in STEPS if step not in fixed), *of_presence]

    @property
    def free_until(self) -> datetime:
        """Until then its resident, or a system for them, can cancel or move it: the field `free_until` of answers. Its space
        must be loaded. A request blocks nobody, so it can be withdrawn until it starts."""
        if self.state == "requested":
            return self.starts_at
        return self.starts_at - timedelta(minutes=self.space.cancel_notice_minutes)

    def check_deadline(self, by: str, now: datetime) -> None:
        """Raises CancelDeadlinePassed if somebody in the role `by` can no longer cancel or move it. Staff always can."""
        if by != "staff" and now > self.free_until:
            raise CancelDeadlinePassed(cancel_notice_minutes=self.space.cancel_notice_minutes)

    def cancel(
        self,
        now: datetime,
        *,
        by: str,
        system_id: UUID | None = None,
        reason: str | None = None,
        staff_reason: str | None = None,
        late: bool = False,
    ) -> None:
        """Cancel it. `by` is `resident`, `staff` (then perhaps with `staff_reason`) or `system`, then with `system_id`. With
        `late` the cancel deadline does not count. Raises NotCancellable if it is over or has started,
        CancelDeadlinePassed."""
        if state := self._over(now):
            raise NotCancellable(state=state)
        if not late:
            self.check_deadline(by, now)
        self.state, self.cancelled_at, self.cancelled_by, self.cancel_reason = "cancelled", now, by, reason
        self.changed_by_system_id, self.staff_reason = system_id, staff_reason
        self.changed()

    def give_back(self, now: datetime, *, by: str, unneeded: str) -> None:
        """Cancel it because of the question whether it is still needed (UNNEEDED), also after the cancel deadline: the centre
        has asked. `by` is who answered, `staff` if nobody did. Raises NotCancellable if it is cancelled or has started."""
        self.cancel(now, by=by, late=True)
        self.unneeded = unneeded

    def check_movable(self, by: str, now: datetime) -> None:
        """Raises NotReschedulable if it is cancelled or has started, CancelDeadlinePassed for somebody in the role `by`."""
        if state := self._over(now):
            raise NotReschedulable(state=state)
        self.check_deadline(by, now)

    def move(
        self,
        starts_at: datetime,
        ends_at: datetime,
        now: datetime,
        *,
        system_id: UUID | None = None,
        staff_reason: str | None = None,
    ) -> None:
        """Set another time (aware) at `now`. `system_id` is the other system that does so, `staff_reason` why staff do. The
        caller checks and claims the time."""
        self.starts_at, self.ends_at, self.moved_at = starts_at, ends_at, now
        self.checked_in_at = self.checked_in_by = None  # nobody has come at the new time yet
        self.changed_by_system_id, self.staff_reason = system_id, staff_reason
        self.changed()

    def move_to(self, space: Space, starts_at: datetime, ends_at: datetime, now: datetime, **by: Any) -> None:
        """Set another space of its community, and another time (aware), at `now`. `by` as in `move`. The caller checks and
        claims it. Raises InvalidField for a space elsewhere."""
        if space.community_id != self.community_id:
            raise InvalidField(IN_ANOTHER_COMMUNITY, "space_id")
        self.for_elder = self.is_for_elder_in(space)
        self.space, self.space_id = space, space.id
        self.move(starts_at, ends_at, now, **by)

    def mark(self, *, for_elder: bool, at_counter: bool) -> None:
        """Note who asked for its present time. Once somebody has said that it is for an elder, it stays so while it stays in
        spaces where its resident counts as one."""
        self.for_elder, self.at_counter = self.for_elder or for_elder, at_counter

    def change_attendees(self, attendees: int, now: datetime) -> None:
        """Set another number of people. The number that it has changes nothing. Raises AttendeesFixed if it is cancelled or
        has started, OverCapacity if its space (which must be loaded) does not hold so many."""
        if state := self._over(now):
            raise AttendeesFixed(state=state)
        if attendees == self.attendees:
            return
        self.space.check_capacity(attendees)
        self.attendees = attendees
        self.changed()

    def change_purpose(self, purpose: str | None, now: datetime) -> None:
        """Set another purpose, or none. The purpose that it has changes nothing. Raises PurposeFixed if it is cancelled or has
        started."""
        if state := self._over(now):
            raise PurposeFixed(state=state)
        if purpose != self.purpose:
            self.purpose = purpose
            self.changed()

    def want_equipment(self, some: bool, now: datetime) -> None:
        """Its resident wants other equipment, `some` or none. Raises EquipmentFixed if it is cancelled or has started."""
        if state := self._over(now):
            raise EquipmentFixed(state=state)
        self.with_equipment = some
        self.changed()

    def end_early(self, now: datetime) -> None:
        """End it at the next full minute. Raises NotRunning unless it is going on and lasts longer than that."""
        ends_at = self._ends_early_at(now)
        if ends_at is None:
            raise NotRunning(state=self._over(now) or "coming")
        self.planned_ends_at, self.ends_at = self.planned_ends_at or self.ends_at, ends_at
        self.changed()

    def _ends_early_at(self, now: datetime) -> datetime | None:
        """The full minute after its start at which it can end early. None if it is not going on, or ends by then."""
        if self.state != "confirmed" or not self.starts_at <= now:
            return None
        since = max(now - self.starts_at, timedelta(seconds=1))
        ends_at = self.starts_at + timedelta(minutes=ceil(since / timedelta(minutes=1)))
        return ends_at if ends_at < self.ends_at else None

    def _over(self, now: datetime) -> str | None:
        if self.state not in ACTIVE:
            return self.state
        return "started" if self.starts_at <= now else None
