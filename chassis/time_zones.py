"""Time zones by their IANA names."""

from zoneinfo import ZoneInfo

from marshmallow import ValidationError


def check_time_zone(name: str) -> None:
    """A marshmallow validator. Raises ValidationError for a time zone that this process does not know: work with it would
    fail."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"no time zone {name!r}") from error
