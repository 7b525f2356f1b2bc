"""A tolerant reader of what the gateway says about staff. It lists only the fields that booking uses."""

from marshmallow import EXCLUDE, Schema, fields


class WorkRead(Schema):
    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    active = fields.Boolean(required=True)
    communities = fields.List(fields.String(), required=True, allow_none=True)
