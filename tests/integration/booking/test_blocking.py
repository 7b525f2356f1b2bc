"""A clerk blocks free time: only what is free, also if somebody books at the same moment, and only in the own
community."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.claims.models import Asked
from services.booking.claims.use_cases import answer_request
from services.booking.interface.refusals import Closed, ClosureInPast, ClosureOver, TimeInUse
from services.booking.service import BookingService
from services.booking.spaces.models import Space
from services.booking.waits import offering
from tests.integration.booking import lotteries
from tests.integration.booking.conftest import Centre, person, wait_for_lock
from tests.unit.booking.spaces import MONDAY, NOW, local

ADMIN = person("admin")


def block(centre: Centre, start: str = "09:00", end: str = "12:00", *, space: Space | None = None, **over: Any) -> Any:
    about = {"space_id": (space or centre.court).id, "starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    acting, now = over.pop("acting", centre.clerk), over.pop("now", NOW)
    return centre.do("block_time", acting, now=now, **(about | {"reason": "cleaning"} | over))


def in_use(centre: Centre, *args: Any, **over: Any) -> dict[str, Any]:
    before = len(centre.published())
    with pytest.raises(TimeInUse) as error:
        block(centre, *args, **over)
    assert len(centre.published()) == before, "nothing is announced"
    return error.value.details


def test_a_free_time_is_closed_for_everybody_and_the_history_says_by_whom(centre: Centre) -> None:
    made = block(centre, note={"zh-CN": "打蜡"})
    assert (made.by_desk, made.reason, made.spaces[0].space_id) == (True, "cleaning", centre.court.id)
    with pytest.raises(Closed) as error:
        centre.book("10:00", "11:00")
    assert error.value.details["cause"] == "cleaning"
    assert [row.type for row in centre.published()] == ["calendar.changed.v1"]
    (entry,) = centre.do("list_calendar_changes", ADMIN, kind="closure").items
    assert (entry.action, str(entry.actor_id)) == ("created", centre.clerk.account_id)


def test_another_clerk_unblocks_it(centre: Centre) -> None:
    made, other = block(centre), person("clerk")
    assert made.can(other, NOW) == ["end"] and made.can(person("supervisor"), NOW) == []
    assert centre.do("end_closure", other, closure_id=made.id)["outcome"] == "taken_back"
    assert centre.book("10:00", "11:00")
    running = block(centre, "12:00", "15:00")
    now = local(MONDAY, "13:00")
    assert centre.do("end_closure", other, now=now, closure_id=running.id)["outcome"] == "ended"
    with pytest.raises(ClosureOver):
        centre.do("end_closure", other, now=now, closure_id=running.id)


def test_a_clerk_ends_no_closure_of_an_admin(centre: Centre) -> None:
    about = {"community_id": "liuyi", "whole": False, "space_ids": [centre.court.id], "reason": "safety", "decisions": []}
    times = {"starts_at": local(MONDAY, "09:00"), "ends_at": local(MONDAY, "12:00")}
    closure = centre.do("close_spaces", ADMIN, **about, **times)
    assert closure.can(centre.clerk, NOW) == [] and closure.can(ADMIN, NOW) == ["end"]
    with pytest.raises(Forbidden):
        centre.do("end_closure", centre.clerk, closure_id=closure.id)
    assert in_use(centre, "11:00", "13:00")["use"] == "closure"


def test_what_has_the_time_is_named(centre: Centre) -> None:
    centre.book("10:00", "11:00")
    assert in_use(centre) == {
        "use": "booking", "starts_at": "2026-11-23T10:00:00+08:00", "ends_at": "2026-11-23T11:00:00+08:00",
    }  # fmt: skip
    assert block(centre, "11:00", "12:00") and block(centre, "09:00", "10:00"), "beside it is free"


def test_turnover_is_not_in_the_way(centre: Centre) -> None:
    hall = centre.add_space(buffer_before_minutes=30, buffer_after_minutes=30)
    centre.book("10:00", "11:00", space=hall)
    assert block(centre, "11:00", "11:30", space=hall)


def test_a_part_and_its_whole_are_one_space(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, max_minutes=240)
    east, west = (centre.add_space(parent_id=hall.id) for _ in "12")
    centre.book("10:00", "11:00", space=east)
    assert in_use(centre, space=hall)["use"] == "booking"
    assert block(centre, space=west), "the other part is free"
    centre.book("14:00", "15:00", space=hall)
    assert in_use(centre, "14:00", "15:00", space=east)["use"] == "booking"


def test_a_session_of_an_event_is_in_the_way(centre: Centre) -> None:
    asked = Asked(uuid4(), (centre.court.id,), local(MONDAY, "10:00"), local(MONDAY, "11:00"), 4)
    with centre.call() as call:
        about: dict[str, Any] = {"requester": "events", "title": None, "expires_at": None, "request": 1, "times": (asked,)}
        answer_request(call, claim_id=uuid4(), community_id="liuyi", **about)
    assert in_use(centre)["use"] == "session"


def test_requests_and_lotteries_are_in_the_way(centre: Centre) -> None:
    hall = centre.add_space(needs_approval=True)
    centre.book("10:00", "11:00", space=hall)
    assert in_use(centre, space=hall)["use"] == "request"
    lotteries.make(centre)  # Monday, 18:00 to 21:00
    assert in_use(centre, "20:00", "21:30")["use"] == "lottery"
    assert block(centre, "21:00", "21:30")


def test_a_time_that_is_held_for_who_waits_is_in_the_way(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    wait = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00"), "space_id": centre.court.id}
    centre.do("wait_for_space", centre.li, **wait)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    with centre.call() as call:
        while offering.step(call):
            pass
    assert in_use(centre)["use"] == "offer"
    assert block(centre, now=NOW + timedelta(hours=3), reason="maintenance"), "the offer has expired"


def test_the_turnover_of_a_held_time_is_not_in_the_way_and_it_is_held_beside_a_block(centre: Centre) -> None:
    """As with a booking."""
    hall = centre.add_space(buffer_before_minutes=30, buffer_after_minutes=30)
    booking = centre.book("10:00", "11:00", space=hall)
    block(centre, "11:00", "11:30", space=hall)
    wait = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00"), "space_id": hall.id}
    centre.do("wait_for_space", centre.li, **wait)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    with centre.call() as call:
        while offering.step(call):
            pass
    assert in_use(centre, "09:00", "10:30", space=hall) == {
        "use": "offer", "starts_at": "2026-11-23T10:00:00+08:00", "ends_at": "2026-11-23T11:00:00+08:00",
    }  # fmt: skip
    assert block(centre, "09:00", "10:00", space=hall)


def test_a_time_that_is_held_in_a_part_is_in_the_way_of_its_whole(centre: Centre) -> None:
    hall = centre.add_space(divisible=True)
    east = centre.add_space(parent_id=hall.id)
    booking = centre.book("10:00", "11:00", space=east)
    wait = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00"), "space_id": east.id}
    centre.do("wait_for_space", centre.li, **wait)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    with centre.call() as call:
        while offering.step(call):
            pass
    assert in_use(centre, space=hall)["use"] == "offer"


def test_who_may_not(centre: Centre) -> None:
    for acting in (centre.wang, person("grid_worker"), person("supervisor"), person("clerk", community="yuxin")):
        with pytest.raises(Forbidden):
            block(centre, acting=acting)
    with pytest.raises(NotFound):
        centre.do(
            "block_time", centre.clerk, space_id=uuid4(), starts_at=local(MONDAY, "09:00"), ends_at=local(MONDAY, "10:00"),
            reason="cleaning",
        )  # fmt: skip
    with pytest.raises(ClosureInPast):
        block(centre, starts_at=NOW - timedelta(minutes=2))
    assert centre.do("list_closures", ADMIN).items == []


def test_two_clerks_at_once_block_once(centre: Centre) -> None:
    about = {"space_id": centre.court.id, "reason": "cleaning"}
    times = {"starts_at": local(MONDAY, "09:00"), "ends_at": local(MONDAY, "10:00")}
    assert _while(centre, "block_time", about | times, lambda: block(centre, "09:30", "11:00", acting=person("clerk"))) == (
        "booking.time_in_use"
    )


def test_a_booking_and_a_block_at_once_never_both_succeed(centre: Centre) -> None:
    times = {"starts_at": local(MONDAY, "09:00"), "ends_at": local(MONDAY, "10:00")}
    first = {"space_id": centre.court.id, **times}
    assert _while(centre, "book_space", first, lambda: block(centre)) == "booking.time_in_use"
    later = {"starts_at": local(MONDAY, "14:00"), "ends_at": local(MONDAY, "15:00"), "reason": "cleaning"}
    booked = _while(centre, "block_time", {"space_id": centre.court.id, **later}, lambda: centre.book("14:00", "15:00"))
    assert booked == "booking.closed"


def _while(centre: Centre, verb: str, fields: dict[str, Any], attempt: Any) -> str:
    """What becomes of `attempt`, which comes while the transaction of `verb` is open."""
    outcome: list[str] = []

    def run() -> None:
        try:
            attempt()
            outcome.append("done")
        except Refusal as refusal:
            outcome.append(refusal.code)

    acting = centre.clerk
    with transaction(centre.engine) as held:
        BookingService.use_case(verb)(Call(held, NOW, acting), **fields)
        thread = threading.Thread(target=run)
        thread.start()
        wait_for_lock(centre)
    thread.join(10)
    return outcome[0]


def test_the_list_of_a_time(centre: Centre) -> None:
    first, second = block(centre, "09:00", "10:00"), block(centre, "14:00", "15:00")

    def listed(start: str, end: str) -> list[Any]:
        window: dict[str, datetime] = {"start": local(MONDAY, start), "end": local(MONDAY, end)}
        return [one.id for one in centre.do("list_closures", centre.clerk, **window).items]

    assert (listed("08:00", "09:00"), listed("09:30", "14:00")) == ([], [first.id])
    assert listed("00:00", "23:00") == [first.id, second.id]
