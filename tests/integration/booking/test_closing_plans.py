"""The plan for a closure: a like time for each, all together; what is decided stays; other times for the closure."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.rpc.identity import Identity
from services.booking.spaces.timetable import Timetable
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, local


@pytest.fixture
def admin() -> Identity:
    return person("admin")


def preview(centre: Centre, admin: Identity, start: str = "09:00", end: str = "12:00", **over: Any) -> Any:
    about = {"community_id": "liuyi", "whole": False, "space_ids": [centre.court.id]}
    return centre.do(
        "preview_closure", admin, **(about | {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)} | over)
    )


def of(plan: Any, booking: Any) -> Any:
    return next(hit for hit in plan.items if hit.booking.id == booking.id)


def to(offer: Any) -> dict[str, Any]:
    return {"space_id": offer.space_id, "starts_at": offer.starts_at, "ends_at": offer.ends_at}


def test_the_only_time_of_one_is_not_given_to_another(centre: Centre, admin: Identity) -> None:
    """Both like the other court at ten best. Four people fit only there, two also fit into the small one."""
    big = centre.add_space(capacity=4, opening_hours=[{"weekday": 1, "opens": "10:00", "closes": "11:00"}])
    small = centre.add_space(capacity=2, opening_hours=[{"weekday": 1, "opens": "10:00", "closes": "11:00"}])
    closed = centre.add_space(capacity=4)
    few, many = centre.book("10:00", "11:00", attendees=2), centre.book("10:00", "11:00", centre.li, space=closed, attendees=4)
    days = {"starts_at": local(MONDAY - timedelta(days=1), "10:00"), "ends_at": local(MONDAY + timedelta(days=9), "22:00")}
    plan = preview(centre, admin, space_ids=[centre.court.id, closed.id], **days)
    assert (of(plan, few).offers[0].space_id, of(plan, many).offers[0].space_id) == (small.id, big.id)
    assert (plan.people, plan.without_offer) == (6, 0)


def test_the_same_clock_on_the_same_day_is_most_alike_then_the_same_weekday(centre: Centre, admin: Identity) -> None:
    booking = centre.book("10:00", "11:00")
    (hit,) = preview(centre, admin, "08:00", "22:00").items
    assert to(hit.offers[0])["starts_at"] == local(MONDAY + timedelta(days=7), "10:00")
    assert hit.offers[0].unlikeness == 200 and hit.booking.id == booking.id
    centre.add_space(equipment=[])
    (hit,) = preview(centre, admin, "08:00", "22:00").items
    assert to(hit.offers[0])["starts_at"] == local(MONDAY, "10:00") and hit.offers[0].unlikeness == 20


def test_a_person_is_never_offered_two_times_at_once(centre: Centre, admin: Identity) -> None:
    other = centre.add_space(kind="room")
    centre.add_space()
    centre.book("14:00", "16:00", space=other)  # by Wang, not in the way
    booking = centre.book("16:00", "17:00")
    hit = of(preview(centre, admin, "16:00", "22:00"), booking)
    own = [offer for offer in hit.offers if offer.starts_at < local(MONDAY, "16:00") and offer.ends_at > local(MONDAY, "14:00")]
    assert own == [] and hit.offers[0].starts_at == local(MONDAY, "16:00")


def test_two_bookings_of_one_person_move_to_different_times(centre: Centre, admin: Identity) -> None:
    centre.add_space(), centre.add_space()
    second = centre.add_space()
    centre.book("10:00", "11:00"), centre.book("11:00", "12:00", space=second)
    one, two = (hit.offers[0] for hit in preview(centre, admin, space_ids=[centre.court.id, second.id]).items)
    assert one.ends_at <= two.starts_at or two.ends_at <= one.starts_at


def test_nobody_is_moved_to_another_space_that_needs_approval(centre: Centre, admin: Identity) -> None:
    strict = centre.add_space()
    agreed = centre.book("10:00", "11:00", centre.li, space=strict)
    centre.do("change_space", admin, space_id=strict.id, needs_approval=True)
    booking = centre.book("10:00", "11:00")
    days = {"starts_at": local(MONDAY, "08:00"), "ends_at": local(MONDAY + timedelta(days=10), "22:00")}
    assert of(preview(centre, admin, **days), booking).offers == []
    offers = of(preview(centre, admin, space_ids=[centre.court.id, strict.id]), agreed).offers
    assert strict.id in {offer.space_id for offer in offers}, "somebody has agreed to it there"


def test_limits_of_residents_bind_the_plan(centre: Centre, admin: Identity) -> None:
    """The other court is open on Tuesday only. Wang has something on Tuesday and may book once a day, so nothing is left."""
    tuesday = MONDAY + timedelta(days=1)
    centre.add_space(opening_hours=[{"weekday": 2, "opens": "10:00", "closes": "11:00"}])
    room = centre.add_space(kind="room")
    booking = centre.book("10:00", "11:00")
    centre.book("18:00", "19:00", space=room, day=tuesday)
    closed = {"starts_at": local(MONDAY, "08:00"), "ends_at": local(MONDAY + timedelta(days=10), "22:00")}
    assert [offer.starts_at for offer in of(preview(centre, admin, **closed), booking).offers] == [local(tuesday, "10:00")]
    centre.do("add_limit", admin, subject="resident", measure="count", period="day", allowed=1, community_id="liuyi")
    plan = preview(centre, admin, **closed)
    assert of(plan, booking).offers == [] and plan.without_offer == 1


def test_what_is_decided_stays_and_the_rest_is_planned_around_it(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    first, second = centre.book("10:00", "11:00"), centre.book("11:00", "12:00", centre.li)
    free = preview(centre, admin)
    assert to(of(free, second).offers[0]) == {
        "space_id": other.id,
        "starts_at": local(MONDAY, "11:00"),
        "ends_at": local(MONDAY, "12:00"),
    }
    wanted = {"space_id": other.id, "starts_at": local(MONDAY, "11:00"), "ends_at": local(MONDAY, "12:00")}
    plan = preview(centre, admin, decisions=[{"booking_id": first.id, "move_to": wanted}])
    assert to(of(plan, first).offers[0]) == wanted and of(plan, first).locked == "move"
    assert of(plan, second).locked is None and to(of(plan, second).offers[0])["starts_at"] != wanted["starts_at"]
    plan = preview(centre, admin, decisions=[{"booking_id": first.id}, {"booking_id": second.id, "move_to": wanted}])
    assert (of(plan, first).locked, of(plan, second).locked) == ("cancel", "move")


def test_a_decision_that_is_not_possible_any_more_is_planned_anew(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    booking = centre.book("10:00", "11:00")
    centre.book("10:00", "11:00", centre.li, space=other)
    wanted = {"space_id": other.id, "starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    hit = of(preview(centre, admin, decisions=[{"booking_id": booking.id, "move_to": wanted}]), booking)
    assert hit.locked is None and hit.offers and to(hit.offers[0]) != wanted


def test_the_whole_plan_can_be_committed(centre: Centre, admin: Identity) -> None:
    """Also if one moves to where another was."""
    centre.add_space()
    for start, end in (("08:00", "09:00"), ("09:00", "10:00"), ("10:00", "11:00"), ("11:00", "12:00")):
        centre.book(start, end), centre.book(start, end, centre.li, day=MONDAY + timedelta(days=1))
    plan = preview(centre, admin, "08:30", "10:30")
    decisions = [{"booking_id": hit.booking.id, "move_to": to(hit.offers[0])} for hit in plan.items]
    assert len(decisions) == 3 and plan.without_offer == 0
    closure = centre.do(
        "close_spaces",
        admin,
        community_id="liuyi",
        whole=False,
        space_ids=[centre.court.id],
        starts_at=local(MONDAY, "08:30"),
        ends_at=local(MONDAY, "10:30"),
        reason="maintenance",
        decisions=decisions,
    )
    assert closure.moved == 3


def test_nobody_is_moved_to_a_time_that_begins_before_they_can_hear_of_it(centre: Centre, admin: Identity) -> None:
    booking = centre.book("15:00", "16:00", day=(NOW + timedelta(hours=8)).date())  # today; it is 9:30
    sunday = (NOW + timedelta(hours=8)).date()
    times = {"starts_at": local(sunday, "14:00"), "ends_at": local(sunday, "22:00")}
    hit = of(preview(centre, admin, **times), booking)
    assert all(offer.starts_at >= NOW + timedelta(hours=3) for offer in hit.offers) and hit.offers


def test_like_closures_that_move_fewer_people_are_suggested(centre: Centre, admin: Identity) -> None:
    centre.add_space()
    centre.book("10:00", "11:00", attendees=4)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    centre.book("10:00", "11:00", day=tuesday, attendees=2)
    centre.book("10:00", "11:00", day=MONDAY - timedelta(days=1), attendees=4)
    plan = preview(centre, admin)
    assert len(plan.fewer) == 3 and all(one.people == 0 for one in plan.fewer)
    near = {(one.starts_at, one.ends_at - one.starts_at) for one in plan.fewer}
    assert (local(wednesday, "09:00"), timedelta(hours=3)) in near
    assert all(one.starts_at != local(tuesday, "09:00") for one in plan.fewer)
    assert preview(centre, admin, "18:00", "19:00").fewer == [], "nobody is in the way"


def test_a_closure_is_not_shifted_to_hours_when_nobody_could_come(centre: Centre, admin: Identity) -> None:
    """Between 12 and 14, and at night, the court is closed anyway."""
    centre.book("10:00", "11:00")
    for one in preview(centre, admin, "10:00", "12:00").fewer:
        local_start = one.starts_at + timedelta(hours=8)
        assert 8 <= local_start.hour <= 10 or 14 <= local_start.hour <= 20


def test_bookings_that_are_alike_are_computed_once(centre: Centre, admin: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 bookings took 4.4 s, most of it for the same times and rules again and again; the gateway waits 5 s."""
    other = centre.add_space()
    checked: list[tuple[Any, ...]] = []
    known = Timetable.check_request

    def check(timetable: Timetable, *times: Any) -> None:
        checked.append((timetable.space.id, *times))
        known(timetable, *times)

    for hour in range(9, 12):
        for space in (centre.court, other):
            centre.book(f"{hour:02}:00", f"{hour + 1:02}:00", person(), space=space)
    monkeypatch.setattr(Timetable, "check_request", check)
    plan = preview(centre, admin, space_ids=[centre.court.id, other.id])
    assert all(hit.offers for hit in plan.items) and len(plan.items) == 6
    assert len(checked) == len(set(checked))
