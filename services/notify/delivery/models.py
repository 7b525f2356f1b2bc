"""The text messages that the demo's SMS provider took."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import crypto
from chassis.rpc.identity import Identity
from services.notify.base import Base
from services.notify.interface.addresses import SMS, masked


class SinkMessage(Base):
    """An SMS that the `sink` provider took instead of sending it. Phone and text are encrypted. `phone_index` is a keyed
    hash of the phone, to find it by."""

    __tablename__ = "sink_message"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the notification's id, so a second attempt inserts no second row
    sealed_phone: Mapped[bytes] = mapped_column("phone")
    phone_index: Mapped[str] = mapped_column(index=True)
    sealed_body: Mapped[bytes] = mapped_column("body")
    sent_at: Mapped[datetime] = mapped_column(index=True)

    def phone(self, acting: Identity, now: datetime) -> str:
        """The phone for an answer: always masked."""
        return masked(SMS, crypto.decrypt(self.sealed_phone).decode())

    def body(self, acting: Identity, now: datetime) -> str:
        """The text for an answer. Only an admin can ask for it (codes.use_cases.list_sink_messages)."""
        return crypto.decrypt(self.sealed_body).decode()
