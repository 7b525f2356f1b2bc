"""The search of the desk."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from chassis.rpc.interface import Answer, Count, FieldError, OneOf, Paged, Rule, Text, flag, identifier, number, text
from gateway.accounts.search_terms import MOST_QUERY
from gateway.api import access
from gateway.api.resource import Resource
from gateway.operations import search as operations
from services.booking.interface.bookings import Booking
from services.cases.interface.cases import Case
from services.events.interface.club_events import ClubEvent

CURSOR_OF_A_GROUP = Rule("cursor_of_a_group", "A cursor needs the `group` that it is of.", "翻页须同时指定 group。")


class SearchDesk(Paged):
    limit = Count(
        least=1,
        most=operations.MOST_ROWS,
        example=operations.PER_GROUP,
        load_default=operations.PER_GROUP,
        description="items of each group",
    )
    q = Text(required=True, most=MOST_QUERY, example="王", description="a name, a phone or its last 4 digits, a number, a text")
    group = OneOf(*operations.GROUPS, example=None, description="only this group; needed for `cursor`")

    @validates_schema
    def _has_one_group(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("cursor") is not None and data.get("group") is None:
            raise FieldError(CURSOR_OF_A_GROUP, "cursor")


class FoundResident(Answer):
    id = identifier()
    community_id = text("liuyi")
    name = text("王秀英", maybe=True)
    birth_year = number(1948, maybe=True)
    has_own_phone = flag()


def _group_of(schema: type[Schema], name: str) -> fields.Nested:
    group = Answer.from_dict(
        {
            "available": flag(True, description="false while the part that has them does not answer"),
            "items": fields.List(fields.Nested(schema), required=True),
            "next_cursor": fields.String(
                required=True, allow_none=True, metadata={"example": None, "description": "null on the last page"}
            ),
        },
        name=f"Found{name}",
    )
    return fields.Nested(group, required=True, allow_none=True, metadata={"description": "null if your roles do not show them"})


class Found(Answer):
    q = text("王")
    too_many_people = flag(
        False, description="more residents fit than are listed; their bookings and cases are not in the other groups then"
    )
    people = _group_of(FoundResident, "People")
    bookings = _group_of(Booking, "Bookings")
    cases = _group_of(Case, "Cases")
    events = _group_of(ClubEvent, "Events")


search = Resource("search", "查找 · Search of the desk")


@search.get(
    "/search",
    "Search people, bookings, cases and club events",
    query=SearchDesk(),
    answer=Found(),
    needs=access.staff(*operations.ROLES),
    refuses=(429,),
    description="For staff, in the communities in which they work. `limit` is for each group. Names that are shown are logged.",
)
def search_desk(query: dict[str, Any]) -> dict[str, Any]:
    return operations.find(query["q"], group=query.get("group"), limit=query["limit"], cursor=query.get("cursor"))
