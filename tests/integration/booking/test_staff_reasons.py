"""B12: staff who move or cancel a booking give a reason from a short list, and it is announced."""

from typing import Any

import pytest

from chassis.rpc.refusal import Forbidden
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, local

LATER = {"starts_at": local(MONDAY, "14:00"), "ends_at": local(MONDAY, "15:00")}


def told(centre: Centre) -> dict[str, Any]:
    """The data of the newest message."""
    data: dict[str, Any] = centre.published()[-1].data
    return data


def test_a_move_by_staff_says_who_and_why(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    moved = centre.do("reschedule_booking", centre.clerk, booking_id=booking.id, **LATER, staff_reason="maintenance")
    assert (moved.staff_reason, told(centre)["moved_by"]) == ("maintenance", "staff")
    assert told(centre)["staff_reason"] == {"zh-CN": "设备维护", "en": "Maintenance"}
    again = {"starts_at": local(MONDAY, "15:00"), "ends_at": local(MONDAY, "16:00")}
    own = centre.do("reschedule_booking", centre.wang, booking_id=booking.id, **again)
    assert (own.staff_reason, told(centre)["moved_by"]) == (None, "resident")
    assert "staff_reason" not in told(centre)


def test_staff_who_cancel_without_a_reason_give_another_one(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    centre.do("cancel_booking", centre.clerk, booking_id=booking.id, reason="王阿姨住院了")
    assert told(centre)["staff_reason"]["zh-CN"].startswith("其他原因")
    assert "住院" not in str(told(centre))


@pytest.mark.parametrize(("verb", "more"), [("cancel_booking", {}), ("reschedule_booking", LATER)])
def test_residents_have_no_such_reason(centre: Centre, verb: str, more: dict[str, Any]) -> None:
    booking = centre.book("10:00", "11:00")
    with pytest.raises(Forbidden):
        centre.do(verb, centre.wang, booking_id=booking.id, staff_reason="safety", **more)
    assert centre.stored(booking.id).version == 1  # type: ignore[union-attr]
    by_clerk_for_themselves = centre.book("16:00", "17:00", centre.clerk)
    with pytest.raises(Forbidden):
        centre.do("cancel_booking", centre.clerk, booking_id=by_clerk_for_themselves.id, staff_reason="safety")
