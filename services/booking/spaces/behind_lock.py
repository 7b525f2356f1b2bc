"""The lock of a space: the columns and their rules, without I/O."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.booking.interface.locks import MOST_MINUTES


class BehindLock:
    """The part of a Space that says which lock is on its door. The codes of its bookings are valid from `code_minutes_before`
    their start until `code_minutes_after` their end. A booking opens the locks of its space, of its parts, and of its whole."""

    lock_id: Mapped[UUID | None]
    code_minutes_before: Mapped[int] = mapped_column(default=10, server_default=text("10"))
    code_minutes_after: Mapped[int] = mapped_column(default=10, server_default=text("10"))

    LOCK_CHECKS = (
        ForeignKeyConstraint(
            ["lock_id", "community_id"], ["door_lock.id", "door_lock.community_id"], name="space_lock_of_community"
        ),
        CheckConstraint(
            f"code_minutes_before BETWEEN 0 AND {MOST_MINUTES} AND code_minutes_after BETWEEN 0 AND {MOST_MINUTES}",
            name="space_code_minutes",
        ),
    )
