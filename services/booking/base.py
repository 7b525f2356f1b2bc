"""What the tables of `booking` share."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from chassis.database.engine import COLUMN_TYPES


class Base(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = COLUMN_TYPES
