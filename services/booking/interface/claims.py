"""Times that sessions of club events hold. Public, like free times."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Id,
    Paged,
    Query,
    identifier,
    moment,
    names,
    page_of,
)
from services.booking.interface.windows import Window


class ClaimedTime(Answer):
    holder_id = identifier(description="the session of a club event")
    space_ids = fields.List(identifier(), required=True)
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    title = names("乒乓球趣味赛", "Table tennis fun day", maybe=True, attribute="claim_request.title")


class ListClaimedTimes(Window, Paged):
    """From `from` (included) to `to` (excluded), at most 31 days."""

    space_id = Id()


LIST_CLAIMED_TIMES = Query(
    "booking.list_claimed_times",
    "List the times that events hold",
    takes=ListClaimedTimes(),
    gives=page_of(ClaimedTime),
    description="Sorted by start. A space that an event holds cannot be booked then.",
)
