"""The admins of the communities, of whom booking keeps a copy, because they are told of spaces."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.booking.base import Base


class StaffAdmin(Base):
    """What the newest message (`version`) about an account that is or was an admin says. `communities` None means the whole
    district. One that is not `active` was switched off, or is no admin any more."""

    __tablename__ = "staff_admin"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    active: Mapped[bool]
    communities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int]
