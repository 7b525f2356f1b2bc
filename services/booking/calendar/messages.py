"""The tolerant reader of the directory's messages. It lists only the fields that booking uses."""

from marshmallow import EXCLUDE, Schema, fields

from chassis.time_zones import check_time_zone


class SubDistrictRead(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True)


class CommunityRead(Schema):
    class Meta:
        unknown = EXCLUDE

    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    time_zone = fields.String(required=True, validate=check_time_zone)
    sub_district = fields.Nested(SubDistrictRead, load_default=None, allow_none=True)
