from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Forbidden, NotFound, Refusal, Unauthenticated
from services.booking.interface.refusals import Closed, NotCancellable, OverCapacity, SpaceTaken, TooLong
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, clocks, local


def test_a_booking_is_stored_claimed_and_announced_together(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2, purpose="练球")
    stored = centre.stored(booking.id)
    assert stored is not None
    assert (stored.state, stored.version, stored.attendees, stored.purpose) == ("confirmed", 1, 2, "练球")
    assert (stored.starts_at, stored.ends_at) == (local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    assert [(claim.booking_id, claim.resource_id) for claim in centre.claims()] == [(booking.id, centre.court.id)]
    (row,) = centre.published()
    assert (row.type, row.aggregate_id, row.version, row.community_id) == ("booking.confirmed.v1", booking.id, 1, "liuyi")
    assert row.data["resident_id"] == centre.wang.account_id
    assert row.data["space_name"] == centre.court.name
    assert "练球" not in str(row.data)


def test_an_overlapping_booking_is_refused_and_leaves_nothing(centre: Centre) -> None:
    centre.book("10:00", "11:00")
    for start, end in [("10:00", "11:00"), ("10:30", "11:30"), ("09:30", "10:30"), ("09:30", "11:30"), ("10:30", "11:00")]:
        with pytest.raises(SpaceTaken):
            centre.book(start, end, centre.li)
    assert len(centre.claims()) == len(centre.published()) == 1
    assert centre.do("list_bookings", centre.li, **LIST).items == []


def test_bookings_may_follow_each_other_without_a_gap(centre: Centre) -> None:
    centre.book("10:00", "11:00")
    centre.book("11:00", "12:00", centre.li)
    centre.book("09:00", "10:00", centre.li)
    assert len(centre.claims()) == 3


def test_turnover_keeps_the_neighbours_away(centre: Centre) -> None:
    room = centre.add_space(buffer_before_minutes=10, buffer_after_minutes=20)
    centre.book("10:00", "11:00", space=room)
    with pytest.raises(SpaceTaken):
        centre.book("11:00", "12:00", centre.li, space=room)
    with pytest.raises(SpaceTaken):
        centre.book("09:00", "10:00", centre.li, space=room)
    centre.book("11:30", "12:00", centre.li, space=room)
    centre.book("09:00", "09:30", centre.li, space=room)


def test_a_whole_and_its_parts_exclude_each_other_but_parts_do_not(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    east, west = (centre.add_space(parent_id=hall.id) for _ in range(2))
    centre.book("10:00", "11:00", space=east)
    centre.book("10:00", "11:00", centre.li, space=west)
    with pytest.raises(SpaceTaken):
        centre.book("10:30", "11:30", space=hall)
    centre.book("15:00", "16:00", space=hall)
    for part in (east, west):
        with pytest.raises(SpaceTaken):
            centre.book("15:00", "16:00", centre.li, space=part)
    assert {claim.resource_id for claim in centre.claims()} == {east.id, west.id}
    assert clocks(centre.free(hall)) == ["08:00-10:00", "11:00-12:00", "14:00-15:00", "16:00-22:00"]
    assert clocks(centre.free(east)) == clocks(centre.free(hall))


def test_rules_are_checked_before_anything_is_written(centre: Centre) -> None:
    with pytest.raises(OverCapacity):
        centre.book("10:00", "11:00", attendees=5)
    with pytest.raises(Closed):
        centre.book("12:00", "13:00")
    assert centre.claims() == [] and centre.published() == []


def test_a_wish_for_a_century_is_refused_without_loading_its_calendar(centre: Centre) -> None:
    bound: list[Any] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: bound.append(args[3]))
    times = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "10:00") + timedelta(days=36_500)}
    with pytest.raises(TooLong):
        centre.do("book_space", centre.wang, space_id=centre.court.id, **times)
    (parameters,) = bound
    assert parameters["last"] - parameters["first"] < timedelta(days=70)


def test_staff_book_for_residents_and_residents_for_themselves_only(centre: Centre) -> None:
    li = UUID(centre.li.account_id)
    for number, helper in enumerate([centre.clerk, person("grid_worker"), person("admin")]):
        booking = centre.book(f"{15 + number}:00", f"{15 + number}:30", helper, resident_id=li)
        assert (booking.resident_id, str(booking.booked_by)) == (li, helper.account_id)
    for other in (centre.wang, person("organiser"), person("supervisor"), person("clerk", community="elsewhere")):
        with pytest.raises(Forbidden):
            centre.book("10:00", "11:00", other, resident_id=li)
    assert centre.book("10:00", "11:00", centre.li, resident_id=li).resident_id == li


def test_visitors_and_unknown_spaces_are_refused(centre: Centre) -> None:
    with pytest.raises(Unauthenticated):
        centre.book("10:00", "11:00", ANONYMOUS)
    with pytest.raises(Unauthenticated):
        centre.book("10:00", "11:00", Identity(party="system", scopes=frozenset({"gateway"})))
    with pytest.raises(NotFound):
        centre.book("10:00", "11:00", space=Space(id=uuid4()))


def test_a_cancelled_booking_frees_its_time_and_says_who_gave_it_up(centre: Centre) -> None:
    first = centre.book("10:00", "11:00")
    assert centre.do("cancel_booking", centre.wang, booking_id=first.id, reason="下雨").cancelled_by == "resident"
    second = centre.book("10:00", "11:00", centre.li)
    cancelled = centre.do("cancel_booking", centre.clerk, booking_id=second.id)
    assert (cancelled.state, cancelled.version, cancelled.cancelled_at) == ("cancelled", 2, NOW)
    rows = [row for row in centre.published() if row.type == "booking.cancelled.v1"]
    assert [(row.data["cancelled_by"], row.version) for row in rows] == [("resident", 2), ("staff", 2)]
    assert "下雨" not in str(rows[0].data)
    assert centre.claims() == []


def test_what_has_started_cannot_be_cancelled(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    with pytest.raises(NotCancellable):
        centre.do("cancel_booking", centre.wang, now=local(MONDAY, "10:00"), booking_id=booking.id)
    assert len(centre.claims()) == 1


def test_another_version_than_expected_is_refused(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    with pytest.raises(Refusal) as refused:
        centre.do("cancel_booking", centre.wang, booking_id=booking.id, expected_version=2)
    assert (refused.value.kind, refused.value.details) == ("precondition", {"version": 1})
    assert centre.do("cancel_booking", centre.wang, booking_id=booking.id, expected_version=1).state == "cancelled"


LIST = {
    "scope": "mine",
    "space_id": None,
    "resident_id": None,
    "state": None,
    "start": None,
    "end": None,
    "limit": 20,
    "cursor": None,
}


def test_residents_see_their_own_bookings_only(centre: Centre) -> None:
    own, other = centre.book("10:00", "11:00"), centre.book("15:00", "16:00", centre.li)
    assert centre.do("get_booking", centre.wang, booking_id=own.id).id == own.id
    for verb in ("get_booking", "cancel_booking"):
        with pytest.raises(NotFound):
            centre.do(verb, centre.wang, booking_id=other.id)
        with pytest.raises(NotFound):
            centre.do(verb, centre.wang, booking_id=uuid4())
        with pytest.raises(Unauthenticated):
            centre.do(verb, booking_id=own.id)
    with pytest.raises(NotFound):
        centre.do("get_booking", person("clerk", community="elsewhere"), booking_id=own.id)
    with pytest.raises(Forbidden):
        centre.do("list_bookings", centre.wang, **LIST | {"resident_id": other.resident_id})
    mine = centre.do("list_bookings", centre.wang, **LIST | {"resident_id": own.resident_id})
    assert [booking.id for booking in mine.items] == [own.id]
    with pytest.raises(Forbidden):
        centre.do("list_bookings", centre.wang, **LIST | {"scope": "desk"})


def test_a_calendar_file_has_own_bookings_in_every_state_and_what_is_still_going_on(centre: Centre) -> None:
    late, early = centre.book("15:00", "16:00"), centre.book("10:00", "11:00")
    centre.book("17:00", "17:30", centre.li)
    centre.do("cancel_booking", centre.wang, booking_id=late.id)

    def listed(start: str) -> list[tuple[UUID, str]]:
        items = centre.do("get_calendar_bookings", centre.wang, start=local(MONDAY, start))["items"]
        return [(item["id"], item["state"]) for item in items]

    assert listed("10:59") == [(early.id, "confirmed"), (late.id, "cancelled")]
    assert listed("11:00") == [(late.id, "cancelled")]
    with pytest.raises(Unauthenticated):
        centre.do("get_calendar_bookings", start=local(MONDAY, "10:00"))


def test_staff_who_may_only_look_cannot_change(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    for staff in (person("organiser"), person("supervisor")):
        assert centre.do("get_booking", staff, booking_id=booking.id).id == booking.id
        with pytest.raises(Forbidden):
            centre.do("cancel_booking", staff, booking_id=booking.id)


def test_the_desk_lists_its_community_in_order_of_time_page_by_page(centre: Centre) -> None:
    booked = [centre.book(f"{hour}:00", f"{hour}:30", centre.li) for hour in (16, 15, 17)]
    elsewhere = centre.add_space(community_id="elsewhere")
    centre.book("15:00", "16:00", centre.li, space=elsewhere)
    desk = LIST | {"scope": "desk", "limit": 2}

    def pages(**filters: object) -> list[UUID]:
        first = centre.do("list_bookings", centre.clerk, **desk | filters)
        rest = centre.do("list_bookings", centre.clerk, **desk | filters | {"cursor": first.next_cursor})
        assert rest.next_cursor is None
        return [booking.id for page in (first, rest) for booking in page.items]

    in_time = [booked[1].id, booked[0].id, booked[2].id]
    assert pages(start=local(MONDAY, "00:00"), end=local(MONDAY + timedelta(days=1), "00:00")) == in_time
    assert pages() == in_time[::-1]
    assert pages(start=local(MONDAY, "15:15")) == in_time  # what is still going on counts
    assert centre.do("list_bookings", centre.clerk, **desk | {"start": local(MONDAY, "15:30")}).items[0].id == booked[0].id
    assert centre.do("list_bookings", centre.clerk, **desk | {"end": local(MONDAY, "15:00")}).items == []
    centre.do("cancel_booking", centre.li, booking_id=booked[0].id)
    cancelled = centre.do("list_bookings", centre.clerk, **desk | {"state": "cancelled"})
    assert [booking.id for booking in cancelled.items] == [booked[0].id]
    assert centre.do("list_bookings", centre.clerk, **desk | {"space_id": elsewhere.id}).items == []


def test_the_desk_of_the_district_lists_every_community(centre: Centre) -> None:
    elsewhere = centre.add_space(community_id="elsewhere")
    booked = {centre.book("15:00", "16:00", centre.li).id, centre.book("15:00", "16:00", centre.li, space=elsewhere).id}
    listed = centre.do("list_bookings", person("clerk", community=None), **LIST | {"scope": "desk", "limit": 20})
    assert {booking.id for booking in listed.items} == booked
