"""Whether a booking could move to a time: its own time counts as free, and strangers learn nothing."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import SpaceTaken
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, local


def check(centre: Centre, booking: Booking | None, start: str, end: str, acting: Any = None) -> Any:
    times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    moving = {"moving": booking.id} if booking else {}
    return centre.do("check_time", acting or centre.wang, space_id=centre.court.id, **times, **moving)


def test_its_own_time_counts_as_free(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    assert check(centre, booking, "10:30", "11:30").starts_at == local(MONDAY, "10:30")
    with pytest.raises(SpaceTaken):
        check(centre, None, "10:30", "11:30")


def test_the_time_of_others_does_not_and_alternatives_may_overlap_its_own(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    centre.book("11:00", "12:00", centre.li)
    with pytest.raises(SpaceTaken) as refused:
        check(centre, booking, "10:30", "11:30")
    first = refused.value.details["alternatives"][0]
    offered = [datetime.fromisoformat(first[name]) for name in ("starts_at", "ends_at")]
    assert offered == [local(MONDAY, "10:00"), local(MONDAY, "11:00")]


def test_nobody_learns_of_a_booking_that_is_not_theirs(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    for acting in (centre.li, ANONYMOUS):
        with pytest.raises(NotFound):
            check(centre, booking, "10:30", "11:30", acting)
    for only_sees in (person("organiser"), person("supervisor")):
        with pytest.raises(Forbidden):
            check(centre, booking, "10:30", "11:30", only_sees)
    check(centre, booking, "10:30", "11:30", person("clerk"))
    booking.id = uuid4()
    with pytest.raises(NotFound):
        check(centre, booking, "10:30", "11:30")
