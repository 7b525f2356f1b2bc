"""Who waits for which time, what was offered to them, and which times were freed. Tables and rules."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Uuid, func, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity as Caller
from chassis.rpc.refusal import Forbidden
from services.booking.access import DESK, HELPERS, serves
from services.booking.base import Base
from services.booking.interface.refusals import WaitOver
from services.booking.interface.waits import OFFER_STATES, STATES
from services.booking.ledger.models import Holder
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space

WAITING, OFFERED = OPEN = ("waiting", "offered")
TIME_TO_ANSWER: Final = timedelta(hours=2)
# Nobody can answer in less. Then the time is simply free.
LEAST_TO_ANSWER: Final = timedelta(minutes=15)
NIGHT_BEGINS: Final = time(22)
NIGHT_ENDS: Final = time(8)
NO_WAIT_TWICE: Final = "wait_once_for_a_time"


class Wait(Aggregate, Base):
    """Somebody waits for a time as long as that from `starts_at` to `ends_at`, between `earliest_at` and `latest_at`, in one of
    `space_ids`: `space_id`, and with `alike` the others of its kind. Times are aware; nearer to `starts_at` is better. With
    `booking_id` it is a wish for an earlier time of that booking, which starts at `latest_at`. `asked_by` is the resident, a
    guardian or staff. `care` puts it in front of all others; staff decide that. `open_until` is when it is too late for any
    offer. The triggers of the migration note each wait that begins to wait, so that it is compared with what is free."""

    __tablename__ = "wait"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    space_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    alike: Mapped[bool]
    resident_id: Mapped[UUID]
    household_id: Mapped[UUID | None]
    asked_by: Mapped[UUID]
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("booking.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    earliest_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    open_until: Mapped[datetime]
    attendees: Mapped[int]
    # Surely so old (ELDER_AGES). Only noted where times are kept for elders.
    age: Mapped[int | None] = mapped_column(SmallInteger)
    care: Mapped[bool]
    state: Mapped[str] = mapped_column(default=WAITING)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    space: Mapped[Space] = relationship(lazy="raise", viewonly=True)  # see Booking.space

    __table_args__ = (
        one_of("state", STATES, "wait_state"),
        CheckConstraint("ends_at > starts_at", name="wait_ends_after_start"),
        CheckConstraint("earliest_at <= starts_at AND latest_at >= ends_at", name="wait_window"),
        CheckConstraint("(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="wait_ended_at"),
        CheckConstraint("space_id = ANY (space_ids)", name="wait_for_its_space"),
        CheckConstraint("attendees > 0", name="wait_attendees"),
        ExcludeConstraint(
            ("resident_id", "="),
            (func.tstzrange(literal_column("earliest_at"), literal_column("latest_at")), "&&"),
            name=NO_WAIT_TWICE,
            using="gist",
            where=text("state IN ('waiting', 'offered') AND booking_id IS NULL"),
        ),
        Index(
            "wait_for_booking",
            "booking_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'offered') AND booking_id IS NOT NULL"),
        ),
        Index(
            "wait_in_line",
            "community_id",
            text("care DESC"),
            "asked_at",
            "id",
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("wait_overdue", "open_until", postgresql_where=text("state = 'waiting'")),
        Index("wait_of_resident", "resident_id", "starts_at", "id"),
        Index("wait_by_time", "community_id", "starts_at", "id"),
    )

    @property
    def asker(self) -> Asker:
        """For whom it is, as far as it knows them. Nobody waits for what is kept for the counter."""
        return Asker(age=self.age)

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def is_seen_by(self, acting: Caller) -> bool:
        """Whether it is the caller's own or of a child of theirs, or the caller works at the desk of its community. Raises
        Unauthenticated."""
        acting.signed_in()
        return acting.speaks_for(self.resident_id) or serves(acting, self.community_id, DESK)

    def is_changed_by(self, acting: Caller) -> bool:
        return acting.speaks_for(self.resident_id) or serves(acting, self.community_id, HELPERS)

    def check_changed_by(self, acting: Caller) -> str:
        """The role in which the caller changes it: `resident` or `staff`. Raises Forbidden for who may only look."""
        if acting.speaks_for(self.resident_id):
            return "resident"
        if not self.is_changed_by(acting):
            raise Forbidden(needs=sorted(HELPERS))
        return "staff"

    def check_open(self) -> None:
        """Raises WaitOver."""
        if self.state not in OPEN:
            raise WaitOver(state=self.state)

    @property
    def is_exact(self) -> bool:
        """Whether only one time will do."""
        return (self.earliest_at, self.latest_at) == (self.starts_at, self.ends_at)

    def offer(self, space: Space, starts_at: datetime, ends_at: datetime, expires_at: datetime, now: datetime) -> "WaitOffer":
        """A new offer of a time, which the caller claims. Times are aware."""
        self.state = OFFERED
        self.changed()
        return WaitOffer(
            community_id=self.community_id,
            wait_id=self.id,
            space_id=space.id,
            space=space,
            starts_at=starts_at,
            ends_at=ends_at,
            offered_at=now,
            expires_at=expires_at,
            state="open",
        )

    def go_on(self) -> None:
        """Its offer was declined, but other times may do."""
        self.state = WAITING
        self.changed()

    def end(self, state: str, now: datetime) -> None:
        """It is over, at `now`, in one of the states that end it."""
        self.state, self.ended_at = state, now
        self.changed()


class WaitOffer(Aggregate, Base):
    """A time that is held for who waits, until `expires_at` (aware). It holds the claim. A booking that is made of it has its
    id, so its claim can only become one booking. Answered and expired ones stay: they say why somebody was passed over."""

    __tablename__ = "wait_offer"

    wait_id: Mapped[UUID] = mapped_column(ForeignKey("wait.id"))
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    settled_at: Mapped[datetime | None]

    space: Mapped[Space] = relationship(lazy="raise", viewonly=True)  # see Booking.space

    __table_args__ = (
        one_of("state", OFFER_STATES, "wait_offer_state"),
        CheckConstraint("ends_at > starts_at", name="wait_offer_ends_after_start"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="wait_offer_settled_at"),
        Index("wait_offer_open", "wait_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("wait_offer_expires", "expires_at", postgresql_where=text("state = 'open'")),
        Index("wait_offer_of_wait", "wait_id", "offered_at"),
    )

    @property
    def holder(self) -> Holder:
        """It, as the holder of its claims."""
        return Holder("offer", self.id, self.community_id)

    def is_open(self, now: datetime) -> bool:
        return self.state == "open" and now < self.expires_at

    def settle(self, state: str, now: datetime) -> None:
        self.state, self.settled_at = state, now
        self.changed()


class FreedTime(Base):
    """A time in which something may have become free, for those who wait there. Triggers add a row in the transaction
    that frees it, and it is deleted when nobody is left to whom it can be offered. So nothing is lost if a process dies."""

    __tablename__ = "freed_time"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    community_id: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (Index("freed_time_in_order", "community_id", "id"),)


def time_to_answer(now: datetime, starts_at: datetime, notice_minutes: int, zone: ZoneInfo) -> datetime | None:
    """Until when an offer made at `now`, of a time that starts at `starts_at`, can be answered. It is never later than the
    notice that the space needs. The night does not count: what is offered then can be answered in the morning. None if too
    little time is left. All times are aware."""
    until = min(_awake(now, zone) + TIME_TO_ANSWER, too_late(starts_at, notice_minutes))
    return until if until - now >= LEAST_TO_ANSWER else None


def too_late(starts_at: datetime, notice_minutes: int) -> datetime:
    """The last moment at which a time that starts at `starts_at` can be booked."""
    return starts_at - timedelta(minutes=notice_minutes)


def last_chance(latest_at: datetime, length: timedelta, notices: Sequence[int]) -> datetime:
    """From then on, no time of that `length` before `latest_at` can be offered, in spaces that need these notices (minutes)."""
    return too_late(latest_at - length, min(notices)) - LEAST_TO_ANSWER


def _awake(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return now
    morning = local + timedelta(days=1) if local.time() >= NIGHT_BEGINS else local
    return datetime.combine(morning.date(), NIGHT_ENDS, tzinfo=zone)
