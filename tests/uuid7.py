"""Ids of a given time, for rows of tables that are partitioned by time."""

from datetime import datetime
from uuid import UUID, uuid4

from chassis.database.partitions import first_uuid7


def uuid7_of(moment: datetime) -> UUID:
    """A new uuid7 of `moment` (aware)."""
    return UUID(int=first_uuid7(moment).int | 7 << 76 | 2 << 62 | uuid4().int & (1 << 62) - 1)
