"""The declarative base of the gateway's tables."""

from sqlalchemy.orm import DeclarativeBase

from chassis.database.engine import COLUMN_TYPES


class Base(DeclarativeBase):
    type_annotation_map = COLUMN_TYPES
