"""B10: a booking that is going on is ended early, and the rest of its time is free."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.rpc.refusal import Forbidden, NotFound, VersionMismatch
from services.booking.interface.refusals import NotRunning, OffGrid
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, clocks, local

START, END = local(MONDAY, "19:00"), local(MONDAY, "20:00")


def running(centre: Centre, **space: Any) -> Any:
    court = centre.add_space(**({"slot_minutes": 15, "min_minutes": 15} | space))
    return centre.book("19:00", "20:00", space=court)


def end(centre: Centre, booking: Any, acting: Any = None, *, now: datetime = START + timedelta(seconds=8), **more: Any) -> Any:
    return centre.do("end_booking", acting or centre.wang, booking_id=booking.id, now=now, **more)


@pytest.mark.parametrize("who", ["wang", "clerk"])
def test_the_rest_is_free_again(centre: Centre, who: str) -> None:
    booking = running(centre)
    ended = end(centre, booking, getattr(centre, who))
    assert (ended.ends_at, ended.planned_ends_at, ended.state) == (START + timedelta(minutes=1), END, "confirmed")
    now = START + timedelta(minutes=2)
    assert centre.free(booking.space, now=now)[0][0] == int((START + timedelta(minutes=15)).timestamp())
    assert centre.book("19:15", "20:00", centre.li, space=booking.space, now=now).state == "confirmed"
    assert [(claim.during.lower, claim.during.upper) for claim in centre.claims() if claim.holder_id == booking.id] == [
        (START, START + timedelta(minutes=1))
    ]
    told = next(row for row in centre.published() if row.type == "booking.ended_early.v1")
    assert told.data["ended_by"] == ("resident" if who == "wang" else "staff")
    assert datetime.fromisoformat(told.data["previous_ends_at"]) == END


def test_on_a_half_hour_grid_others_book_the_rest_from_the_next_half_hour(centre: Centre) -> None:
    """The odd minutes until then are nobody's, and are not called preparation or somebody's booking."""
    booking = running(centre, slot_minutes=30, min_minutes=30)
    end(centre, booking, now=START + timedelta(minutes=9, seconds=30))
    now = START + timedelta(minutes=9, seconds=40)
    window = {"start": START, "end": END}
    found = centre.do("get_availability", now=now, space_id=booking.space_id, **window)
    assert clocks(found.free) == ["19:30-20:00"]
    assert [(clocks([(a, b)])[0], reason) for a, b, reason, *_ in found.busy] == [
        ("19:00-19:10", "booked"),
        ("19:10-19:30", "gap"),
    ]
    with pytest.raises(OffGrid):
        centre.book("19:10", "20:00", centre.li, space=booking.space, now=now)
    assert centre.book("19:30", "20:00", centre.li, space=booking.space, now=now).state == "confirmed"


def test_a_rest_that_is_too_short_is_called_so(centre: Centre) -> None:
    booking = running(centre, slot_minutes=30, min_minutes=60)
    end(centre, booking, now=START + timedelta(minutes=9, seconds=30))
    found = centre.do(
        "get_availability",
        now=START + timedelta(minutes=12),
        space_id=booking.space_id,
        start=START,
        end=local(MONDAY, "20:00"),
    )
    assert [(clocks([(a, b)])[0], reason) for a, b, reason, *_ in found.busy][-1] == ("19:30-20:00", "gap")
    free = centre.do("get_availability", now=START, space_id=booking.space_id, start=START, end=local(MONDAY, "21:00")).free
    assert clocks(free) == ["19:30-21:00"], "with the hour after it, it is long enough"


def test_the_turnover_begins_when_it_ends(centre: Centre) -> None:
    booking = running(centre, buffer_after_minutes=30)
    end(centre, booking, now=START + timedelta(minutes=10))
    (claim,) = [claim for claim in centre.claims() if claim.holder_id == booking.id]
    assert claim.during.upper == START + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("now", "state"),
    [(START - timedelta(seconds=1), "coming"), (END - timedelta(seconds=30), "started"), (END, "started")],
)
def test_only_what_is_going_on_ends(centre: Centre, now: datetime, state: str) -> None:
    booking = running(centre)
    with pytest.raises(NotRunning) as error:
        end(centre, booking, now=now)
    assert error.value.details == {"state": state}
    assert centre.stored(booking.id).version == 1  # type: ignore[union-attr]


def test_it_ends_once(centre: Centre) -> None:
    booking = running(centre)
    outcomes = all_at_once([lambda: end(centre, booking) for _ in range(6)])
    assert codes(outcomes) == {"won": 1, "booking.not_running": 5}
    with pytest.raises(VersionMismatch):
        end(centre, running(centre, code="another"), expected_version=7)


def test_others_cannot(centre: Centre) -> None:
    booking = running(centre)
    with pytest.raises(NotFound):
        end(centre, booking, centre.li)
    with pytest.raises(Forbidden):
        end(centre, booking, person("supervisor"))


def test_who_may_end_it_is_told_so(centre: Centre) -> None:
    booking = running(centre)
    at = START + timedelta(minutes=5)
    assert booking.can(centre.wang, at) == ["end"]
    assert booking.can(centre.clerk, at) == ["end", "check_in", "no_show"]
    assert booking.can(centre.wang, START - timedelta(minutes=5))[-1] != "end"
    assert booking.can(centre.wang, END) == booking.can(person("supervisor"), at) == []


def test_a_limit_of_minutes_counts_what_was_used(centre: Centre) -> None:
    court = centre.add_space(kind="court", slot_minutes=15, min_minutes=15)
    limit = {"community_id": "liuyi", "kind": "court", "subject": "resident", "measure": "minutes", "period": "day"}
    centre.do("add_limit", person("admin"), **limit, allowed=75)
    end(centre, centre.book("19:00", "20:00", space=court), now=START + timedelta(minutes=14, seconds=30))
    assert centre.book("20:00", "21:00", space=court, now=START + timedelta(minutes=20)).state == "confirmed"
