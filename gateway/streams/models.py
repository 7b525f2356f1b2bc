"""The tables of the district feed: all messages of the services, for some days."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.tables import Xid8
from gateway.database import Base


class FeedEntry(Base):
    """One message. Readers read in the order of (xid, seq), and only up to the oldest running transaction. With `seq` alone
    they would miss a row whose transaction commits late."""

    __tablename__ = "feed"
    __table_args__ = (
        Index("feed_position", "xid", "seq", unique=True),
        Index("feed_event_key", "event_id", unique=True),
        Index("feed_received", "received_at"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    community_id: Mapped[str]
    event_id: Mapped[UUID]
    source: Mapped[str]
    type: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class FeedPruned(Base):
    """One row: the position up to which messages were deleted. A reader at an earlier position has missed messages."""

    __tablename__ = "feed_pruned"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    xid: Mapped[str] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)
