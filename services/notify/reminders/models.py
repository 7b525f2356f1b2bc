"""The reminder of a booking or registration, and its rules."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.checks import one_of
from chassis.database.partitions import first_uuid7
from services.notify.base import Base
from services.notify.interface.reminders import OFFER, QUESTION, SUBJECTS
from services.notify.reminders.due_time import due_time

STATES: Final = ("waiting", "sent", "dropped")


class Reminder(Base):
    """One row for each booking, each registration and each question (whether a booking is still needed) that notify has heard
    of, until some time after its end. So a message
    that is late or repeated finds the newer state in `version`, the sequence of the message (chassis.messaging.epochs).

    `state` is `waiting` until `due_at`, `sent`, or `dropped`: nobody is (or need be) reminded. `notice_id` is the `event_id`
    of the reminder's notifications. It is made of the thing, its start and the due time, so `notification_once` refuses a
    second one, whatever the loops do. `content` is what the text shows, as the message said it: public names only.

    A question and an offer to somebody who waits are due at once, and `answer_by` is until when they can be answered; other
    things have none, and are over when they begin.

    `secret_hash` is the hash of the secret in the link of e-mails and SMS. It is NULL before the reminder is sent, and after
    the thing was moved or cancelled."""

    __tablename__ = "reminder"
    __table_args__ = (
        one_of("subject_type", SUBJECTS, "reminder_subject"),
        one_of("state", STATES, "reminder_state"),
        CheckConstraint("state <> 'waiting' OR (due_at IS NOT NULL AND notice_id IS NOT NULL)", name="reminder_due"),
        CheckConstraint("state = 'sent' OR secret_hash IS NULL", name="reminder_secret"),
        Index("reminder_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("reminder_of_account", "account_id"),
        Index("reminder_starts", "starts_at"),
        Index("reminder_secret_key", "secret_hash", unique=True, postgresql_where=text("secret_hash IS NOT NULL")),
    )

    subject_type: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    account_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_at: Mapped[datetime | None]
    notice_id: Mapped[UUID | None]
    secret_hash: Mapped[bytes | None]

    @property
    def template(self) -> str:
        return "moved_reminder" if "previous_starts_at" in self.content else f"{self.subject_type}_reminder"

    def expect(
        self,
        *,
        starts_at: datetime,
        ends_at: datetime,
        content: Mapping[str, Any],
        told_at: datetime,
        zone: ZoneInfo,
        answer_by: datetime | None = None,
    ) -> None:
        """The thing takes place at this time. A new start makes a new reminder, also if the person was reminded of the start
        before. If the start is as before, the person is not reminded again. `told_at` is when the person hears of it. All
        times are aware."""
        same_start = self.state != "dropped" and self.starts_at == starts_at and self._offer_id(content) == self._offer_id()
        self.starts_at, self.ends_at, self.content, self.secret_hash = starts_at, ends_at, dict(content), None
        self.answer_by = answer_by
        if same_start:
            return
        self.due_at = due_time(starts_at, told_at, zone) if answer_by is None else told_at
        self.state = "dropped" if self.due_at is None else "waiting"
        self.notice_id = None if self.due_at is None else self._notice_id(self.due_at)

    def _offer_id(self, content: Mapping[str, Any] | None = None) -> str:
        """Each offer is another one, also of the same time. Empty if it is none."""
        return str((self.content or {} if content is None else content).get("offer_id", ""))

    def drop(self) -> None:
        """Nobody is to be reminded (any more), and the link of a reminder that was sent is void."""
        self.state, self.secret_hash = "dropped", None

    def postpone(self, due_at: datetime) -> None:
        """Send it later. It stays the same reminder."""
        self.due_at = due_at

    def send(self) -> None:
        self.state = "sent"

    def new_secret(self) -> str:
        """The secret for the link. This is the only copy."""
        secret = secrets.token_urlsafe(16)
        self.secret_hash = hash_of(secret)
        return secret

    @property
    def is_question(self) -> bool:
        """Silence has a price, so it is asked however the person wants reminders, and also by SMS."""
        return self.subject_type in (QUESTION, OFFER)

    @property
    def until(self) -> datetime:
        """From then on it makes no sense, and its link is void."""
        return self.answer_by or self.starts_at

    def is_over(self, now: datetime) -> bool:
        return now >= self.until

    def _notice_id(self, due_at: datetime) -> UUID:
        """A uuid7 of the time when it is due, which is the same for the same thing, start and due time."""
        words = f"{self.subject_type} {self.subject_id} {self.starts_at.timestamp()}{self._offer_id()}"
        digest = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8])
        return UUID(int=first_uuid7(due_at).int | 7 << 76 | 2 << 62 | digest >> 2)


def hash_of(secret: str) -> bytes:
    """A plain hash is enough, because secrets are long and random."""
    return hashlib.sha256(secret.encode()).digest()
