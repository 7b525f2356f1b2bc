"""What all tables of notify share."""

from typing import ClassVar

from sqlalchemy.orm import DeclarativeBase

from chassis.database.engine import COLUMN_TYPES


class Base(DeclarativeBase):
    """Declarative base of notify's own tables."""

    type_annotation_map: ClassVar = COLUMN_TYPES
