"""Ages of people of whom only the year of birth is known.

Somebody counts as N years old from the 1 January after the year in which they become N. Before that, the birthday may still be
to come. So nobody signs in before they are 14, and no guardianship ends before the child is 18. Both may be some months late.
"""

from datetime import datetime
from typing import Final

OWN_SIGN_IN: Final = 14
ADULT: Final = 18
MILESTONES: Final = (70, 65, 60)  # the ages that services learn: see Identity.ages


def is_at_least(age: int, birth_year: int | None, now: datetime) -> bool:
    """Whether somebody is certainly `age` years old. Somebody without a year of birth counts as an adult."""
    return birth_year is None or now.year - birth_year > age


def milestone(birth_year: int | None, now: datetime) -> int | None:
    """The highest of MILESTONES that somebody has certainly reached. None if they are younger, or without a year of birth."""
    return next((age for age in MILESTONES if birth_year is not None and is_at_least(age, birth_year, now)), None)


def is_child(birth_year: int | None, now: datetime) -> bool:
    """Whether somebody may have guardians."""
    return not is_at_least(ADULT, birth_year, now)


def earliest_birth_year(now: datetime) -> int:
    """Everybody who was born in this year or later counts as a child."""
    return now.year - ADULT
