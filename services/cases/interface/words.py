"""Words and limits that requests, answers and tables share."""

from enum import StrEnum


class State(StrEnum):
    """The states of a case. The steps between them are in the workflow's table."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    SETTLED = "settled"
    CLOSED = "closed"
    DECLINED = "declined"


STATES = tuple(state.value for state in State)
DATUMS = ("wgs84", "gcj02", "bd09")  # of positions in reports
MAX_PHOTOS = 6  # of one case
MIN_QUERY = 2  # characters of a search
