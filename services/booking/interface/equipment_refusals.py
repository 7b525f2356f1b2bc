"""The refusals about equipment."""

from chassis.rpc.refusal import Refusal


class EquipmentTaken(Refusal):
    """Details: equipment, what is missing: {kind_id, name, wanted, free, times}. `free` is how many are free at that time;
    `times` are up to two other times of the same length around it, {starts_at, ends_at}, at which enough are free; whether the
    space is free then is another question."""

    code = "booking.equipment_taken"
    en = "The equipment is not available at that time: {missing}."
    zh = "这个时间的设备不够：{missing}。"

    def text(self, language: str) -> str:
        code = "en" if language.startswith("en") else "zh-CN"
        shown = [_missing(one, code) for one in self.details.get("equipment", [])]
        return (self.en if code == "en" else self.zh).format(missing=("; " if code == "en" else "；").join(shown))


def _missing(one: dict, code: str) -> str:  # type: ignore[type-arg]  # JSON
    name = one["name"].get(code) or one["name"]["zh-CN"]
    if code == "en":
        return f"{name} ({one['free']} free, {one['wanted']} wanted)"
    return f"{name}（要 {one['wanted']}，只剩 {one['free']}）"


class EquipmentNotHere(Refusal):
    """Details: kind_id, name."""

    code = "booking.equipment_not_here"
    kind = "invalid"
    en = "This equipment cannot be taken to this space."
    zh = "该设备不能在这个场地使用。"


class TooMuchEquipment(Refusal):
    """Details: kind_id, most, how many one booking may have."""

    code = "booking.too_much_equipment"
    kind = "invalid"
    en = "One booking may have at most {most}."
    zh = "一次预约最多可借 {most} 件。"


class EquipmentTooSoon(Refusal):
    """Details: kind_id, min_notice_minutes."""

    code = "booking.equipment_too_soon"
    en = "This equipment must be booked at least {min_notice_minutes} minutes before."
    zh = "该设备须至少提前 {min_notice_minutes} 分钟预约。"


class EquipmentFixed(Refusal):
    """The equipment of a booking cannot change any more. Details: state (of the booking, or `started`)."""

    code = "booking.equipment_fixed"
    en = "The equipment of this booking can no longer be changed."
    zh = "这个预约的设备已不能更改。"


class LabelTaken(Refusal):
    code = "booking.label_taken"
    en = "Another unit of the community has this label."
    zh = "本社区已有这个编号的设备。"


class NotNumbered(Refusal):
    code = "booking.equipment_not_numbered"
    kind = "invalid"
    en = "This equipment is counted, not numbered."
    zh = "该设备按数量管理，没有编号。"


class UnitOut(Refusal):
    """Details: booking_id, of the booking that has the unit."""

    code = "booking.equipment_out"
    en = "It is handed out already, and not back yet."
    zh = "这件设备已借出，还没有归还。"


class NotReserved(Refusal):
    """The booking has not reserved this equipment, or the unit is not free to take the place of another."""

    code = "booking.equipment_not_reserved"
    en = "This booking has not reserved it, and it cannot be given instead."
    zh = "这个预约没有留这件设备，也不能换成它。"


class NotHandOutTime(Refusal):
    """Details: state (of the booking, `coming` or `over`)."""

    code = "booking.not_hand_out_time"
    en = "Equipment is handed out from an hour before the start until the end."
    zh = "只能在开始前一小时到结束之间借出。"


class AlreadyReturned(Refusal):
    code = "booking.equipment_returned"
    en = "It is back already."
    zh = "已经归还了。"
