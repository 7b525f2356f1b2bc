"""Staff go beyond the rules of a space, with a reason; nobody else does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.bookings.models import Booking
from services.booking.erasure.use_cases import erase
from services.booking.interface.refusals import (
    Closed,
    InPast,
    LimitReached,
    OverCapacity,
    SpaceTaken,
    TooFar,
    TooLong,
    TooSoon,
)
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


def move(
    centre: Centre, booking: Booking, acting: Identity | None = None, *, day: Any = FAR, hours: int = 8, **more: Any
) -> Booking:
    about = {"beyond_reason": "会场更换", "staff_reason": "official_use"} | more
    about |= {"starts_at": local(day, "08:00"), "ends_at": local(day, f"{8 + hours:02d}:00")}
    moved: Booking = centre.do("reschedule_booking", acting or centre.clerk, booking_id=booking.id, **about)
    return moved


def test_a_clerk_moves_a_booking_beyond_the_rules_with_a_reason(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall, hours=1, day=MONDAY)
    for refusal, more in ((TooLong, {}), (TooFar, {"hours": 2})):
        with pytest.raises(refusal):
            move(centre, booking, beyond_reason=None, **more)
    assert move(centre, booking).starts_at == local(FAR, "08:00")
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.beyond_reason, stored.beyond_rules) == (None, None), "that is how it was booked"
    (noted,) = stored.beyond_moves or []
    assert (noted["by"], noted["reason"]) == (centre.clerk.account_id, "会场更换")
    assert noted["rules"] == ["booking.too_long", "booking.too_far"]
    assert (noted["space_id"], noted["at"]) == (str(hall.id), NOW.isoformat())
    assert stored.shown_beyond_moves(person("supervisor"), NOW) == stored.beyond_moves
    assert stored.shown_beyond_moves(centre.wang, NOW) == []
    told = centre.published()[-1]
    assert told.type == "booking.rescheduled.v1" and told.data["staff_reason"]["zh-CN"] == "中心另有安排"
    assert "会场更换" not in str(told.data) and "beyond" not in str(told.data)
    assert centre.do("get_availability", space_id=hall.id, start=local(MONDAY, "08:00"), end=local(MONDAY, "09:00")).free


def test_a_move_within_the_rules_notes_nothing_and_each_beyond_is_kept(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall, hours=1, day=MONDAY)
    assert move(centre, booking, day=MONDAY + timedelta(days=1), hours=1).beyond_moves is None
    move(centre, booking)
    assert len(move(centre, booking, hours=7).beyond_moves or []) == 2
    assert len(move(centre, booking, day=MONDAY, hours=2).beyond_moves or []) == 2, "the history stays"


def test_moves_keep_the_other_rules_and_are_not_for_others(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall, hours=1, day=MONDAY)
    book(centre, hall, day=FAR + timedelta(days=1))
    for refusal, more in (
        (SpaceTaken, {"day": FAR + timedelta(days=1)}),
        (Closed, {"hours": 15}),
        (TooFar, {"day": MONDAY + timedelta(days=400)}),
    ):
        with pytest.raises(refusal):
            move(centre, booking, **more)
    for who in (centre.wang, person("supervisor"), person("organiser")):
        own = {"staff_reason": None}
        with pytest.raises(Forbidden):
            move(centre, booking, who, **own)
    with pytest.raises(NotFound):
        move(centre, booking, person("clerk", community="yuxin"))
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.version, stored.beyond_moves) == (1, None)


def test_a_move_goes_beyond_a_limit(centre: Centre, hall: Space) -> None:
    limit(centre, period="day", allowed=1)
    day = MONDAY + timedelta(days=1)
    booking = book(centre, hall, hours=1, day=MONDAY)
    book(centre, hall, hours=1, day=day)
    to_noon = {"starts_at": local(day, "10:00"), "ends_at": local(day, "11:00"), "booking_id": booking.id}
    with pytest.raises(LimitReached):
        centre.do("reschedule_booking", centre.clerk, **to_noon)
    moved = centre.do("reschedule_booking", centre.clerk, **to_noon, beyond_reason="街道安排")
    assert [noted["rules"] for noted in moved.beyond_moves] == [["booking.limit_reached"]]


def test_a_move_into_a_closure_offers_alternatives(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall, hours=1, day=MONDAY)
    day = MONDAY + timedelta(days=1)
    closed = {"starts_at": local(day, "08:00"), "ends_at": local(day, "12:00")}
    admin = person("admin")
    about = {"community_id": "liuyi", "whole": False, "space_ids": [hall.id], "reason": "maintenance", "decisions": []}
    centre.do("close_spaces", admin, **about, **closed)
    with pytest.raises(Closed) as error:
        move(centre, booking, day=day, hours=1, beyond_reason=None)
    assert error.value.details["alternatives"]


def test_an_erasure_takes_the_reason_of_a_move_too(centre: Centre, hall: Space) -> None:
    booking = move(centre, book(centre, hall, hours=1, day=MONDAY))
    with centre.call() as call:
        erase(call, UUID(centre.wang.account_id))
    (noted,) = centre.stored(booking.id).beyond_moves or []  # type: ignore[union-attr]
    assert (noted["reason"], noted["rules"]) == (None, ["booking.too_long", "booking.too_far"])


def test_an_erasure_takes_the_reason_too(centre: Centre, hall: Space) -> None:
    booking = book(centre, hall)
    with centre.call() as call:
        erase(call, UUID(centre.wang.account_id))
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.beyond_reason, stored.beyond_rules) == (None, ["booking.too_long", "booking.too_far"])
