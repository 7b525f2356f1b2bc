"""Closures: who is hit, where they could move, and one transaction for all of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, Refusal
from services.booking.interface.refusals import Closed, ClosureInPast, ClosureOver, PartClosed, PlanOutdated
from services.booking.service import BookingService
from tests.integration.booking.conftest import Centre, person, wait_for_lock
from tests.unit.booking.spaces import MONDAY, NOW, local


@pytest.fixture
def admin() -> Identity:
    return person("admin")


def times(start: str, end: str) -> dict[str, Any]:
    return {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}


def about(centre: Centre, start: str = "09:00", end: str = "12:00", *, spaces: Any = None) -> dict[str, Any]:
    ids = [space.id for space in (spaces or [centre.court])]
    return {"community_id": "liuyi", "whole": False, "space_ids": ids, **times(start, end)}


def close(centre: Centre, admin: Identity, decisions: Any = (), **over: Any) -> Any:
    fields = about(centre) | {"reason": "maintenance", "decisions": list(decisions)} | over
    return centre.do("close_spaces", admin, **fields)


def plan(centre: Centre, admin: Identity, **over: Any) -> Any:
    return centre.do("preview_closure", admin, **(about(centre) | over)).items


def first_offer(hit: Any) -> dict[str, Any]:
    offer = hit.offers[0]
    return {"space_id": offer.space_id, "starts_at": offer.starts_at, "ends_at": offer.ends_at}


def types(centre: Centre) -> list[str]:
    return [row.type for row in centre.published()]


def test_a_closed_space_is_not_free_and_says_why(centre: Centre, admin: Identity) -> None:
    closure = close(centre, admin, note={"zh-CN": "换灯", "en": "New lamps"})
    assert (closure.moved, closure.cancelled, closure.spaces[0].space.code) == (0, 0, centre.court.code)
    assert centre.free()[0][0] == int(local(MONDAY, "08:00").timestamp())
    assert centre.free()[0][1] == int(local(MONDAY, "09:00").timestamp())
    answer = centre.do("get_availability", space_id=centre.court.id, start=local(MONDAY, "09:00"), end=local(MONDAY, "12:00"))
    assert [reason for _, _, reason, *_ in answer.busy] == ["blocked"]
    assert [(one.reason, one.note["en"]) for one in answer.closures] == [("maintenance", "New lamps")]
    with pytest.raises(Closed) as error:
        centre.book("09:00", "10:00")
    assert (error.value.details["reason"], error.value.details["cause"]) == ("blocked", "maintenance")
    assert error.value.details["alternatives"], "the rest of the day is offered"


def test_who_is_hit_is_listed_with_a_like_time_of_the_least_shift(centre: Centre, admin: Identity) -> None:
    """B8."""
    other = centre.add_space(name={"zh-CN": "二号场", "en": "Court 2"})
    centre.add_space(capacity=1)  # too small
    centre.add_space(kind="room")
    booking = centre.book("10:00", "11:00", attendees=2)
    centre.book("14:00", "15:00")  # not in the way
    (hit,) = plan(centre, admin)
    assert hit.booking.id == booking.id
    assert first_offer(hit) == {"space_id": other.id, **times("10:00", "11:00")}
    assert hit.offers[1].space_id == other.id or hit.offers[1].space_id == centre.court.id
    assert all(offer.space.kind == "court" and offer.space.capacity >= 2 for offer in hit.offers)


def test_two_bookings_are_not_offered_the_same_time_first(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    second = centre.add_space()
    centre.book("10:00", "11:00")
    centre.book("10:00", "11:00", centre.li, space=second)
    hits = plan(centre, admin, space_ids=[centre.court.id, second.id])
    firsts = [(hit.offers[0].space_id, hit.offers[0].starts_at) for hit in hits]
    assert len({*firsts}) == 2 and (other.id, local(MONDAY, "10:00")) in firsts


def test_the_plan_is_done_in_one_transaction_and_each_resident_is_told_once(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    moved, cancelled = centre.book("09:00", "10:00"), centre.book("11:00", "12:00", centre.li)
    before = len(centre.published())
    hits = plan(centre, admin)
    decisions = [{"booking_id": moved.id, "move_to": first_offer(hits[0])}, {"booking_id": cancelled.id}]
    closure = close(centre, admin, decisions, note={"zh-CN": "换灯"})
    assert (closure.moved, closure.cancelled) == (1, 1)
    told = centre.published()[before:]
    # The question tells the one who is moved; the message about the move says that it does.
    moves = ["booking.need_asked.v1", "booking.rescheduled.v1"]
    assert sorted(row.type for row in told) == ["booking.cancelled.v1", *moves, "calendar.changed.v1"]
    about_move = next(row.data for row in told if row.type == "booking.rescheduled.v1")
    assert about_move["space_id"] == str(other.id) and about_move["previous_space_id"] == str(centre.court.id)
    assert about_move["closure_reason"] == {"zh-CN": "设备维护", "en": "Maintenance"}
    about_cancel = next(row.data for row in told if row.type == "booking.cancelled.v1")
    assert about_cancel["closure_id"] == str(closure.id) and "换灯" not in str(about_cancel)
    stored = centre.stored(cancelled.id)
    assert stored and (stored.state, stored.cancelled_by, stored.cancel_reason) == ("cancelled", "staff", "设备维护：换灯")
    assert {claim.resource_id for claim in centre.claims()} == {other.id}
    (entry,) = centre.do("list_calendar_changes", admin, kind="closure").items
    assert (entry.action, entry.after["moved"]) == ("created", 1)


def test_a_booking_that_the_plan_does_not_name_stops_all_of_it(centre: Centre, admin: Identity) -> None:
    named, late = centre.book("09:00", "10:00"), centre.book("10:00", "11:00", centre.li)
    before = types(centre)
    with pytest.raises(PlanOutdated) as error:
        close(centre, admin, [{"booking_id": named.id}])
    assert error.value.details == {"bookings": [str(late.id)]}
    assert types(centre) == before and centre.do("list_closures", admin).items == []
    kept = centre.stored(named.id)
    assert kept and kept.state == "confirmed"


def test_a_move_to_a_taken_time_stops_all_of_it(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    booking = centre.book("09:00", "10:00")
    centre.book("09:30", "10:30", centre.li, space=other)
    to = {"space_id": other.id, **times("09:00", "10:00")}
    with pytest.raises(PlanOutdated) as error:
        close(centre, admin, [{"booking_id": booking.id, "move_to": to}])
    assert error.value.details == {"bookings": [str(booking.id)]}
    inside = {"space_id": centre.court.id, **times("11:00", "12:00")}
    with pytest.raises(PlanOutdated):
        close(centre, admin, [{"booking_id": booking.id, "move_to": inside}])


def test_a_booking_that_was_cancelled_meanwhile_is_left_alone(centre: Centre, admin: Identity) -> None:
    booking = centre.book("09:00", "10:00")
    elsewhere = centre.book("15:00", "16:00", centre.li)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    closure = close(centre, admin, [{"booking_id": booking.id}, {"booking_id": elsewhere.id}])
    assert (closure.moved, closure.cancelled) == (0, 0)
    kept = centre.stored(elsewhere.id)
    assert kept and kept.state == "confirmed", "a decision about a booking that is not in the way does nothing"


def test_moves_are_checked_against_the_closure_itself(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    first = centre.book("09:00", "10:00")
    second = centre.book("09:00", "10:00", centre.li, space=other)
    to_other = {"space_id": other.id, **times("09:00", "10:00")}
    to_noon = {"space_id": other.id, **times("08:00", "09:00")}
    spaces = [centre.court.id, other.id]
    with pytest.raises(PlanOutdated):
        close(centre, admin, [{"booking_id": first.id, "move_to": to_other}, {"booking_id": second.id}], space_ids=spaces)
    decisions = [{"booking_id": first.id, "move_to": to_noon}, {"booking_id": second.id}]
    assert close(centre, admin, decisions, space_ids=spaces).moved == 1


def test_a_part_that_is_closed_closes_the_whole_and_the_refusal_names_it(centre: Centre, admin: Identity) -> None:
    """O10."""
    hall = centre.add_space(divisible=True, max_minutes=240)
    east, west = (centre.add_space(parent_id=hall.id, name={"zh-CN": name, "en": name}) for name in ("East", "West"))
    whole = centre.book("08:00", "09:00", space=hall)
    closure = close(centre, admin, **times("10:00", "11:00"), space_ids=[east.id])
    with pytest.raises(PartClosed) as error:
        centre.book("09:00", "12:00", centre.li, space=hall)
    details = error.value.details
    assert (details["part_id"], details["part_name"]["en"]) == (str(east.id), "East")
    assert details["closed_from"] == "2026-11-23T10:00:00+08:00" and details["closed_to"] == "2026-11-23T11:00:00+08:00"
    assert "East, 2026-11-23 10:00–11:00" in error.value.text("en")
    assert details["alternatives"]
    assert centre.book("10:00", "11:00", centre.li, space=west), "the other part stays open"
    assert closure.cancelled == 0 and centre.stored(whole.id)


def test_a_closed_whole_hits_its_parts_and_a_closed_part_hits_the_whole(centre: Centre, admin: Identity) -> None:
    hall = centre.add_space(divisible=True)
    east = centre.add_space(parent_id=hall.id)
    centre.add_space(parent_id=hall.id)
    of_part, of_whole = centre.book("09:00", "10:00", space=east), centre.book("10:00", "11:00", space=hall)
    for closed in (hall, east):
        assert [hit.booking.id for hit in plan(centre, admin, space_ids=[closed.id])] == [of_part.id, of_whole.id]


def test_a_whole_community_is_closed(centre: Centre, admin: Identity) -> None:
    other = centre.add_space(kind="room")
    elsewhere = centre.add_space(community_id="yuxin")
    close(centre, admin, whole=True, space_ids=[])
    for space in (centre.court, other):
        with pytest.raises(Closed):
            centre.book("09:00", "10:00", space=space)
    assert centre.book("09:00", "10:00", space=elsewhere)


def test_a_running_booking_stays_and_is_shown(centre: Centre, admin: Identity) -> None:
    booking = centre.book("09:00", "10:00")
    now = local(MONDAY, "09:30")
    fields = about(centre, "09:30", "12:00")
    (hit,) = centre.do("preview_closure", admin, now=now, **fields).items
    assert (hit.started, hit.offers) == (True, [])
    closure = centre.do("close_spaces", admin, now=now, reason="safety", decisions=[], **fields)
    assert (closure.moved, closure.cancelled) == (0, 0)
    kept = centre.stored(booking.id)
    assert kept and kept.state == "confirmed"


def test_closures_in_the_past_and_of_others_are_refused(centre: Centre, admin: Identity) -> None:
    past = {"starts_at": NOW - timedelta(minutes=2), "ends_at": NOW + timedelta(hours=1)}
    for verb in (close, plan):
        with pytest.raises(ClosureInPast):
            verb(centre, admin, **past)
        with pytest.raises(Forbidden):
            verb(centre, centre.clerk)
        with pytest.raises(InvalidField):
            verb(centre, person("admin", community="yuxin"))
        with pytest.raises(InvalidField):
            verb(centre, admin, space_ids=[uuid4()])
        with pytest.raises(InvalidField):
            verb(centre, admin, space_ids=[centre.add_space(community_id="yuxin").id])


def test_one_that_has_not_begun_is_taken_back_and_bookings_do_not_come_back(centre: Centre, admin: Identity) -> None:
    booking = centre.book("09:00", "10:00")
    closure = close(centre, admin, [{"booking_id": booking.id}])
    with pytest.raises(NotFound):
        centre.do("end_closure", person("admin", community="yuxin"), closure_id=closure.id)
    assert centre.do("end_closure", admin, closure_id=closure.id)["outcome"] == "taken_back"
    assert centre.book("09:00", "10:00", centre.li)
    stored = centre.stored(booking.id)
    assert stored and stored.state == "cancelled"
    with pytest.raises(NotFound):
        centre.do("get_closure", admin, closure_id=closure.id)
    assert [entry.action for entry in centre.do("list_calendar_changes", admin, kind="closure").items] == [
        "taken_back",
        "created",
    ]


def test_a_running_one_ends_at_the_next_full_minute(centre: Centre, admin: Identity) -> None:
    closure = close(centre, admin)
    now = local(MONDAY, "10:10") + timedelta(seconds=20)
    assert centre.do("end_closure", admin, now=now, closure_id=closure.id, expected_version=1)["outcome"] == "ended"
    found = centre.do("get_closure", centre.clerk, closure_id=closure.id)
    assert (found.ends_at, found.version) == (local(MONDAY, "10:11"), 2)
    assert centre.book("10:30", "11:00", now=now)
    with pytest.raises(ClosureOver):
        centre.do("end_closure", admin, now=local(MONDAY, "11:00"), closure_id=closure.id)


def test_lists_and_who_sees_them(centre: Centre, admin: Identity) -> None:
    other = centre.add_space()
    first, second = close(centre, admin), close(centre, admin, space_ids=[other.id], **times("14:00", "15:00"))
    assert [one.id for one in centre.do("list_closures", centre.clerk).items] == [first.id, second.id]
    assert [one.id for one in centre.do("list_closures", admin, space_id=other.id).items] == [second.id]
    noon = local(MONDAY, "12:30")
    assert [one.id for one in centre.do("list_closures", admin, now=noon, state="over").items] == [first.id]
    assert centre.do("list_closures", person("clerk", community="yuxin")).items == []
    with pytest.raises(Forbidden):
        centre.do("list_closures", centre.wang)


def test_a_booking_and_a_closure_at_once_never_both_succeed(centre: Centre, admin: Identity) -> None:
    """The booking's transaction is open when the closure comes: the closure waits for it, and then sees it."""
    with transaction(centre.engine) as held:
        call = Call(held, NOW, centre.wang)
        BookingService.use_case("book_space")(call, space_id=centre.court.id, **times("09:00", "10:00"))
        outcome: list[str] = []

        def attempt() -> None:
            try:
                close(centre, admin)
                outcome.append("closed")
            except Refusal as refusal:
                outcome.append(refusal.code)

        thread = threading.Thread(target=attempt)
        thread.start()
        wait_for_lock(centre)
    thread.join(10)
    assert outcome == ["booking.closure_plan_outdated"]


def test_a_booking_that_waits_for_a_closure_is_decided_anew(centre: Centre, admin: Identity) -> None:
    """The closure's transaction is open when the booking comes: the booking waits, and is refused."""
    centre.book("15:00", "16:00")  # the timetable is cached now
    with centre.call(admin) as call:
        BookingService.use_case("close_spaces")(call, **about(centre), reason="weather", decisions=[])
        outcome: list[str] = []

        def attempt() -> None:
            try:
                centre.book("09:00", "10:00", centre.li)
                outcome.append("booked")
            except Refusal as refusal:
                outcome.append(refusal.code)

        thread = threading.Thread(target=attempt)
        thread.start()
        wait_for_lock(centre)
    thread.join(10)
    assert outcome == ["booking.closed"]


def test_bookings_moves_and_closures_in_many_threads_leave_no_booking_inside_a_closure(centre: Centre, admin: Identity) -> None:
    """No deadlock, and nothing is lost: whoever comes too late is refused."""
    spaces = [centre.court, *(centre.add_space() for _ in range(2))]
    made = [centre.book("14:00", "14:30", space=space) for space in spaces]

    def attempt(n: int) -> str:
        space = spaces[n % 3]
        try:
            if n % 4 == 0:
                hits = centre.do("preview_closure", admin, **about(centre, spaces=[space])).items
                decisions = [
                    {"booking_id": hit.booking.id} | ({"move_to": first_offer(hit)} if hit.offers else {}) for hit in hits
                ]
                close(centre, admin, decisions, space_ids=[space.id])
            elif n % 4 == 1:
                booking = made[n % 3]
                centre.do("reschedule_booking", centre.wang, booking_id=booking.id, **times("09:30", "10:00"))
            else:
                centre.book(f"{8 + n % 5:02d}:00", f"{8 + n % 5:02d}:30", person(), space=space)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(attempt, range(48)))
    allowed = {"done", "booking.closed", "booking.space_taken", "booking.closure_plan_outdated", "service_unavailable"}
    assert set(outcomes) <= allowed, outcomes
    inside = text(
        "SELECT count(*) FROM booking JOIN closure_space USING (space_id) JOIN closure ON closure.id = closure_id "
        "WHERE booking.state = 'confirmed' AND booking.starts_at < closure.ends_at AND booking.ends_at > closure.starts_at"
    )
    with centre.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM closure")) and connection.scalar(inside) == 0
