"""What happened to cases, step by step."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.cases.models.base import Base
from services.cases.models.reference import Department

if TYPE_CHECKING:
    from services.cases.models.case import Case


class HistoryEntry(Base):
    """One step of a case, as it was: rows are only ever added (a trigger refuses the rest). `version` is the case's
    version that the step made, the same that its message carries."""

    __tablename__ = "case_history"
    __table_args__ = (UniqueConstraint("case_id", "version", name="case_history_version_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    community_id: Mapped[str]
    version: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_party: Mapped[str]
    note: Mapped[str | None]
    public: Mapped[bool]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))

    case: Mapped["Case"] = relationship(lazy="raise")  # so that a new case is written before its first entry
    department: Mapped[Department | None] = relationship(lazy="selectin")
