"""The guardians of children, as the gateway said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.base import Base


class Guardian(Base):
    """`guardian_id` is notified of what `account_id`, a child, is notified of, until `until`."""

    __tablename__ = "guardian"
    __table_args__ = (Index("guardian_of_children", "guardian_id"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    guardian_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime]
