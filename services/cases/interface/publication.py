"""What everybody may read: cases of published channels, without their reporters (ADR 0091)."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Code,
    Count,
    Flag,
    Id,
    ListOf,
    Moment,
    Paged,
    Query,
    check_order,
    flag,
    identifier,
    moment,
    names,
    page_of,
    text,
    word,
)
from services.cases.interface.cases import Location
from services.cases.interface.states import OPEN, STATES, State

MOST_IDS = 100  # of one request
MOST_SKIPPED = 20_000  # rows before the first page


OVER = tuple(str(state) for state in State if state not in OPEN)  # closed for the public


class PublicCase(Answer):
    """`text`, `address` and `photo_ids` are empty until staff have read them."""

    id = identifier()
    community_id = text("liuyi")
    number = text("LY-20261122-0007")
    state = word(STATES)
    over = flag(description="whether it is closed for the public")
    category = text("facilities-light", attribute="category.code")
    category_name = names("路灯照明", "Street lighting", attribute="category.name")
    department_name = names(
        "城市管理办公室", "Urban management office", maybe=True, attribute="department.name", dump_default=None
    )
    address = text("六一路 3 号楼", maybe=True)
    location = fields.Nested(Location, allow_none=True)
    photo_ids = fields.List(fields.UUID(), metadata={"example": []})
    settlement = text("已更换灯泡。", maybe=True, description="the public result")
    reported_at = moment()
    changed_at = moment()
    # The last field, because it hides the function of its name.
    text = text("3 号楼前的路灯坏了。", maybe=True)


class PublicStep(Answer):
    id = identifier()
    case_id = identifier()
    at = moment()
    to_state = word(STATES)
    over = flag()
    note = text("已更换灯泡。", maybe=True, description="words of staff for the public")


class Skipping(Paged):
    skip = Count(most=MOST_SKIPPED, example=0, load_default=0, description="rows to leave out before the first page")


class ListPublicCases(Skipping):
    case_ids = ListOf(Id(), most=MOST_IDS, description="only these; the other filters then do not count")
    categories = ListOf(Code(example=None), most=MOST_IDS, example=None)
    over = Flag(example=None)
    reported_from = Moment(example=None)
    reported_to = Moment(example=None, description="inclusive")
    changed_from = Moment(example=None)
    changed_to = Moment(example=None, description="inclusive")

    @validates_schema
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "reported_from", "reported_to")
        check_order(data, "changed_from", "changed_to")


class ListPublicSteps(Skipping):
    case_ids = ListOf(Id(), most=MOST_IDS)
    since = Moment(example=None)
    until = Moment(example=None, description="inclusive")

    @validates_schema
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "since", "until")


LIST_PUBLIC_CASES = Query(
    "cases.list_public_cases",
    "List the cases that everybody may see",
    takes=ListPublicCases(),
    gives=page_of(PublicCase),
    description="The newest reports first; with `changed_from` or `changed_to`, the latest changes first.",
)
LIST_PUBLIC_STEPS = Query(
    "cases.list_public_steps",
    "List the steps of the cases that everybody may see",
    takes=ListPublicSteps(),
    gives=page_of(PublicStep),
    description="Oldest first.",
)
