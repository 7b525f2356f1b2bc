"""Somebody who is told things: an account as notify knows it."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.base import Base

LANGUAGES = ("zh-CN", "en")
DEFAULT_LANGUAGE = "zh-CN"


class Recipient(Base):
    """One row per account. Whoever adds to, or reads off, the account's inbox locks this row first: `unread` then is
    always right without counting, and the inbox grows in the order of commits."""

    __tablename__ = "recipient"
    __table_args__ = (
        CheckConstraint("unread >= 0", name="recipient_unread"),
        CheckConstraint("language IN ('zh-CN', 'en')", name="recipient_language"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    language: Mapped[str] = mapped_column(default=DEFAULT_LANGUAGE, server_default=DEFAULT_LANGUAGE)
    unread: Mapped[int] = mapped_column(default=0, server_default="0")
