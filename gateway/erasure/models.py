"""Erasures and the answers of the services.

| state     | meaning                                                | next                                        |
|-----------|--------------------------------------------------------|---------------------------------------------|
| requested | waits until `due_at`; the resident can keep it         | kept, or closing when it is due             |
| kept      | the resident kept the account                          | final                                       |
| closing   | nobody can use the account; running calls come to an end | erasing                                   |
| erasing   | the gateway has erased it; services are to answer      | reporting, when booking, cases and events did |
| reporting | notify sends the receipt and erases the addresses      | done, when notify answered                  |
| done      | nothing leads to the person any more                   | final                                       |
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.engine import Aggregate
from gateway.database import Base
from gateway.refusals.own_data import ErasureNotRequested

STATES: Final = ("requested", "kept", "closing", "erasing", "reporting", "done")
REASONS: Final = ("asked", "guardian", "deceased", "duplicate")  # of staff
# notify comes last, because it has the addresses to which the receipt goes.
BEFORE_NOTIFY: Final = frozenset({"booking", "cases", "events"})
LAST: Final = "notify"
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letters that look like digits


class ErasureAnswer(Base):
    """What `service` erased ([{what, count}]) and kept ([{what, count, reason}])."""

    __tablename__ = "erasure_answer"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasure.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    erased: Mapped[list[Any]]
    kept: Mapped[list[Any]]
    at: Mapped[datetime]


class Erasure(Aggregate, Base):
    """The erasure of one account. `number` is that of the receipt: everybody who has it can read the receipt. `requested_by` is
    the member of staff who asked on behalf of the resident, for `reason`. `account_id` is forgotten at the end. There is no
    foreign key to the account, because the erasure outlives it."""

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'kept', 'closing', 'erasing', 'reporting', 'done')", name="erasure_state_known"
        ),
        CheckConstraint("state IN ('kept', 'done') OR account_id IS NOT NULL", name="erasure_of_account"),
        CheckConstraint("state <> 'done' OR account_id IS NULL", name="erasure_forgets"),
        Index("erasure_running", "account_id", unique=True, postgresql_where=text("state NOT IN ('kept', 'done')")),
        Index("erasure_due", "due_at", postgresql_where=text("state IN ('requested', 'closing')")),
    )

    number: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="requested")
    requested_at: Mapped[datetime]
    requested_by: Mapped[UUID | None]
    reason: Mapped[str | None]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    answers: Mapped[list[ErasureAnswer]] = relationship(lazy="selectin", order_by=ErasureAnswer.at)

    @classmethod
    def request(
        cls, account_id: UUID, community_id: str, now: datetime, grace: timedelta, *, by: UUID | None, reason: str | None
    ) -> "Erasure":
        """A new erasure, due after `grace`. `by` and `reason` are those of staff."""
        return cls(
            community_id=community_id,
            number=new_number(),
            account_id=account_id,
            state="requested",
            requested_at=now,
            requested_by=by,
            reason=reason,
            due_at=now + grace,
            answers=[],
        )

    @property
    def waits_for(self) -> list[str]:
        """The services that have not answered yet, if it runs."""
        answered = {answer.service for answer in self.answers}
        return sorted({*BEFORE_NOTIFY, LAST} - answered) if self.state in ("erasing", "reporting") else []

    def keep(self) -> None:
        """The resident keeps the account. Raises ErasureNotRequested when it is too late."""
        if self.state != "requested":
            raise ErasureNotRequested()
        self.state = "kept"
        self.changed()

    def close(self, now: datetime) -> None:
        """From now on nobody can use the account."""
        self.state, self.closed_at = "closing", now
        self.changed()

    def begin(self, now: datetime) -> None:
        """The gateway has erased the account."""
        self.state, self.erased_at = "erasing", now
        self.changed()

    def hear(self, answer: ErasureAnswer, now: datetime) -> bool:
        """Take the answer of a service. A second one of the same service changes nothing. Returns whether notify is to send the
        receipt now."""
        if any(known.service == answer.service for known in self.answers) or self.state in ("done", "kept"):
            return False
        self.answers.append(answer)
        answered = {known.service for known in self.answers}
        if self.state == "erasing" and answered >= BEFORE_NOTIFY:
            self.state = "reporting"
            self.changed()
            return True
        if answer.service == LAST:
            self.state, self.done_at, self.account_id = "done", now, None
            self.changed()
        return False


def new_number() -> str:
    """A number that nobody can guess: 80 random bits, such as 7K3M-9QTX-4WDA-H8RE."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def as_stored(number: str) -> str:
    """The number as it is stored, from how a person types it: small letters, spaces, O for 0, I or L for 1."""
    letters = number.upper().translate(str.maketrans("OIL", "011"))
    kept = "".join(letter for letter in letters if letter in _LETTERS)
    return "-".join(kept[start : start + 4] for start in range(0, len(kept), 4))
