"""The table of forms that wait."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base

WAITS_FOR: Final = timedelta(minutes=30)
LONGEST: Final = 100_000  # characters of a form
MOST: Final = 500  # forms that wait


class CarriedForm(Base):
    """A form whose writer signs in at another site. `content` is encrypted (gateway.http.sealed). Only the browser of the
    writer knows the id, which is random."""

    __tablename__ = "carried_form"
    __table_args__ = (
        Index("carried_form_expires", "expires_at"),
        CheckConstraint(f"length(content) <= {LONGEST}", name="carried_form_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    content: Mapped[str]
    expires_at: Mapped[datetime]
