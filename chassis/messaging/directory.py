"""The tolerant reader of the message that a community was described. Several services keep a copy of what it says."""

from marshmallow import EXCLUDE, Schema, fields

from chassis.time_zones import check_time_zone


class CommunityRead(Schema):
    """What every copy needs. A service that needs more adds the fields in a class below this one."""

    class Meta:
        unknown = EXCLUDE

    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    time_zone = fields.String(required=True, validate=check_time_zone)
