"""Cases: reporting, reading and looking up what citizens bring to the centre."""

from typing import Any

from marshmallow import fields, post_dump

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Decimal,
    Flag,
    Id,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Part,
    Query,
    Request,
    Text,
    Versioned,
    Words,
    flag,
    identifier,
    list_of,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, Unauthenticated
from services.cases.interface.refusals import CaseNotFound, ChannelForStaff, PhotoRequired
from services.cases.interface.states import OPEN, OUTCOMES, STATES

PARTIES = Words(
    {
        "resident": ("居民", "Resident"),
        "staff": ("工作人员", "Staff"),
        "system": ("系统", "System"),
        "anonymous": ("未署名居民", "Anonymous resident"),
    }
)
DATUMS = ("wgs84", "gcj02", "bd09")  # of positions in reports
MAX_PHOTOS = 6  # of one case
MOST_REPORTERS = 50  # of one search


class Location(Answer):
    """Degrees in `datum`. `source_datum` is the datum in which the report gave the position."""

    lat = fields.Float(required=True, metadata={"example": 33.6178})
    lon = fields.Float(required=True, metadata={"example": 114.6496})
    datum = fields.Constant("wgs84", metadata={"example": "wgs84"})
    source_datum = text("gcj02", maybe=True, description="datum in which the position was reported")


class CaseDates(Answer):
    state = word(STATES)
    reported_at = moment(label=("提交时间", "Reported"))
    accepted_at = moment(maybe=True)
    dispatched_at = moment(maybe=True)
    settled_at = moment(maybe=True)
    closed_at = moment(maybe=True)
    declined_at = moment(maybe=True)
    disputed_at = moment(maybe=True)
    withdrawn_at = moment(maybe=True)
    voided_at = moment(maybe=True)


class Case(Versioned, CaseDates):
    number = text("LY-20261122-0007")
    channel = text("photo", attribute="channel.code")
    channel_name = names("随手拍", "Photo report", maybe=True, label=("渠道", "Channel"), attribute="channel.name")
    category = text("facilities-light", attribute="category.code")
    category_name = names("路灯照明", "Street lighting", maybe=True, label=("类别", "Category"), attribute="category.name")
    grid_id = text("liuyi-1", maybe=True, label=("网格", "Grid"))
    address = text("六一路 3 号楼", maybe=True, label=("地点", "Place"))
    location = fields.Nested(Location, allow_none=True, metadata={"label": {"zh-CN": "坐标", "en": "Coordinates"}})
    photo_ids = fields.List(fields.UUID(), metadata={"example": ["0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e11"]})
    anonymous = flag()
    published = flag(maybe=True, label=("对外公开", "Public"), description="whether everybody can see it, without the reporter")
    reporter_id = identifier(maybe=True, attribute="named_reporter")
    reporter_name = text("李建国", maybe=True, description="only for staff; added by the gateway; each access is logged")
    system_id = identifier(maybe=True, description="the other system that reported it as itself")
    system_name = text("12345 热线", maybe=True, description="only for staff; added by the gateway")
    department_id = identifier(maybe=True, attribute="department.id", dump_default=None)
    department_name = names(
        "城市管理办公室",
        "Urban management office",
        maybe=True,
        label=("承办单位", "Department"),
        attribute="department.name",
        dump_default=None,
    )
    handler_id = identifier(maybe=True)
    handler_name = text("承办人", maybe=True, description="only for staff; added by the gateway")
    settlement = text("已更换灯泡。", maybe=True, description="the public result")
    outcome = word(OUTCOMES, maybe=True, description="how it ended; null: not settled, or not stated")
    solved = flag(maybe=True, description="what the reporter said")
    satisfied = flag(maybe=True, description="what the reporter said")
    mine = flag(maybe=True, description="whether you reported it")
    allowed_actions = fields.List(fields.String(), metadata={"example": ["accept", "decline"]})
    # The last field, because it hides the function of its name.
    text = text("3 号楼前的路灯坏了。", maybe=True, description="null for a system that did not report the case")


class FieldOfStep(Answer):
    name = text("reason", description="name of the field in the request")
    kind = text("text", description="text, flag, or a choice: outcome, category, department (GET /departments), handler")
    label = names("原因（居民可见）", "Reason (the resident sees it)")
    required = flag(True)
    most = number(1000, maybe=True, description="the number of characters that a text may have")
    blank = names("不更正", "Leave as it is", maybe=True, description="what it means to leave out a choice")
    yes = names("满意", "Satisfied", maybe=True, description="label of true, for a flag")
    no = names("不满意", "Not satisfied", maybe=True, description="label of false, for a flag")


class StepOfCase(Answer):
    name = text("decline", description="last part of the step's path")
    label = names("不受理", "Decline")
    says = fields.List(
        fields.Nested(FieldOfStep), required=True, data_key="fields", metadata={"description": "what the step asks for"}
    )


class CaseWithSteps(Case):
    steps = fields.List(
        fields.Nested(StepOfCase), required=True, metadata={"description": "the steps that you may take now, with their fields"}
    )


class Reported(Answer):
    case = fields.Nested(Case, required=True)
    lookup_token = text(
        "K7MW-3XQ9", maybe=True, description="the code of the slip, to follow the case without an account; only in this answer"
    )

    @post_dump
    def _leave_out_a_missing_token(self, answer: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in answer.items() if value is not None}


class HistoryLine(Answer):
    version = number(2, maybe=True, description="of the case, after the step")
    at = moment()
    action = text("accept")
    from_state = word(STATES, maybe=True)
    to_state = word(STATES)
    actor_id = identifier(maybe=True)
    actor_party = word(PARTIES)
    for_id = identifier(maybe=True, dump_default=None, description="only for staff: the colleague on leave for whom they acted")
    department_id = identifier(maybe=True, attribute="department.id", dump_default=None)
    department_name = names(
        "城市管理办公室", "Urban management office", maybe=True, attribute="department.name", dump_default=None
    )
    note = text("…", maybe=True)
    public = flag(True)


class OwnStep(HistoryLine):
    """A step of a case of the caller."""

    case_id = identifier()


class PhotoOfCase(Answer):
    photo_id = identifier()
    anonymous = flag(description="whether the case's reporter wants to stay unnamed")


class Position(Part):
    lat = Decimal(required=True, least=-90, most=90, example=33.6178)
    lon = Decimal(required=True, least=-180, most=180, example=114.6496)
    datum = OneOf(*DATUMS, load_default="wgs84", description="datum of `lat` and `lon`; the position is stored as WGS 84")


class ReportCase(Request):
    channel = Code(required=True, example="suggestion_box", description="from GET /channels; the channel `photo` needs a photo")
    category = Code(required=True, example="facilities-light", description="from GET /categories")
    text = Text(required=True, most=2000, example="建议在 3 号楼前加一盏路灯。")
    grid_id = Code(example="liuyi-1")
    address = Text(most=200, example="六一路 3 号楼")
    location = fields.Nested(Position)
    photo_ids = ListOf(Id(), most=MAX_PHOTOS, distinct=True, load_default=list, example=[], description="from POST /photos")
    anonymous = Flag(example=False)
    resident_id = Id(example=None, description="the resident to report for; only for staff of the channel")


class ListCases(Paged):
    scope = OneOf(
        "mine", "desk", load_default="mine", description="desk: all cases that your roles, or `cases:read` of a system, show"
    )
    state = OneOf(*STATES)
    category = Code(example="facilities-light")
    grid_id = Code(example="liuyi-1")
    handler_id = Id(example=None, description="cases that are assigned to this member of staff")
    assigned = OneOf(
        "me", "my_grids", example=None, description="me: cases that are assigned to you; my_grids: cases in your grids"
    )
    open = Flag(example=None, description=f"whether it is in one of the states {', '.join(OPEN)}")
    satisfied = Flag(example=None, description="what the reporter said of the result")
    reported_before = Moment(example=None)
    community_id = Code(example=None, description="cases of this community")
    order = OneOf("newest", "oldest", load_default="newest", description="which cases come first")
    q = Text(most=60, example="路灯", description="one or more characters of text or place, or the beginning of a number")


class SearchCases(Paged):
    q = Text(most=60, example="路灯", description="as in the list of cases")
    reporter_ids = ListOf(Id(), most=MOST_REPORTERS, distinct=True, load_default=list, example=[])


class OneCase(Request):
    case_id = Id(required=True)


class CaseHistory(Paged, OneCase):
    pass


class ListOwnSteps(Paged):
    pass


class FindPhotos(Request):
    photo_ids = ListOf(Id(), least=1, most=100, distinct=True, required=True)


LIST_CASES = Query("cases.list_cases", "List cases", takes=ListCases(), gives=page_of(Case), refuses=(Forbidden,))
SEARCH_CASES = Query(
    "cases.search_cases",
    "Find cases by text, number or reporter",
    takes=SearchCases(),
    gives=page_of(Case),
    refuses=(Forbidden,),
)
GET_CASE = Query("cases.get_case", "Read a case", takes=OneCase(), gives=CaseWithSteps(), refuses=(CaseNotFound,))
GET_CASE_HISTORY = Query(
    "cases.get_case_history",
    "Read the history of a case",
    takes=CaseHistory(),
    gives=page_of(HistoryLine),
    refuses=(CaseNotFound,),
)
LIST_OWN_STEPS = Query(
    "cases.list_own_steps",
    "List the steps of all cases that you reported",
    takes=ListOwnSteps(),
    gives=page_of(OwnStep),
)
FIND_PHOTOS = Query(
    "cases.find_photos",
    "Find which photos belong to a case",
    takes=FindPhotos(),
    gives=list_of(PhotoOfCase),
    refuses=(Forbidden,),
)
REPORT_CASE = Command(
    "cases.report_case",
    "Report a case",
    takes=ReportCase(),
    gives=Reported(),
    refuses=(PhotoRequired, ChannelForStaff, Forbidden, Unauthenticated),
    description="Visitors may report at most 60 times per hour. They follow the case with its number and `lookup_token`. A "
    "system with `cases:write` reports as itself, and can hand both to the citizen who called it.",
)
