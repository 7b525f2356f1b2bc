"""The counter for case numbers."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.cases.base import Base


class NumberCounter(Base):
    """The last number of a community's cases on one day, a date in the centre's time zone."""

    __tablename__ = "case_number_counters"

    community_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
