"""The copy of a community of the directory."""

from sqlalchemy.orm import Mapped, mapped_column

from services.notify.base import Base


class Community(Base):
    """`time_zone` is an IANA name. `version` is the directory's."""

    __tablename__ = "community"

    id: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    version: Mapped[int]
