"""What saving a space would change: bookings that no longer fit, requests that wait, and bookings that take a new part too."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Words, flag, identifier, moment, names, number, text, word
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from services.booking.interface.kept_times import KeptTime, WeekOpening

MOST_AFFECTED = 50  # bookings that a preview lists
# Why a booking that exists would not fit what an admin is about to save.
MISFITS = Words(
    {
        "closed": ("不在开放时间内", "Outside the opening hours"),
        "holiday": ("节假日休息", "Closed for the holiday"),
        "blocked": ("临时闭馆或另有安排", "Closed, or other hours that day"),
        "out_of_use": ("场地停用", "The space is out of use"),
        "off_grid": ("不在新的时间刻度上", "Not on the new grid"),
        "too_short": ("短于新的最短时长", "Shorter than the new shortest booking"),
        "too_long": ("超过新的最长时长", "Longer than the new longest booking"),
        "over_capacity": ("人数超过新的容量", "More people than the new capacity"),
    }
)
APPROVAL_CHANGES = Words(
    {
        "starts": ("以后预约须经审批", "Booking it will need approval"),
        "ends": ("以后预约不再须经审批", "Booking it will need no approval any more"),
    }
)


class AffectedBooking(Answer):
    """A booking to come. It names no resident."""

    booking_id = identifier()
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    attendees = number(4)
    reason = word(MISFITS)


class ComingBooking(Answer):
    """A booking or a request to come. It names no resident."""

    booking_id = identifier()
    space_id = identifier()
    space_name = names("共享客厅", "Shared living room")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    answer_by = moment("2026-03-01T09:00:00+08:00", maybe=True, description="when the request lapses; null for a booking")


class SpacePreview(Answer):
    """The first bookings to come that would no longer fit, and how many there are. They stay as they are. `kept` are the times
    of the next two weeks that would be kept for some, `openings` the next weeks that would open.

    Bookings that are confirmed stay confirmed if approval starts, ends or gets other approvers. Requests that wait stay
    requests, also if approval ends: the approvers of the changed space answer them, or they lapse."""

    community_id = text(EXAMPLE_COMMUNITY)
    items = fields.List(fields.Nested(AffectedBooking), required=True)
    count = number(1)
    kept = fields.List(fields.Nested(KeptTime), required=True)
    openings = fields.List(fields.Nested(WeekOpening), required=True)
    approval = word(APPROVAL_CHANGES, maybe=True, description="null: it stays as it is")
    other_approvers = flag(description="requests that wait would be answered by others")
    waiting = fields.List(
        fields.Nested(ComingBooking), required=True, metadata={"description": "the first requests that wait for an answer"}
    )
    waiting_count = number(1, description="how many requests wait for an answer")
    coming_count = number(3, description="bookings that are confirmed and have not started; all of them stay")


class NewSpacePreview(Answer):
    """The first bookings of the whole that would take the new part too, and how many there are."""

    community_id = text(EXAMPLE_COMMUNITY)
    items = fields.List(fields.Nested(ComingBooking), required=True)
    count = number(1)
