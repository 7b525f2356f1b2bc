"""The refusals of `booking`. Times in details are RFC 3339, lengths of time are minutes."""

from typing import ClassVar

from chassis.rpc.refusal import Labels, Refusal
from services.booking.interface.spaces import OPEN_TO


class NotForYourCommunity(Refusal):
    """Details: open_to (community | sub_district)."""

    code = "booking.not_for_your_community"
    kind = "forbidden"
    en = "You cannot book this space: “{open_to}”."
    zh = "您不能预约该场地：“{open_to}”。"
    labels: ClassVar[Labels] = {"open_to": OPEN_TO.labels}


class EndsBeforeStart(Refusal):
    code = "booking.ends_before_start"
    kind = "invalid"
    en = "A booking ends after it starts."
    zh = "结束时间必须晚于开始时间。"


class InPast(Refusal):
    code = "booking.in_past"
    kind = "invalid"
    en = "That time has passed."
    zh = "该时间已过。"


class TooSoon(Refusal):
    code = "booking.too_soon"
    en = "Please book at least {min_notice_minutes} minutes ahead."
    zh = "请至少提前{min_notice_minutes}分钟预约。"


class TooFar(Refusal):
    code = "booking.too_far"
    en = "Bookings are open for the next {horizon_days} days."
    zh = "目前只能预约未来{horizon_days}天内的时段。"


class TooShort(Refusal):
    code = "booking.too_short"
    kind = "invalid"
    en = "This space is booked for at least {min_minutes} minutes."
    zh = "该场地每次至少预约{min_minutes}分钟。"


class TooLong(Refusal):
    code = "booking.too_long"
    kind = "invalid"
    en = "This space is booked for at most {max_minutes} minutes."
    zh = "该场地每次最多预约{max_minutes}分钟。"


class OffGrid(Refusal):
    code = "booking.off_grid"
    kind = "invalid"
    en = "Start and end are on the {slot_minutes}-minute grid of the day."
    zh = "开始和结束时间须为{slot_minutes}分钟的整数刻度。"


class OverCapacity(Refusal):
    code = "booking.over_capacity"
    kind = "invalid"
    en = "The space holds {capacity} people."
    zh = "该场地最多容纳{capacity}人。"


class Closed(Refusal):
    """Details: reason (closed: outside the weekly hours | holiday | blocked: an exception for that day)."""

    code = "booking.closed"
    en = "The space is not open at that time."
    zh = "该场地在所选时段不开放。"


class SpaceTaken(Refusal):
    """Details: alternatives, up to three {space_id, space_name, starts_at, ends_at} that can be booked now."""

    code = "booking.space_taken"
    en = "The space is already taken at that time."
    zh = "该时段已被预约。"


class NotCancellable(Refusal):
    """Details: state (cancelled | started)."""

    code = "booking.not_cancellable"
    en = "The booking can no longer be cancelled."
    zh = "该预约已无法取消。"


class NotReschedulable(Refusal):
    """Details: state (cancelled | started)."""

    code = "booking.not_reschedulable"
    en = "The booking can no longer be moved."
    zh = "该预约已无法改期。"


class AttendeesFixed(Refusal):
    """Details: state (cancelled | started)."""

    code = "booking.attendees_fixed"
    en = "The number of people can no longer be changed."
    zh = "该预约的人数已无法更改。"


class ClaimedTwice(Refusal):
    code = "booking.claimed_twice"
    kind = "invalid"
    en = "The same place is asked for twice at the same time."
    zh = "同一场地在同一时段被重复申请。"


class HoldInPast(Refusal):
    code = "booking.hold_in_past"
    kind = "invalid"
    en = "A hold ends in the future."
    zh = "保留的截止时间必须晚于现在。"


class HoldExpired(Refusal):
    code = "booking.hold_expired"
    en = "The hold on that time has expired."
    zh = "该时段的保留已过期。"
