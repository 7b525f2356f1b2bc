"""Spaces: the table, and the rules for a booking that need no calendar."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    case,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column, validates

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField, Refusal
from services.booking.access import APPROVERS, HELPERS, serves
from services.booking.base import Base
from services.booking.calendar.intervals import Span
from services.booking.calendar.models import Community
from services.booking.calendar.opening_hours import hours_of, seasons_of, weekly_hours_of
from services.booking.interface.managed_spaces import GRACE_TOO_LONG, NO_LENGTH_ON_GRID, SHORTEST_TOO_LONG
from services.booking.interface.refusals import (
    EndsBeforeStart,
    InPast,
    NotForYourCommunity,
    OutOfUse,
    OverCapacity,
    TooLong,
    TooShort,
    TooSoon,
)
from services.booking.interface.spaces import DOOR_CHECK_INS, KINDS, OPEN_TO, SECTIONS
from services.booking.spaces.behind_lock import BehindLock
from services.booking.spaces.fair_rules import OpensFairly
from services.booking.spaces.staff_told import TellsStaff

# The CHECK space_lengths allows no longer booking. So a booking that overlaps a time started at most this long before it.
LONGEST_BOOKING = timedelta(days=7)


class Space(OpensFairly, TellsStaff, BehindLock, Aggregate, Base):
    """A room, court or counter. A divisible space can be booked as a whole, or in parts. The parts are spaces with its id as
    `parent_id`; they cannot be divided again. Texts are {"zh-CN", "en"}. Lengths of time are minutes. `opening_hours` and
    `holiday_hours` (for statutory holidays; empty means closed) are local times of day. `seasons` are other weekly hours from
    one day to another. `cancel_notice_minutes` before its start, residents can no longer cancel or move a
    booking themselves. A series of `ask_from_dates` dates or more is asked before each date whether it is still needed; 0: none
    is. `open_to` (OPEN_TO) says whose residents may book it; a part has its own. One that is not `active` is out of use: it
    cannot be booked by itself, but as a part of a space in use. One that `needs_approval` is only requested; its `approver_ids`
    decide, or the desk if they are empty, until `answer_notice_minutes` before the start. A part has its own."""

    __tablename__ = "space"

    code: Mapped[str]
    kind: Mapped[str]
    section: Mapped[str]
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any] | None]
    parent_id: Mapped[UUID | None]
    divisible: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int]
    location: Mapped[dict[str, Any] | None]
    equipment: Mapped[list[Any]] = mapped_column(default=list)
    opening_hours: Mapped[list[Any]]
    holiday_hours: Mapped[list[Any]] = mapped_column(default=list)
    slot_minutes: Mapped[int] = mapped_column(default=30)
    min_minutes: Mapped[int] = mapped_column(default=30)
    max_minutes: Mapped[int] = mapped_column(default=240)
    min_notice_minutes: Mapped[int] = mapped_column(default=0)
    cancel_notice_minutes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    horizon_days: Mapped[int] = mapped_column(default=30)
    ask_from_dates: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    open_to: Mapped[str] = mapped_column(default="district")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    approver_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default=text("'{}'"))
    answer_notice_minutes: Mapped[int] = mapped_column(default=1440, server_default=text("1440"))
    seasons: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    # So many minutes after the start, a booking in which nobody has checked in becomes a no-show. None: check-in is off.
    # Bookings that start before `check_in_since`, when it was turned on, are left alone: nobody had told their residents.
    check_in_grace_minutes: Mapped[int | None]
    check_in_since: Mapped[datetime | None]
    # The end of the address of the display beside its door, and what signs the codes of the door. None: it has no display.
    door_key: Mapped[str | None]
    door_check_in: Mapped[str] = mapped_column(default="display", server_default=text("'display'"))
    takes_walk_ins: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Only for the foreign key below: the parent must be divisible, or bookings of the parent would not claim this part.
    parent_divisible: Mapped[bool | None] = mapped_column(
        Computed("CASE WHEN parent_id IS NULL THEN NULL::boolean ELSE true END", persisted=True)
    )

    if TYPE_CHECKING:
        # The ids of the communities in the sub-district of its community, by the copies of the directory. Only a space that is
        # open to its sub-district has them. None if the copy of its community names no sub-district.
        neighbours: Mapped[list[str] | None]
        no_show_rule: Mapped[dict[str, Any] | None]  # of its community, if it asks for check-in: see no_show_rules

    __table_args__ = (
        UniqueConstraint("community_id", "code", name="space_code_key"),
        UniqueConstraint("id", "divisible", name="space_divisible_key"),
        Index("space_door_key", "door_key", unique=True, postgresql_where=text("door_key IS NOT NULL")),
        ForeignKeyConstraint(
            ["parent_id", "parent_divisible"], ["space.id", "space.divisible"], name="space_part_of_divisible"
        ),
        Index("space_parts", "parent_id"),
        CheckConstraint("NOT (divisible AND parent_id IS NOT NULL)", name="space_divided_once"),
        one_of("kind", KINDS, "space_kind"),
        one_of("section", SECTIONS, "space_section"),
        one_of("open_to", OPEN_TO, "space_open_to"),
        one_of("door_check_in", DOOR_CHECK_INS, "space_door_check_in"),
        CheckConstraint("capacity > 0", name="space_capacity"),
        CheckConstraint("slot_minutes > 0 AND 1440 % slot_minutes = 0", name="space_slot_divides_day"),
        CheckConstraint("min_minutes BETWEEN 1 AND max_minutes AND max_minutes <= 10080", name="space_lengths"),
        CheckConstraint("max_minutes / slot_minutes * slot_minutes >= min_minutes", name="space_some_length_on_grid"),
        CheckConstraint(
            "min_notice_minutes >= 0 AND horizon_days >= 0 AND buffer_before_minutes >= 0 AND buffer_after_minutes >= 0",
            name="space_not_negative",
        ),
        CheckConstraint("cancel_notice_minutes BETWEEN 0 AND 43200", name="space_cancel_notice"),
        CheckConstraint("ask_from_dates BETWEEN 0 AND 366", name="space_ask_from_dates"),
        OpensFairly.CHECK,
        CheckConstraint("answer_notice_minutes BETWEEN 0 AND 43200", name="space_answer_notice"),
        CheckConstraint(
            "(check_in_grace_minutes IS NULL) = (check_in_since IS NULL) AND check_in_grace_minutes BETWEEN 1 AND 1440",
            name="space_check_in",
        ),
        *TellsStaff.CHECKS,
        *BehindLock.LOCK_CHECKS,
    )

    @validates("opening_hours")
    def _readable_weekly(self, _: str, entries: list[Any]) -> list[Any]:
        weekly_hours_of(entries)
        return entries

    @validates("holiday_hours")
    def _readable(self, _: str, entries: list[Any]) -> list[Any]:
        hours_of(entries)
        return entries

    @validates("seasons")
    def _readable_seasons(self, _: str, entries: list[Any]) -> list[Any]:
        seasons_of(entries)
        return entries

    def check_lengths(self) -> None:
        """Raises InvalidField unless a booking can have a length, and a list of the next day its time. The CHECKs of the
        table say the same."""
        if self.min_minutes > self.max_minutes:
            raise InvalidField(SHORTEST_TOO_LONG, "min_minutes")
        if self.max_minutes // self.slot_minutes * self.slot_minutes < self.min_minutes:
            raise InvalidField(NO_LENGTH_ON_GRID, "slot_minutes", slot_minutes=self.slot_minutes)
        if (self.check_in_grace_minutes or 0) >= self.min_minutes:
            raise InvalidField(GRACE_TOO_LONG, "check_in_grace_minutes", min_minutes=self.min_minutes)
        self.check_staff_told()

    def ask_for_check_in(self, grace_minutes: int | None, now: datetime) -> None:
        """Bookings that start from `now` on become no-shows so long after their start if nobody checks in. None: never."""
        if grace_minutes is None:
            self.check_in_since = None
        elif self.check_in_since is None:
            self.check_in_since = now
        self.check_in_grace_minutes = grace_minutes

    def renew_door(self) -> None:
        """The display gets a new address. The old one, its codes and all posters are void from now on."""
        self.door_key = token_urlsafe(16)  # 22 characters, 128 bits
        self.changed()

    def close_door(self) -> None:
        """There is no display any more."""
        if self.door_key is not None:
            self.door_key = None
            self.changed()

    @property
    def open_to_communities(self) -> list[str] | None:
        """The ids of the communities whose residents may book it, sorted. None if all of the district may. Its own community is
        always among them."""
        if self.open_to == "district":
            return None
        return sorted({self.community_id, *(self.neighbours or ())})

    @property
    def is_out_of_use(self) -> bool:
        """A space that is not stored yet has no default, and is in use."""
        return self.active is False

    def is_open_to(self, acting: Identity) -> bool:
        """Whether the caller may book it, for themselves or for somebody else. Residents, and staff who book for themselves,
        may if it is open to their community. Clerks and grid workers of its own community may book it for a resident of any
        community: whom the centre takes in by exception is for its staff to decide, as at the counter."""
        among = self.open_to_communities
        return among is None or acting.community_id in among or serves(acting, self.community_id, HELPERS)

    def check_open_to(self, acting: Identity) -> None:
        """Raises NotForYourCommunity unless it `is_open_to` the caller."""
        if not self.is_open_to(acting):
            raise NotForYourCommunity(open_to=self.open_to)

    def approve_no_more(self, account_id: UUID) -> None:
        """The account no longer decides about this space. If it was the last approver, the desk decides."""
        self.approver_ids = [one for one in self.approver_ids if one != account_id]
        self.changed()

    def is_approver(self, acting: Identity) -> bool:
        """Whether the caller decides about requests for it."""
        if not self.approver_ids:
            return serves(acting, self.community_id, APPROVERS)
        known = acting.account_id is not None and UUID(acting.account_id) in self.approver_ids
        return known and acting.party == "staff" and self.community_id in acting.reach

    @property
    def notice_minutes(self) -> int:
        """How long before its start a booking is made at the latest. A request needs time to be answered."""
        if not self.needs_approval:
            return self.min_notice_minutes
        return max(self.min_notice_minutes, self.answer_notice_minutes)

    def answer_by(self, starts_at: datetime, now: datetime) -> datetime:
        """When a request that is made at `now` lapses. Staff may ask later than residents; then it lapses at its start."""
        due = starts_at - timedelta(minutes=self.answer_notice_minutes)
        return due if due > now else starts_at

    def blocked(self, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
        """The time that a booking blocks: its own time, with the turnover before and after it."""
        return (
            starts_at - timedelta(minutes=self.buffer_before_minutes),
            ends_at + timedelta(minutes=self.buffer_after_minutes),
        )

    def kept_from(self, claims: Sequence[Span]) -> Sequence[Span]:
        """The instants that a new booking of this space cannot use, given `claims` (blocked spans of other bookings). The
        turnover of the new booking must not touch the claims either. So each claim is widened: at its start by the turnover
        after a booking, at its end by the turnover before one."""
        before, after = self.buffer_before_minutes * 60, self.buffer_after_minutes * 60
        return [(start - after, end + before) for start, end in claims] if before or after else claims

    def earliest(self, now: datetime) -> int:
        """The first instant, in whole seconds, at which a booking made at `now` may start."""
        return ceil(now.timestamp()) + self.notice_minutes * 60

    def check_request(
        self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime, beyond: bool = False
    ) -> None:
        """The rules that need no calendar. Raises the first of `obstacles`."""
        for refusal in self.obstacles(starts_at, ends_at, attendees, now, beyond):
            raise refusal

    def obstacles(
        self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime, beyond: bool = False
    ) -> Iterator[Refusal]:
        """Each rule without the calendar that a booking made at `now` breaks: length, notice, people. Times are aware.
        With `beyond`, neither notice nor the longest booking counts, but no booking is longer than LONGEST_BOOKING. In this
        order: OutOfUse, EndsBeforeStart (then nothing more), InPast or TooSoon, TooShort or TooLong, OverCapacity."""
        if self.is_out_of_use:
            yield OutOfUse()
        if ends_at <= starts_at:
            yield EndsBeforeStart()
            return
        if starts_at < now:
            yield InPast()
        elif not beyond and starts_at.timestamp() < self.earliest(now):
            yield TooSoon(min_notice_minutes=self.notice_minutes)
        longest = LONGEST_BOOKING if beyond else timedelta(minutes=self.max_minutes)
        if ends_at - starts_at < timedelta(minutes=self.min_minutes):
            yield TooShort(min_minutes=self.min_minutes)
        elif ends_at - starts_at > longest:
            yield TooLong(max_minutes=int(longest.total_seconds()) // 60)
        if attendees > self.capacity:
            yield OverCapacity(capacity=self.capacity, attendees=attendees)

    def check_capacity(self, attendees: int) -> None:
        """Raises OverCapacity if it does not hold so many people."""
        if attendees > self.capacity:
            raise OverCapacity(capacity=self.capacity, attendees=attendees)


_own, _neighbour = aliased(Community), aliased(Community)
# A part of every statement that selects a space, so that the booking path needs no statement of its own for it.
Space.neighbours = column_property(
    case(
        (
            Space.open_to == "sub_district",
            select(func.array_agg(aggregate_order_by(_neighbour.id, _neighbour.id)))
            .join(_own, _own.sub_district_id == _neighbour.sub_district_id)
            .where(_own.id == Space.community_id)
            .correlate_except(_own, _neighbour)
            .scalar_subquery(),
        )
    )
)
