"""Tables of the calendar: time zones, statutory days, exceptions for single days, closures, times that a lottery decides, and
the revision of all of a community."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.booking.access import ADMIN, CLOSERS, serves
from services.booking.base import Base
from services.booking.interface.closures import REASONS
from services.booking.interface.refusals import ClosureOver

EVERYWHERE = "*"


class Community(Base):
    """The copy of a community of the directory. `time_zone` is an IANA name. `version` is the directory's, and 0 for a row that
    no message brought. A community without a copy has the default time zone of the installation. `sub_district_id` is null if
    it has none, or if the copy is older than this column (`linli directory announce` fills it)."""

    __tablename__ = "community"

    id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    sub_district_id: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class CalendarDay(Base):
    """A holiday (`kind` holiday), a day that is worked instead (调休, `kind` workday), or a day that is neither (`kind` plain).
    A worked day has the opening hours of `weekday` (1 is Monday, 7 is Sunday). `community_id` "*" means everywhere. A
    community's own row overrides it. `source` is where the data comes from. `provisional`: the law fixes the day, but the
    notice that may move it has not been published."""

    __tablename__ = "calendar_day"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    name: Mapped[dict[str, Any]]
    source: Mapped[str]
    provisional: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    __table_args__ = (
        CheckConstraint("kind IN ('holiday', 'workday', 'plain')", name="calendar_day_kind"),
        CheckConstraint("(kind = 'workday') = (weekday IS NOT NULL) AND weekday BETWEEN 1 AND 7", name="calendar_day_weekday"),
    )

    @property
    def of_community(self) -> str | None:
        """The community that decided it. None for all communities."""
        return None if self.community_id == EVERYWHERE else self.community_id

    def decide(self, kind: str, weekday: int | None, name: Mapping[str, Any], source: str) -> None:
        """Make it certain what the day is. `source` says who decided it; it stays if nothing else changes."""
        before = self.facts()
        self.kind, self.weekday, self.name, self.provisional = kind, weekday, dict(name), False
        if self.facts() != before:
            self.source = source

    def facts(self) -> dict[str, Any]:
        """What the history shows."""
        return {"kind": self.kind, "weekday": self.weekday, "name": self.name, "provisional": self.provisional}


class SpaceException(Base):
    """Different hours of a space for one local day. An empty list means closed. It holds for the parts of the space too, but a
    part's own exception overrides it. A divisible space is open only while all its parts are open."""

    __tablename__ = "space_exception"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    hours: Mapped[list[Any]]
    note: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    def facts(self) -> dict[str, Any]:
        """What the history shows."""
        return {"hours": self.hours, "note": self.note}


class Closure(Aggregate, Base):
    """Spaces are closed from `starts_at` to `ends_at` (aware, the end is exclusive): those in ClosureSpace, or all of the
    community if `whole`. A closure of a divisible space closes its parts, and one of a part closes the whole. Closures may
    overlap. `reason` is a code, `note` a text for everybody. `moved` and `cancelled` count the bookings that were in the way.
    `ended_at` is set if it was ended early. One that is taken back before it begins is deleted. `outside_uid` is the entry of
    the outside calendar from which it comes, if it does. `by_desk`: a clerk blocked a time that was free."""

    __tablename__ = "closure"

    whole: Mapped[bool]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    note: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    outside_uid: Mapped[str | None]
    moved: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    cancelled: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    by_desk: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    spaces: Mapped[list["ClosureSpace"]] = relationship(lazy="raise", passive_deletes=True, order_by="ClosureSpace.space_id")

    __table_args__ = (
        Index(
            "closure_of_outside_entry",
            "community_id",
            "outside_uid",
            unique=True,
            postgresql_where=text("outside_uid IS NOT NULL AND ended_at IS NULL"),
        ),
        CheckConstraint("ends_at > starts_at", name="closure_ends_after_start"),
        one_of("reason", REASONS, "closure_reason"),
        Index("closure_by_end", "community_id", "ends_at", "id"),
    )

    def state(self, acting: Identity, now: datetime) -> str:
        """One of STATES of the interface, at `now`: the field `state` of answers."""
        if self.ends_at <= now:
            return "over"
        return "running" if self.starts_at <= now else "coming"

    def may_be_ended_by(self, acting: Identity) -> bool:
        """Clerks end what the desk has blocked, admins every closure of their communities."""
        return serves(acting, self.community_id, CLOSERS if self.by_desk else (ADMIN,))

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The field `can` of answers."""
        return ["end"] if self.ends_at > now and self.may_be_ended_by(acting) else []

    def end(self, now: datetime) -> None:
        """End it early, at the next full minute. Raises ClosureOver if it has ended, or ends then anyhow."""
        ends_at = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if self.ends_at <= ends_at:
            raise ClosureOver()
        self.ends_at, self.ended_at = ends_at, now
        self.changed()


class ClosureSpace(Base):
    """A space that a closure closes."""

    __tablename__ = "closure_space"

    closure_id: Mapped[UUID] = mapped_column(ForeignKey("closure.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"), primary_key=True)
    community_id: Mapped[str]

    space: Mapped[Any] = relationship("Space", lazy="raise", viewonly=True)

    __table_args__ = (Index("closure_of_space", "space_id"),)


class LotteryTime(Base):
    """A time of a space that a lottery decides. While it is `reserved`, residents cannot book it. A lottery of a divisible
    space reserves its parts too, and one of a part reserves the whole. `number` is its number in the lottery. From
    `blocks_from` until `blocks_until` is its time with the turnover. The end is exclusive. `draws_at` is when the lottery is
    drawn."""

    __tablename__ = "lottery_time"

    lottery_id: Mapped[UUID] = mapped_column(ForeignKey("lottery.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    blocks_from: Mapped[datetime]
    blocks_until: Mapped[datetime]
    draws_at: Mapped[datetime]
    reserved: Mapped[bool] = mapped_column(default=True)

    space: Mapped[Any] = relationship("Space", lazy="raise", viewonly=True)

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lottery_time_ends_after_start"),
        CheckConstraint("blocks_from <= starts_at AND blocks_until >= ends_at", name="lottery_time_blocks"),
        ExcludeConstraint(
            ("space_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            where=text("reserved"),
            name="lottery_time_reserved_once",
        ),
    )


class CalendarRevision(Base):
    """One row for each community that has a space. Triggers set a new `revision` after each change of one of its spaces, of a
    row of it (or of the whole country) in any other table of this file, or of which communities are in its sub-district. What
    was computed from them is valid as long as the revision is the same."""

    __tablename__ = "calendar_revision"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    announced: Mapped[int] = mapped_column(server_default=text("0"))  # counts the messages about changes
    revision: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
