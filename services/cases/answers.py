"""What RPC gives: a case as one caller sees it, its history, and the reference tables."""

from typing import Any

from marshmallow import Schema, fields

from chassis.rpc.identity import Identity
from services.cases.models import Case


class LocationAnswer(Schema):
    """`lat` and `lon` are in `datum`; `source_datum` is what the citizen's map gave."""

    lat = fields.Float()
    lon = fields.Float()
    datum = fields.Constant("wgs84")
    source_datum = fields.String()


class CaseAnswer(Schema):
    id = fields.UUID()
    version = fields.Integer()
    community_id = fields.String()
    number = fields.String()
    channel = fields.String(attribute="channel.code")
    channel_name = fields.Raw(attribute="channel.name")
    category = fields.String(attribute="category.code")
    category_name = fields.Raw(attribute="category.name")
    grid_id = fields.String(allow_none=True)
    text = fields.String()
    address = fields.String(allow_none=True)
    location = fields.Nested(LocationAnswer, allow_none=True)
    photo_ids = fields.List(fields.UUID())
    anonymous = fields.Boolean()
    reporter_id = fields.UUID(attribute="named_reporter", allow_none=True)
    state = fields.String()
    department_id = fields.UUID(attribute="department.id", dump_default=None)
    department_name = fields.Raw(attribute="department.name", dump_default=None)
    handler_id = fields.UUID(allow_none=True)
    settlement = fields.String(allow_none=True)
    satisfied = fields.Boolean(allow_none=True)
    reported_at = fields.AwareDateTime()
    accepted_at = fields.AwareDateTime(allow_none=True)
    dispatched_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    declined_at = fields.AwareDateTime(allow_none=True)


CASE = CaseAnswer()


def case_for(case: Case, acting: Identity) -> dict[str, Any]:
    """The case with what this caller may do now (`allowed_actions`), and whether it is their own (`mine`)."""
    answer: dict[str, Any] = CASE.dump(case)
    return answer | {"mine": case.is_reported_by(acting), "allowed_actions": case.allowed_actions(acting)}


class LookUpAnswer(Schema):
    """Status and dates only: the token may have been written on a slip of paper."""

    number = fields.String()
    state = fields.String()
    reported_at = fields.AwareDateTime()
    accepted_at = fields.AwareDateTime(allow_none=True)
    dispatched_at = fields.AwareDateTime(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    declined_at = fields.AwareDateTime(allow_none=True)


class HistoryAnswer(Schema):
    version = fields.Integer()
    at = fields.AwareDateTime()
    action = fields.String()
    from_state = fields.String(allow_none=True)
    to_state = fields.String()
    actor_id = fields.UUID(allow_none=True)
    actor_party = fields.String()
    department_id = fields.UUID(attribute="department.id", dump_default=None)
    department_name = fields.Raw(attribute="department.name", dump_default=None)
    note = fields.String(allow_none=True)
    public = fields.Boolean()


class ChannelAnswer(Schema):
    code = fields.String()
    name = fields.Raw()
    description = fields.Raw()
    min_photos = fields.Integer()
    sign_in_required = fields.Boolean()
    staff_roles = fields.List(fields.String())
    anonymous_default = fields.Boolean()


class CategoryAnswer(Schema):
    code = fields.String()
    parent = fields.String(allow_none=True)
    name = fields.Raw()


class DepartmentAnswer(Schema):
    id = fields.UUID()
    code = fields.String()
    name = fields.Raw()


class GridAnswer(Schema):
    id = fields.String()
    community_id = fields.String()
    name = fields.Raw()
