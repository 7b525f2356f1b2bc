"""Limits and their history: tables and rules. A limit knows nothing of bookings; it counts spans that it is given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from services.booking.base import Base
from services.booking.calendar.models import EVERYWHERE
from services.booking.interface.limit_words import MEASURES, MOST_DAYS, PERIODS, SUBJECTS, limit_sentence
from services.booking.interface.limits import ACTIONS
from services.booking.interface.refusals import LimitEnded
from services.booking.interface.spaces import KINDS, SECTIONS
from services.booking.spaces.models import Space


class Limit(Aggregate, Base):
    """Each `subject` may have at most `allowed` bookings, or minutes (`measure`), in a `period`. It is about spaces of one
    `kind` or `section`, about one space and its parts (`space_id`), or about all spaces. `community_id` "*" means the whole
    district. Only `allowed` ever changes; a limit that is not needed any more is ended."""

    __tablename__ = "booking_limit"

    subject: Mapped[str]
    kind: Mapped[str | None]
    section: Mapped[str | None]
    space_id: Mapped[UUID | None] = mapped_column(ForeignKey("space.id"))
    measure: Mapped[str]
    period: Mapped[str]
    days: Mapped[int | None]
    allowed: Mapped[int]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    space: Mapped[Space | None] = relationship(lazy="raise")

    __table_args__ = (
        one_of("subject", SUBJECTS, "booking_limit_subject"),
        one_of("kind", KINDS, "booking_limit_kind"),
        one_of("section", SECTIONS, "booking_limit_section"),
        one_of("measure", MEASURES, "booking_limit_measure"),
        one_of("period", PERIODS, "booking_limit_period"),
        CheckConstraint("num_nonnulls(kind, section, space_id) <= 1", name="booking_limit_one_place"),
        CheckConstraint(
            f"(period = 'trailing') = (days IS NOT NULL) AND days BETWEEN 1 AND {MOST_DAYS}", name="booking_limit_days"
        ),
        CheckConstraint("period <> 'at_once' OR measure = 'count'", name="booking_limit_counts_at_once"),
        CheckConstraint("allowed > 0", name="booking_limit_allows_some"),
        # Two admins at once cannot set two limits of the same kind.
        Index(
            "booking_limit_in_force",
            *("community_id", "subject", "kind", "section", "space_id", "measure", "period", "days"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("booking_limit_of_space", "space_id"),
    )

    @property
    def of_community(self) -> str | None:
        """The id of its community. None for the whole district."""
        return None if self.community_id == EVERYWHERE else self.community_id

    @property
    def sentence(self) -> dict[str, str]:
        """It in words, in both languages. Its space must be loaded."""
        return limit_sentence(
            subject=self.subject,
            measure=self.measure,
            period=self.period,
            days=self.days,
            allowed=self.allowed,
            kind=self.kind,
            section=self.section,
            space_name=self.space.name if self.space is not None else None,
        )

    @property
    def where(self) -> Communities:
        """The communities that it is about."""
        return DISTRICT if self.of_community is None else Communities.only(self.community_id)

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """What the caller may do with it."""
        may_change = acting.system_id is None and "admin" in acting.roles and self.where in acting.reach
        return ["change", "end"] if may_change and self.ended_at is None else []

    def covers(self, community_id: str, kind: str, section: str, space_id: UUID, parent_id: UUID | None) -> bool:
        """Whether it is about this space."""
        return (
            self.community_id in (EVERYWHERE, community_id)
            and self.kind in (None, kind)
            and self.section in (None, section)
            and self.space_id in (None, space_id, parent_id)
        )

    def covers_space(self, space: Space) -> bool:
        return self.covers(space.community_id, space.kind, space.section, space.id, space.parent_id)

    def amount(self, starts_at: datetime, ends_at: datetime) -> int:
        """What a booking counts: 1, or its minutes; a begun minute counts."""
        return 1 if self.measure == "count" else -(-int((ends_at - starts_at).total_seconds()) // 60)

    def allow(self, allowed: int) -> None:
        """Allow more or less. The number that it has changes nothing. Raises LimitEnded."""
        self._check_in_force()
        if allowed != self.allowed:
            self.allowed = allowed
            self.changed()

    def end(self, now: datetime) -> None:
        """It no longer holds. Raises LimitEnded if it was ended before."""
        self._check_in_force()
        self.ended_at = now
        self.changed()

    def facts(self) -> dict[str, Any]:
        """It, for its history."""
        names = ("subject", "kind", "section", "measure", "period", "days", "allowed")
        return {
            **{name: getattr(self, name) for name in names},
            "space_id": str(self.space_id) if self.space_id else None,
            "ended": self.ended_at is not None,
        }

    def _check_in_force(self) -> None:
        if self.ended_at is not None:
            raise LimitEnded()


class LimitChange(Base):
    """One change of a limit, written in its transaction. Rows are only added. `before` is null for a new limit; both have the
    fields that differ."""

    __tablename__ = "booking_limit_change"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    limit_id: Mapped[UUID] = mapped_column(ForeignKey("booking_limit.id"))
    version: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("limit_id", "version", name="booking_limit_change_version"),
        one_of("action", ACTIONS, "booking_limit_change_action"),
    )

    @classmethod
    def of(cls, limit: Limit, action: str, before: Mapping[str, Any] | None, *, actor_id: UUID, at: datetime) -> "LimitChange":
        """The change of `limit` from `before` (its facts then) to what it is now."""
        after = limit.facts()
        differing = {name for name in after if before is None or before[name] != after[name]}
        return cls(
            community_id=limit.community_id,
            limit_id=limit.id,
            version=limit.version,
            at=at,
            actor_id=actor_id,
            action=action,
            before=None if before is None else {name: before[name] for name in differing},
            after={name: after[name] for name in differing},
        )
