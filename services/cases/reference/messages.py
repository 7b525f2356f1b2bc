"""Tolerant readers of the directory's messages. They list only the fields that cases uses."""

from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, Schema, ValidationError, fields


def _check_time_zone(name: str) -> None:
    """Raises ValidationError for a time zone that this process does not know. Reports would fail with it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"no time zone {name!r}") from error


class CommunityRead(Schema):
    class Meta:
        unknown = EXCLUDE

    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    number_prefix = fields.String(required=True)
    time_zone = fields.String(required=True, validate=_check_time_zone)


class GridRead(Schema):
    class Meta:
        unknown = EXCLUDE

    grid_id = fields.String(required=True)
    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.Raw(required=True)
    position = fields.Integer(required=True)
    active = fields.Boolean(required=True)
