"""Staff go beyond the rules of a space, with a reason; nobody else does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, Refusal
from services.booking.bookings.models import Booking
from services.booking.erasure.use_cases import erase
from services.booking.interface.refusals import Closed, InPast, OverCapacity, SpaceTaken, TooFar, TooLong, TooSoon
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_limits import limit
from tests.unit.booking.spaces import MONDAY, NOW, daily, local

FAR = MONDAY + timedelta(days=60)


@pytest.fixture
def hall(centre: Centre) -> Space:
    return centre.add_space(opening_hours=daily("08:00-22:00"), max_minutes=120, min_notice_minutes=60)


def book(centre: Centre, hall: Space, acting: Identity | None = None, *, hours: int = 8, **more: Any) -> Booking:
    about = {"resident_id": UUID(centre.wang.account_id), "beyond_reason": "街道年度会议", "day": FAR} | more
    return centre.book("08:00", f"{8 + hours:02d}:00", acting or centre.clerk, space=hall, **about)


def test_a_clerk_books_sixty_days_ahead_and_eight_hours_with_a_reason(centre: Centre, hall: Space) -> None:
    for refusal, more in ((TooLong, {}), (TooFar, {"hours": 2})):
        with pytest.raises(refusal):
            book(centre, hall, beyond_reason=None, **more)
    booking = book(centre, hall)
    stored = centre.stored(booking.id)
    assert stored is not None
    assert (stored.beyond_reason, stored.beyond_rules) == ("街道年度会议", ["booking.too_long", "booking.too_far"])
    assert stored.booked_by == UUID(centre.clerk.account_id)
    [row] = centre.published()
    assert "街道年度会议" not in str(row.data) and "beyond" not in str(row.data)


def test_only_staff_see_the_reason(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall)
    for who, seen in ((centre.clerk, "街道年度会议"), (person("supervisor"), "街道年度会议"), (centre.wang, None)):
        assert booking.shown_beyond_reason(who, NOW) == seen
        assert (booking.shown_beyond_rules(who, NOW) is None) == (seen is None)


def test_notice_and_limits_are_gone_beyond_too(centre: Centre, hall: Space) -> None:
    limit(centre, period="day", allowed=1)
    centre.book("08:00", "09:00")
    soon = local(MONDAY, "13:30")
    wish = {"hours": 2, "day": MONDAY, "now": soon}
    with pytest.raises(Refusal):
        centre.book("14:00", "15:00", centre.clerk, space=hall, now=soon, resident_id=UUID(centre.wang.account_id))
    about = {"resident_id": UUID(centre.wang.account_id), "beyond_reason": "临时加场"}
    booking = centre.book("14:00", "15:00", centre.clerk, space=hall, now=soon, **about)
    assert booking.beyond_rules == [TooSoon.code, "booking.limit_reached"]
    with pytest.raises(InPast):
        book(centre, hall, **wish)


def test_a_reason_for_nothing_is_not_stored(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall, hours=1, day=MONDAY)
    assert (booking.beyond_reason, booking.beyond_rules) == (None, None)


def test_other_rules_still_count(centre: Centre, hall: Space) -> None:
    book(centre, hall)
    for refusal, more in (
        (SpaceTaken, {}),
        (Closed, {"hours": 15}),
        (OverCapacity, {"attendees": 5}),
        (TooFar, {"day": MONDAY + timedelta(days=400)}),
    ):
        with pytest.raises(refusal):
            book(centre, hall, **more)
    week = {"starts_at": local(FAR, "08:00"), "ends_at": local(FAR + timedelta(days=8), "08:00")}
    with pytest.raises(TooLong) as refused:
        centre.do("book_space", centre.clerk, space_id=hall.id, beyond_reason="x", **week)
    assert refused.value.details == {"max_minutes": 7 * 24 * 60}
    assert len(centre.published()) == 1


def test_residents_and_staff_of_elsewhere_do_not_go_beyond(centre: Centre, hall: Space) -> None:
    for who in (centre.wang, person("clerk", community="yuxin"), person("supervisor"), person("organiser")):
        own = {"resident_id": UUID(who.account_id)}
        with pytest.raises(Forbidden):
            book(centre, hall, who, **own)
    assert centre.published() == []


def test_an_erasure_takes_the_reason_too(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall)
    with centre.call() as call:
        erase(call, UUID(centre.wang.account_id))
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.beyond_reason, stored.beyond_rules) == (None, ["booking.too_long", "booking.too_far"])
