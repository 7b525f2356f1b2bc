"""Refusals at the door of a space."""

from chassis.rpc.refusal import Refusal


class DoorCodeUnknown(Refusal):
    """The code was made up or read wrongly, or the door has another one by now."""

    code = "booking.door_code_unknown"
    kind = "invalid"
    en = "This code does not hold (any more). Please scan the one beside the door."
    zh = "这个二维码无效或已停用。请扫门口现在显示的二维码。"


class DoorCodeExpired(Refusal):
    code = "booking.door_code_expired"
    kind = "gone"
    en = "This code has expired: it changes every minute. Please scan the one on the display again."
    zh = "这个二维码已过期（每分钟更换）。请重新扫门口屏幕上的二维码。"


class NothingToCheckIn(Refusal):
    """Details: next_at (the start of the caller's next booking here today, or null), opens_at (when its check-in opens)."""

    code = "booking.nothing_to_check_in"
    en = "You have no booking here in which you can check in now. Check-in opens 15 minutes before the start."
    zh = "您在这里没有现在可以签到的预约。开始前 15 分钟起可以签到。"


class NoWalkIn(Refusal):
    """The space is not open to people who walk in without staff."""

    code = "booking.no_walk_in"
    en = "This space cannot be taken on the spot. Please ask the staff, or book ahead."
    zh = "该场地不能到场即用，请联系工作人员或提前预约。"


class NotUntilThen(Refusal):
    """Details: ends, the ends that are possible now, RFC 3339."""

    code = "booking.not_until_then"
    en = "It cannot be taken until then. Please choose another end."
    zh = "不能用到那个时间，请另选结束时间。"
