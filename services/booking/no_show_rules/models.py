"""The rule of a community about no-shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, case, func, select
from sqlalchemy.orm import Mapped, column_property

from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.interface.no_show_rules import MOST_DAYS_AHEAD, MOST_FORGET_DAYS, MOST_TOLERATED
from services.booking.spaces.models import Space


class NoShowRule(Aggregate, Base):
    """Who has more than `tolerated` points (points.py; they fade in `forget_days`) may book spaces that ask for check-in at
    most `days_ahead` days ahead. None: not at all. It holds for new and moved bookings while it is `active`."""

    __tablename__ = "no_show_rule"

    active: Mapped[bool]
    tolerated: Mapped[int]
    forget_days: Mapped[int]
    days_ahead: Mapped[int | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("community_id", name="no_show_rule_of_community"),
        CheckConstraint(f"tolerated BETWEEN 0 AND {MOST_TOLERATED}", name="no_show_rule_tolerated"),
        CheckConstraint(f"forget_days BETWEEN 1 AND {MOST_FORGET_DAYS}", name="no_show_rule_forget_days"),
        CheckConstraint(f"days_ahead BETWEEN 0 AND {MOST_DAYS_AHEAD}", name="no_show_rule_days_ahead"),
    )

    def facts(self) -> dict[str, Any]:
        """It, for its history."""
        return {name: getattr(self, name) for name in ("active", "tolerated", "forget_days", "days_ahead")}


# A part of every statement that selects a space, so that booking needs no statement of its own to know that there is no rule.
# The cached timetables have it too: triggers renew the calendar's revision when a rule changes.
_AS_JSON = func.jsonb_build_object(
    "tolerated", NoShowRule.tolerated, "forget_days", NoShowRule.forget_days, "days_ahead", NoShowRule.days_ahead
)
Space.no_show_rule = column_property(
    case(
        (
            Space.check_in_grace_minutes.is_not(None),
            select(_AS_JSON)
            .where(NoShowRule.community_id == Space.community_id, NoShowRule.active)
            .correlate_except(NoShowRule)
            .scalar_subquery(),
        )
    )
)
