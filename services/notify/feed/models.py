"""The tables of the district feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.partitions import Partitions
from chassis.database.tables import Xid8
from services.notify.base import Base

PARTITIONS = Partitions("feed", "event_id", stays=("received_at >= :before",))
FEED_SEQ = Sequence("feed_seq", metadata=Base.metadata, data_type=BigInteger)


class FeedEntry(Base):
    """One message. Readers read in the order of (epoch, xid, seq), in the running epoch only up to the oldest running
    transaction. With `seq` alone they would miss a row whose transaction commits late. `feed_seq` makes positions unique,
    because a unique index of a partitioned table must contain its key, `event_id`."""

    __tablename__ = "feed"
    __table_args__ = (
        Index("feed_position", "epoch", "xid", "seq"),
        Index("feed_received", "received_at"),
        {"postgresql_partition_by": "RANGE (event_id)"},
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    seq: Mapped[int] = mapped_column(BigInteger, server_default=FEED_SEQ.next_value())
    community_id: Mapped[str]
    source: Mapped[str]
    type: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class FeedPruned(Base):
    """One row: the place up to which messages were deleted. A reader at an earlier place has missed messages."""

    __tablename__ = "feed_pruned"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    epoch: Mapped[int]
    xid: Mapped[str] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)


class FeedTakenOver(Base):
    """One row, since the gateway's feed was taken over: no place of epoch 0 is after it."""

    __tablename__ = "feed_taken_over"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    xid: Mapped[str] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)
