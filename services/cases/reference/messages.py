"""Tolerant readers of the directory's messages. They list only the fields that cases uses."""

from marshmallow import EXCLUDE, Schema, fields

from chassis.time_zones import check_time_zone


class CommunityRead(Schema):
    class Meta:
        unknown = EXCLUDE

    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    number_prefix = fields.String(required=True)
    time_zone = fields.String(required=True, validate=check_time_zone)


class GridRead(Schema):
    class Meta:
        unknown = EXCLUDE

    grid_id = fields.String(required=True)
    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.Raw(required=True)
    position = fields.Integer(required=True)
    active = fields.Boolean(required=True)
