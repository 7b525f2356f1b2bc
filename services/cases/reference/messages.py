"""Tolerant readers of the directory's messages. They list only the fields that cases uses."""

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.directory import CommunityRead


class NumberedCommunityRead(CommunityRead):
    """A community and the prefix of the numbers of its cases."""

    number_prefix = fields.String(required=True)


class GridRead(Schema):
    class Meta:
        unknown = EXCLUDE

    grid_id = fields.String(required=True)
    community_id = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.Raw(required=True)
    position = fields.Integer(required=True)
    active = fields.Boolean(required=True)


class DepartmentRead(Schema):
    class Meta:
        unknown = EXCLUDE

    department_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.Raw(required=True)
    position = fields.Integer(required=True)
    active = fields.Boolean(required=True)
    communities = fields.List(fields.String(), required=True, allow_none=True)


class StaffRead(Schema):
    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    active = fields.Boolean(required=True)
    roles = fields.List(fields.String(), required=True)
    communities = fields.List(fields.String(), required=True, allow_none=True)
    departments = fields.List(fields.String(), load_default=list)
    changed_by = fields.UUID(required=True, allow_none=True)
