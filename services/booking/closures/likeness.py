"""How unlike another time is to the one that somebody booked, in minutes. No I/O.

The person who booked at ten knows best what ten o'clock on that day is worth. So an hour later on the same day costs 70, the
same hour a week later 200, and the same hour on the next day 240. Another space costs a little, because people go to the same
building.
"""

from typing import Final

from services.booking.spaces.models import Space

OTHER_CLOCK: Final = 10  # and the minutes by the clock: so one person moves by an hour rather than two by half an hour
SAME_WEEKDAY: Final = 200
OTHER_DAY: Final = 180  # and PER_DAY for each day
PER_DAY: Final = 60
OTHER_SPACE: Final = 20
OTHER_SECTION: Final = 60
MISSING_EQUIPMENT: Final = 30  # for each thing that the booked space has and the other has not
SEATS: Final = 5  # so many seats that stay empty count one minute,
MOST_FOR_SEATS: Final = 20  # and never more than this


def of_days(days: int) -> int:
    """`days` is how many local days lie between the two, negative if the other is earlier."""
    if days % 7 == 0:
        return SAME_WEEKDAY * abs(days) // 7
    return OTHER_DAY + PER_DAY * abs(days)


def of_clock(seconds: int) -> int:
    """`seconds` is how much earlier or later the clock shows."""
    return OTHER_CLOCK + abs(seconds) // 60 if seconds else 0


def of_spaces(booked: Space, other: Space, attendees: int) -> int:
    """Of a space of the same kind with room for `attendees`."""
    if other.id == booked.id:
        return 0
    missing = len(_equipment(booked) - _equipment(other))
    empty = min((other.capacity - attendees) // SEATS, MOST_FOR_SEATS)
    of_section = OTHER_SECTION if other.section != booked.section else 0
    return OTHER_SPACE + of_section + MISSING_EQUIPMENT * missing + empty


def _equipment(space: Space) -> set[str]:
    return {str(sorted(thing.get("name", {}).items())) for thing in space.equipment or ()}
