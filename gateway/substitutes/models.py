"""The table of substitutions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.engine import Aggregate
from gateway.database import Base


class Substitution(Aggregate, Base):
    """From `starts_at` until `ends_at`, the account `substitute_id` does the work of `account_id`, who is on leave. One that
    was called off before it began starts and ends at the same time. Rows are kept, because histories refer to them."""

    __tablename__ = "substitution"

    __table_args__ = (
        CheckConstraint("starts_at <= ends_at", name="substitution_order"),
        CheckConstraint("account_id <> substitute_id", name="substitution_of_another"),
        Index("substitution_of_account", "account_id", "ends_at"),
        Index("substitution_of_substitute", "substitute_id", "ends_at"),
        ExcludeConstraint(
            ("account_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="substitution_one_at_a_time",
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    def end(self, now: datetime) -> bool:
        """End it now. Returns whether that was a change; ending it twice changes nothing."""
        if self.ends_at <= now or self.starts_at == self.ends_at:
            return False
        self.ends_at = max(now, self.starts_at)
        self.changed()
        return True

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now or self.starts_at == self.ends_at
