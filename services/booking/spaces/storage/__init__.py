"""Selects of spaces and timetables, and the cache of timetables."""

from services.booking.spaces.storage.remembered_timetables import learn_timetable, remembered_timetable
from services.booking.spaces.storage.spaces import find_space, list_spaces
from services.booking.spaces.storage.timetables import (
    end_of_request,
    load_alike_timetables,
    load_centre_timetables,
    load_timetable,
)

__all__ = [
    "end_of_request",
    "find_space",
    "learn_timetable",
    "list_spaces",
    "load_alike_timetables",
    "load_centre_timetables",
    "load_timetable",
    "remembered_timetable",
]
