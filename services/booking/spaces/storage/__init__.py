"""Selects of spaces and timetables."""

from services.booking.spaces.storage.spaces import find_space, find_spaces, list_spaces
from services.booking.spaces.storage.timetables import (
    find_centre_timetables,
    find_timetable,
    load_alike_timetables,
    load_centre_timetables,
    load_suitable_timetables,
    load_timetable,
    load_timetables,
)

__all__ = [
    "find_centre_timetables",
    "find_space",
    "find_spaces",
    "find_timetable",
    "list_spaces",
    "load_alike_timetables",
    "load_centre_timetables",
    "load_suitable_timetables",
    "load_timetable",
    "load_timetables",
]
