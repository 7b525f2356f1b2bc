"""Lotteries, entries and wins: tables and rules. The times of a lottery are a part of the calendar (calendar/models.py)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Integer

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.booking.access import ADMIN, DESK, HELPERS, serves
from services.booking.base import Base
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import (
    CANCELLED,
    CANCELLED_BECAUSE,
    CLOSED,
    DRAWN,
    ENTRY_STATES,
    MOST_WINS,
    MOST_WISHES,
    OPEN,
    STORED_STATES,
)
from services.booking.interface.lottery_refusals import EntriesNotOpen, EntryOver, LotteryNotClosed, LotteryOver
from services.booking.interface.spaces import SECTIONS
from services.booking.lotteries import record
from services.booking.lotteries.drawing import Draw, Entry, Outcome, digest
from services.booking.spaces.models import Space

ENTERED, WITHDRAWN, WON, LOST, VOID = "entered", "withdrawn", "won", "lost", "void"


class Lottery(Aggregate, Base):
    """A lottery. Times are aware, in UTC. `secret` is shown to nobody before the draw. `record` is the public file (record.py).
    Of a time at which entries open or close, the start is inclusive and the end exclusive. `left_out` is how many times of the
    plan were closed or taken. `created_by`, `closed_by`, `drawn_by` and `cancelled_by` are admins; null: the job."""

    __tablename__ = "lottery"

    title: Mapped[dict[str, Any]]
    section: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    draws_at: Mapped[datetime]
    first_starts_at: Mapped[datetime]
    last_ends_at: Mapped[datetime]
    most_wins: Mapped[int]
    number_of_times: Mapped[int]
    left_out: Mapped[int]
    entered: Mapped[int] = mapped_column(default=0)  # when entries closed
    secret: Mapped[str]
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    drawn_at: Mapped[datetime | None]
    drawn_by: Mapped[UUID | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None]
    cancelled_because: Mapped[str | None]
    note: Mapped[str | None]

    counted: ClassVar[int] = 0  # entries that take part now; not stored: see shown.py

    times: Mapped[list[LotteryTime]] = relationship(
        LotteryTime, lazy="raise", order_by=LotteryTime.number, primaryjoin=lambda: LotteryTime.lottery_id == Lottery.id
    )

    __table_args__ = (
        one_of("state", STORED_STATES, "lottery_state"),
        one_of("section", SECTIONS, "lottery_section"),
        one_of("cancelled_because", CANCELLED_BECAUSE, "lottery_cancelled_because"),
        CheckConstraint("opens_at < closes_at AND closes_at <= draws_at AND draws_at < first_starts_at", name="lottery_order"),
        CheckConstraint(f"most_wins BETWEEN 1 AND {MOST_WINS} AND entered >= 0", name="lottery_numbers"),
        CheckConstraint("(state IN ('closed', 'drawn')) <= (closed_at IS NOT NULL)", name="lottery_closed_at"),
        CheckConstraint("(state = 'drawn') = (drawn_at IS NOT NULL)", name="lottery_drawn_at"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="lottery_cancelled_at"),
        # What the job looks for.
        Index("lottery_to_close", "closes_at", "id", postgresql_where=text("state = 'open'")),
        Index("lottery_to_draw", "draws_at", "id", postgresql_where=text("state = 'closed'")),
        Index("lottery_of_community", "community_id", "closes_at", "id"),
    )

    def phase(self, now: datetime) -> str:
        """One of STATES of the interface. Between `closes_at` and the job, entries are closed already."""
        if self.state != OPEN:
            return self.state
        if now < self.opens_at:
            return "announced"
        return OPEN if now < self.closes_at else CLOSED

    def shown_phase(self, acting: Identity, now: datetime) -> str:
        """The field `state` of answers."""
        return self.phase(now)

    @property
    def taking_part(self) -> int:
        """The field `entered` of answers."""
        return self.counted if self.closed_at is None else self.entered

    def shown_times(self, acting: Identity, now: datetime) -> list["TimeShown"]:
        """The field `times` of answers. The times and their spaces must be loaded."""
        entries, result = self.record["entries"], self.record["result"]
        wanted = Counter(time for entry in entries for time in entry["wishes"]) if entries is not None else None
        given = None
        if result is not None:
            given = {wish["time"] for entry in result for wish in entry["wishes"] if wish["outcome"] == "won"}
        return [
            TimeShown(
                time,
                None if wanted is None else wanted[time.number],
                None if given is None else time.number in given,
            )
            for time in self.times
        ]

    @property
    def is_over(self) -> bool:
        return self.state in (DRAWN, CANCELLED)

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The field `can` of answers: what an admin may do next."""
        if self.is_over or not serves(acting, self.community_id, (ADMIN,)):
            return []
        step = ["draw"] if self.state == CLOSED else ["close"] if self.phase(now) == OPEN else []
        return [*step, "cancel"]

    def check_open(self, now: datetime) -> None:
        """Raises EntriesNotOpen."""
        if (phase := self.phase(now)) != OPEN:
            raise EntriesNotOpen(opens_at=self.opens_at.isoformat(), closes_at=self.closes_at.isoformat(), state=phase)

    def check_not_over(self) -> None:
        """Raises LotteryOver."""
        if self.is_over:
            raise LotteryOver(state=self.state)

    def commit(self, secret: str, times: Sequence[Mapping[str, Any]]) -> None:
        """Begin the public file, with the SHA-256 of the secret and the times as `record.opened` has them."""
        about = {"lottery_id": str(self.id), "most_wins": self.most_wins, "times": list(times)}
        self.secret, self.record = secret, record.opened(commitment=digest(secret), **about)

    @property
    def commitment(self) -> str:
        return str(self.record["commitment"])

    def close(self, entries: Sequence["LotteryEntry"], now: datetime, *, by: UUID | None = None) -> None:
        """No entry is taken any more. `entries`, those that take part, get their numbers: in an order that nobody can know
        without the secret, so a number says nothing about who entered when. Raises LotteryOver, also if it is closed."""
        if self.state != OPEN:
            raise LotteryOver(state=self.state)
        self.state, self.closed_at, self.closed_by, self.closes_at = (
            CLOSED,
            now,
            by,
            min(self.closes_at, max(now, self.opens_at + timedelta(microseconds=1))),
        )
        for number, entry in enumerate(sorted(entries, key=self._place_of), 1):
            entry.number = number
        self.entered = len(entries)
        self.record = record.closed(self.record, self.drawn_from(entries))
        self.changed()

    def _place_of(self, entry: "LotteryEntry") -> str:
        return digest(f"{self.secret}:{entry.id}")

    @staticmethod
    def drawn_from(entries: Sequence["LotteryEntry"]) -> list[Entry]:
        """The entries as the draw has them, sorted by number."""
        numbered = [Entry(entry.number, tuple(entry.wishes)) for entry in entries if entry.number is not None]
        return sorted(numbered, key=lambda entry: entry.number)

    def check_drawable(self) -> None:
        """Raises LotteryOver, or LotteryNotClosed."""
        self.check_not_over()
        if self.state != CLOSED:
            raise LotteryNotClosed(state=self.state, closes_at=self.closes_at.isoformat())

    def finish(self, draw: Draw, now: datetime, *, by: UUID | None = None) -> None:
        """It is drawn. It must be closed, and its times open."""
        self.state, self.drawn_at, self.drawn_by = DRAWN, now, by
        self.record = record.drawn(self.record, self.secret, draw)
        self.changed()

    def cancel(self, because: str, note: str | None, now: datetime, *, by: UUID) -> None:
        """It takes place no more. Its times must be loaded. Raises LotteryOver."""
        self.check_not_over()
        self.state, self.cancelled_at, self.cancelled_by = CANCELLED, now, by
        self.cancelled_because, self.note = because, note
        self.open_times()
        self.changed()

    def open_times(self) -> None:
        """Everybody may book them. They must be loaded."""
        for time in self.times:
            time.reserved = False


@dataclass(frozen=True, slots=True)
class TimeShown:
    """A time in an answer. `wishes` is None before entries close, `given` before the draw."""

    time: LotteryTime
    wishes: int | None
    given: bool | None


@dataclass(frozen=True, slots=True)
class WishShown:
    """A wish in an answer, with what became of it."""

    time: LotteryTime
    outcome: str | None
    round: int | None
    by: int | None
    booking_id: UUID | None


class LotteryEntry(Aggregate, Base):
    """The wishes of `resident_id` (null after the erasure of the account) in a lottery: numbers of times, the most wanted
    first. `subject_id` is the household, or the resident if there is none: it enters once. `number` is the one in the public
    file, given when entries close. `results` are what became of the wishes, as in the file. `settled_at` is when the entry was
    over. `home_id` is the community where the resident lives, as it is known since `home_since`; null in entries from before
    this was noted. `admitted`: staff entered somebody to whose community a wanted space was not open, which is theirs to
    decide."""

    __tablename__ = "lottery_entry"

    lottery_id: Mapped[UUID] = mapped_column(ForeignKey("lottery.id"))
    resident_id: Mapped[UUID | None]
    household_id: Mapped[UUID | None]
    home_id: Mapped[str | None]
    home_since: Mapped[datetime | None]
    admitted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    subject_id: Mapped[UUID]
    entered_by: Mapped[UUID]
    attendees: Mapped[int]
    wishes: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    state: Mapped[str] = mapped_column(default=ENTERED)
    number: Mapped[int | None]
    results: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    entered_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    bookings: ClassVar[Mapping[int, UUID]] = {}  # of what it won, by the number of the time; not stored: see shown.py

    lottery: Mapped[Lottery] = relationship(Lottery, lazy="raise")

    __table_args__ = (
        one_of("state", ENTRY_STATES, "lottery_entry_state"),
        CheckConstraint(f"cardinality(wishes) BETWEEN 1 AND {MOST_WISHES}", name="lottery_entry_wishes"),
        CheckConstraint("attendees > 0", name="lottery_entry_attendees"),
        CheckConstraint("(state = 'entered') = (settled_at IS NULL)", name="lottery_entry_settled_at"),
        UniqueConstraint("lottery_id", "number", name="lottery_entry_number"),
        # Two phones of one household at once.
        Index("lottery_entry_once", "lottery_id", "subject_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
        Index("lottery_entry_of_resident", "resident_id", "entered_at", "id"),
        Index("lottery_entry_of_community", "community_id", "entered_at", "id"),
        Index("lottery_entry_settled", "settled_at", postgresql_where=text("settled_at IS NOT NULL")),
    )

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own or of a child of theirs, or the caller works at the desk. Raises Unauthenticated."""
        own = acting.speaks_for(self.resident_id)
        return own or serves(acting, self.community_id, DESK)

    def check_changed_by(self, acting: Identity) -> None:
        """Raises Forbidden for somebody at the desk who only looks."""
        if not acting.speaks_for(self.resident_id) and not serves(acting, self.community_id, HELPERS):
            raise Forbidden(needs=sorted(HELPERS))

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The field `can` of answers. Its lottery must be loaded."""
        may = acting.speaks_for(self.resident_id) or serves(acting, self.community_id, HELPERS)
        if not may or self.state != ENTERED:
            return []
        return ["change", "withdraw"] if self.lottery.phase(now) == OPEN else ["withdraw"]

    def shown_wishes(self, acting: Identity, now: datetime) -> list[WishShown]:
        """The field `wishes` of answers. Its lottery must be loaded with the times and their spaces."""
        times, results = {time.number: time for time in self.lottery.times}, {one["time"]: one for one in self.results or ()}
        return [
            WishShown(
                times[number],
                (one := results.get(number, {})).get("outcome"),
                one.get("round"),
                one.get("by"),
                self.bookings.get(number),
            )
            for number in self.wishes
        ]

    def lottery_state(self, acting: Identity, now: datetime) -> str:
        return self.lottery.phase(now)

    def may_book(self, space: Space) -> bool:
        """Whether `space` is open to the community where the resident lives now. It was when they entered, or else staff have
        `admitted` them."""
        among = space.open_to_communities
        return among is None or self.admitted or self.home_since is None or self.home_id in among

    def wish(self, wishes: Sequence[int], attendees: int) -> None:
        """Other wishes than before. They count as if they had always been these."""
        if (self.wishes, self.attendees) != (list(wishes), attendees):
            self.wishes, self.attendees = list(wishes), attendees
            self.changed()

    def withdraw(self, now: datetime) -> None:
        """It takes part no more. After entries have closed its number stays in the public file, and wins nothing. Raises
        EntryOver."""
        if self.state != ENTERED:
            raise EntryOver(state=self.state)
        self.state, self.settled_at = WITHDRAWN, now
        self.changed()

    def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """What came of it."""
        self.results = [outcome.public() for outcome in outcomes]
        if self.state == ENTERED:
            self.state = WON if any(one.outcome == "won" for one in outcomes) else LOST
            self.settled_at = now
            self.changed()

    def void(self, now: datetime) -> None:
        """The lottery was cancelled."""
        self.state, self.settled_at = VOID, now
        self.changed()


class LotteryWin(Base):
    """A time that an entry has won, and the booking that was made of it. A time is won once, and a booking is of one win."""

    __tablename__ = "lottery_win"

    lottery_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("lottery_entry.id", ondelete="CASCADE"))
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"))
    community_id: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["lottery_id", "number"], ["lottery_time.lottery_id", "lottery_time.number"], name="lottery_win_of_time"
        ),
        UniqueConstraint("booking_id", name="lottery_win_booking"),
        Index("lottery_win_of_entry", "entry_id"),
    )
