from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

from chassis.database.engine import COLUMN_TYPES


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = COLUMN_TYPES
    # What is true for one caller or one moment only (`Club.joined`, `Registration.position`) is a plain attribute.
    __allow_unmapped__ = True


def one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    """The column holds one of `values`, whoever writes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)
