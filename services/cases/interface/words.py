"""Words and limits that requests, answers and tables share."""

from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    SETTLED = "settled"
    CLOSED = "closed"
    DECLINED = "declined"


STATES = tuple(state.value for state in State)
DATUMS = ("wgs84", "gcj02", "bd09")
MAX_PHOTOS = 6
MIN_QUERY = 2
