"""Cases, and the reference data they need."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from gateway.api.fields import Code, Flag, Id, OneOf, Paged, Shape, Words, of_demo
from gateway.api.schemas.given import Given, Versioned, flag, ident, list_of, moment, names, number, page_of, text, word

STATES = ("reported", "accepted", "dispatched", "settled", "closed", "declined")
MAX_PHOTOS = 6


class Location(Given):
    lat = fields.Float(required=True, metadata={"example": 33.6178})
    lon = fields.Float(required=True, metadata={"example": 114.6496})
    datum = text("wgs84")
    source_datum = text("gcj02", maybe=True, description="what the map gave")


class CaseDates(Given):
    state = word(*STATES)
    reported_at = moment()
    accepted_at = moment(maybe=True)
    dispatched_at = moment(maybe=True)
    settled_at = moment(maybe=True)
    closed_at = moment(maybe=True)
    declined_at = moment(maybe=True)


class Case(Versioned, CaseDates):
    number = text("LY-20261122-0007")
    channel = text("photo")
    channel_name = names("随手拍", "Photo report", maybe=True)
    category = text("facilities-light")
    category_name = names("路灯照明", "Street lighting")
    grid_id = text("liuyi-1", maybe=True)
    address = text("六一路 3 号楼", maybe=True)
    location = fields.Nested(Location, allow_none=True)
    photo_ids = fields.List(fields.UUID(), metadata={"example": ["0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e11"]})
    anonymous = flag()
    reporter_id = ident(maybe=True)
    reporter_name = text("李建国", maybe=True, description="at the desk only; each look is logged")
    department_id = ident(maybe=True)
    department_name = names("城市管理办公室", "Urban management office", maybe=True)
    handler_id = ident(maybe=True)
    handler_name = text("承办人", maybe=True)
    settlement = text("已更换灯泡。", maybe=True, description="what everybody may read")
    satisfied = flag(maybe=True)
    mine = flag(maybe=True, description="whether you reported it")
    allowed_actions = fields.List(fields.String(), metadata={"example": ["accept", "decline"]})
    text = text("3 号楼前的路灯坏了。")  # last: it hides the function of its name


class Reported(Given):
    case = fields.Nested(Case, required=True)
    lookup_token = text("k3nT9…", maybe=True, description="follows the case without an account; told once")


class Step(Given):
    version = number(2, maybe=True, description="of the case, after the step")
    at = moment()
    action = text("accept")
    from_state = word(*STATES, maybe=True)
    to_state = word(*STATES)
    actor_id = ident(maybe=True)
    actor_party = text("staff")
    department_id = ident(maybe=True)
    department_name = names("城市管理办公室", "Urban management office", maybe=True)
    note = text("…", maybe=True)
    public = flag(True)


class LookedUp(CaseDates):
    number = text("LY-20261122-0007")


class Channel(Given):
    code = text("photo")
    name = names("随手拍", "Photo report")
    description = names("随手拍下身边的问题，至少一张照片。", "Snap what is wrong around you; at least one photo.", maybe=True)
    min_photos = number(1, maybe=True)
    sign_in_required = flag(maybe=True)
    staff_roles = fields.List(
        fields.String(), metadata={"description": "who enters it for a citizen; empty: citizens themselves", "example": []}
    )
    anonymous_default = flag(maybe=True)


class Category(Given):
    code = text("facilities-light")
    parent = text("facilities", maybe=True)
    name = names("路灯照明", "Street lighting")


class Department(Given):
    id = ident()
    code = text("urban-management")
    name = names("城市管理办公室", "Urban management office")


class Grid(Given):
    id = text("liuyi-1")
    community_id = text("liuyi")
    name = names("第一网格（六一路东段）", "Grid 1 (Liuyi Road east)")


CASES, STEPS = page_of(Case), page_of(Step)
CHANNELS, CATEGORIES, DEPARTMENTS, GRIDS = list_of(Channel), list_of(Category), list_of(Department), list_of(Grid)


def _distinct(values: list[Any]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError("Each photo can be given once.")


class Position(Shape):
    lat = fields.Float(required=True, allow_nan=False, validate=validate.Range(-90, 90), metadata={"example": 33.6178})
    lon = fields.Float(required=True, allow_nan=False, validate=validate.Range(-180, 180), metadata={"example": 114.6496})
    datum = OneOf("wgs84", "gcj02", "bd09", metadata={"description": "what the map gave; stored as WGS 84"})


class ReportCase(Shape):
    channel = Code(required=True, example="suggestion_box", metadata={"description": "from GET /channels; `photo` needs one"})
    category = Code(required=True, example="facilities-light", metadata={"description": "from GET /categories"})
    text = Words(required=True, most=2000, example="建议在 3 号楼前加一盏路灯。")
    grid_id = Code(example="liuyi-1")
    address = Words(most=200, example="六一路 3 号楼")
    location = fields.Nested(Position)
    photo_ids = fields.List(
        Id(),
        validate=[validate.Length(max=MAX_PHOTOS), _distinct],
        metadata={"example": [], "description": "from POST /photos"},
    )
    anonymous = Flag(example=False)
    resident_id = Id(example=None, metadata={"description": "for whom; staff of the channel only"})


class ListCases(Paged):
    scope = OneOf("mine", "desk", load_default="mine", metadata={"description": "desk: what your roles let you see"})
    state = OneOf(*STATES)
    category = Code(example="facilities-light")
    grid_id = Code(example="liuyi-1")
    q = Words(most=60, least=2, example="路灯")


class LookUp(Shape):
    number = Words(required=True, most=40, example="LY-20261122-0007")
    token = Words(required=True, most=100, example="k3nT9…")


class AcceptCase(Shape):
    category = Code(example="facilities-light")
    note = Words(most=1000, example="已核实位置。")


class DispatchCase(Shape):
    department_id = Id(required=True, example=of_demo("department", "public-works"))
    handler_id = Id(example=of_demo("account", "handler"), metadata={"description": "a member of staff; see GET /staff"})
    note = Words(most=1000, example="请于两日内处理。")


class Reason(Shape):
    reason = Words(required=True, most=1000, example="不属于本社区职责范围。")


class SettleCase(Shape):
    settlement = Words(required=True, most=2000, example="已更换灯泡。")


class CloseCase(Shape):
    satisfied = Flag()
    comment = Words(most=1000, example="处理得很快。")
