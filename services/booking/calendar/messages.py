"""The tolerant reader of the directory's messages. It lists only the fields that booking uses."""

from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, Schema, ValidationError, fields


def _check_time_zone(name: str) -> None:
    """Raises ValidationError for a time zone that this process does not know. Bookings would fail with it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"no time zone {name!r}") from error


class CommunityRead(Schema):
    class Meta:
        unknown = EXCLUDE

    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    time_zone = fields.String(required=True, validate=_check_time_zone)
