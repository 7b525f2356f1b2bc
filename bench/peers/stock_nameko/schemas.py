"""The schemas of requests, replies and messages."""

from marshmallow import Schema, fields


class BookSpaceSchema(Schema):
    space_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    attendees = fields.Integer(load_default=1)
    purpose = fields.String(load_default=None)


class BookingSchema(BookSpaceSchema):
    id = fields.UUID()


class SpaceSchema(Schema):
    id = fields.UUID()
    code = fields.String()
    kind = fields.String()
    section = fields.String()
    name = fields.Dict()
    description = fields.Dict()
    capacity = fields.Integer()
    location = fields.Dict()
    equipment = fields.List(fields.Dict())
    opening_hours = fields.List(fields.Dict())


class ClubEventSchema(Schema):
    id = fields.UUID()
    section = fields.String()
    title = fields.Dict()
    description = fields.Dict()
    location = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    capacity = fields.Integer()
    taken = fields.Integer()
