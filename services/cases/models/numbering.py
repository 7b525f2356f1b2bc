"""The counter behind case numbers."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.cases.models.base import Base


class NumberCounter(Base):
    """The last number given to a case of the community on that day (a date of the centre's time zone)."""

    __tablename__ = "case_number_counters"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
