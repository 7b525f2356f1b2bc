"""An earlier time of a booking: offered, taken by moving the booking, and what it frees goes on to others."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.rpc.refusal import NotFound
from services.booking.interface.refusals import AlreadyWaiting, NotEarlier, TimeIsFree
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_waits import answer, ask, offer_of, state_of, sweep, told
from tests.unit.booking.spaces import MONDAY, NOW, local


def fill(centre: Centre) -> dict[str, Any]:
    """All of the court until 20:00 on Sunday and Monday, an hour each, of different people."""
    hours = ["08:00", "09:00", "10:00", "11:00", "14:00", "15:00", "16:00", "17:00", "18:00", "19:00", "20:00", "21:00"]
    made = {}
    for day, name in ((MONDAY - timedelta(days=1), "sunday"), (MONDAY, "monday")):
        for start in hours:
            if local(day, start) < NOW:
                continue
            end = f"{int(start[:2]) + 1:02d}:00"
            made[f"{name} {start}"] = centre.book(start, end, centre.clerk, day=day)
    return made


def earlier(centre: Centre, booking: Any, acting: Any = None, **more: Any) -> Any:
    return centre.do("ask_for_earlier", acting or centre.li, booking_id=booking.id, **more)


def mine(centre: Centre, made: dict[str, Any]) -> Any:
    """Li has Monday at 20:00."""
    centre.do("cancel_booking", centre.clerk, booking_id=made["monday 20:00"].id)
    return centre.book("20:00", "21:00", centre.li)


def test_accepting_moves_the_booking_and_the_later_time_goes_to_the_next_in_line(centre: Centre) -> None:
    made = fill(centre)
    booking = mine(centre, made)
    wait = earlier(centre, booking, after=local(MONDAY, "08:00"))
    late = ask(centre, person(), "20:00", "21:00")
    sweep(centre)
    assert told(centre) == []
    for start in ("sunday 16:00", "monday 17:00", "monday 10:00"):  # the first is before what will do
        centre.do("cancel_booking", centre.clerk, booking_id=made[start].id)
    sweep(centre)
    offer = offer_of(centre, wait)
    assert offer is not None and offer.starts_at == local(MONDAY, "10:00"), "the earliest that will do"
    moved = answer(centre, "accept_offer", centre.li, wait)
    assert (moved.id, moved.starts_at) == (booking.id, local(MONDAY, "10:00"))
    stored = centre.stored(booking.id)
    assert stored is not None and stored.starts_at == local(MONDAY, "10:00")
    assert [claim.during.lower for claim in centre.claims() if claim.holder_id == booking.id] == [local(MONDAY, "10:00")]
    last = centre.published()[-1]
    assert (last.type, last.data["previous_starts_at"][:16]) == ("booking.rescheduled.v1", "2026-11-23T12:00")
    sweep(centre)
    assert offer_of(centre, late) is not None and state_of(centre, wait) == "fulfilled"


def test_who_has_no_earlier_time_or_waits_already_or_could_have_one_now_is_told(centre: Centre) -> None:
    made = fill(centre)
    booking = mine(centre, made)
    with pytest.raises(NotEarlier):
        earlier(centre, booking, after=local(MONDAY, "19:30"))
    with pytest.raises(NotFound):
        earlier(centre, booking, person())
    earlier(centre, booking)
    with pytest.raises(AlreadyWaiting):
        earlier(centre, booking)
    other = centre.book("20:00", "21:00", centre.wang, day=MONDAY + timedelta(days=1))
    with pytest.raises(TimeIsFree):
        earlier(centre, other, centre.wang, after=local(MONDAY + timedelta(days=1), "08:00"))


def test_a_booking_that_is_cancelled_or_moved_waits_for_nothing(centre: Centre) -> None:
    made = fill(centre)
    booking = mine(centre, made)
    wait = earlier(centre, booking)
    centre.do("cancel_booking", centre.clerk, booking_id=made["monday 17:00"].id)
    sweep(centre)
    assert offer_of(centre, wait) is not None
    centre.do("cancel_booking", centre.li, booking_id=booking.id)
    sweep(centre)
    assert (state_of(centre, wait), offer_of(centre, wait)) == ("withdrawn", None)
    assert local(MONDAY, "17:00") not in {claim.during.lower for claim in centre.claims()}
