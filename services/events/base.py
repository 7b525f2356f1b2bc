"""What the tables of `events` share."""

from typing import ClassVar

from sqlalchemy.orm import DeclarativeBase

from chassis.database.engine import COLUMN_TYPES


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = COLUMN_TYPES
    # Allows plain attributes that are not columns (`Club.joined`, `Registration.position`). Storage fills them in.
    __allow_unmapped__ = True
