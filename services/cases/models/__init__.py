"""What the service keeps: cases and their history, and the reference data they point to."""

from services.cases.models.base import Base
from services.cases.models.case import Case, Location
from services.cases.models.history import HistoryEntry
from services.cases.models.numbering import NumberCounter
from services.cases.models.reference import Category, Channel, Community, Department, Grid

__all__ = [
    "Base",
    "Case",
    "Category",
    "Channel",
    "Community",
    "Department",
    "Grid",
    "HistoryEntry",
    "Location",
    "NumberCounter",
]
