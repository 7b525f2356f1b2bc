"""Limits that contradict each other: one of them could never be reached, because of the other."""

from services.booking.limits.models import Limit

_AT_LEAST_AS_LONG = {"day": 1, "week": 7, "month": 31}


def makes_useless(narrow: Limit, wide: Limit) -> bool:
    """Whether `narrow` can never be reached because of `wide`: whatever counts for `narrow` counts for `wide` too, and `wide`
    allows no more. Both are of one community, subject and measure."""
    return _within_place(narrow, wide) and _within_period(narrow, wide) and narrow.allowed >= wide.allowed


def _within_place(narrow: Limit, wide: Limit) -> bool:
    """Every space that `narrow` is about, `wide` is about too. The space of `narrow` must be loaded."""
    if narrow.space is not None:
        return wide.covers_space(narrow.space)
    if wide.space_id is not None:
        return False
    return wide.kind in (None, narrow.kind) and wide.section in (None, narrow.section)


def _within_period(narrow: Limit, wide: Limit) -> bool:
    """Every period of `narrow` is inside one of `wide`. A week can be in two months, and days in a row can be in two weeks."""
    if (narrow.period, narrow.days) == (wide.period, wide.days):
        return True
    if wide.period == "trailing" and narrow.period != "future":
        length = narrow.days if narrow.period == "trailing" else _AT_LEAST_AS_LONG.get(narrow.period)
        return length is not None and length <= (wide.days or 0)
    return narrow.period == "day" and wide.period in ("week", "month")
