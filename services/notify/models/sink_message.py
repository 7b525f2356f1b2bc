"""The demo's telephone network: what would have been sent as SMS."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.notify.models.base import Base


class SinkMessage(Base):
    """An SMS that the `sink` provider took. Both phone and text are encrypted; `phone_index` finds them."""

    __tablename__ = "sink_message"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the notification's: taking it twice keeps one
    phone: Mapped[bytes]
    phone_index: Mapped[str] = mapped_column(index=True)
    body: Mapped[bytes]
    sent_at: Mapped[datetime] = mapped_column(index=True)
