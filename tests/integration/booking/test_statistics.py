"""How much spaces are used: bookings, club events, wholes and parts, who booked, and who may see it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField, Unauthenticated
from services.booking.interface.statistics import GET_OCCUPANCY
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_cached_calendar import statements_of
from tests.integration.booking.test_claims import Requester, time_of
from tests.unit.booking.spaces import MONDAY, daily, local

SUPERVISOR = person("supervisor")
OPEN = 12 * 60  # minutes a day of example_space


def occupancy(centre: Centre, first: date = MONDAY, last: date = MONDAY, acting: Identity = SUPERVISOR, **more: Any) -> Any:
    """The answer as the gateway gets it."""
    return GET_OCCUPANCY.gives.dump(centre.do("get_occupancy", acting, first_day=first, last_day=last, **more))


def minutes(use: Any) -> tuple[int, int, int]:
    return use["open_minutes"], use["booked_minutes"], use["event_minutes"]


def hall(centre: Centre) -> tuple[Space, list[Space]]:
    whole = centre.add_space(divisible=True, capacity=20, kind="room")
    return whole, [centre.add_space(parent_id=whole.id, kind="room") for _ in range(3)]


def test_bookings_and_events_of_a_day(centre: Centre) -> None:
    centre.book("10:30", "12:00", attendees=3)
    centre.book("14:00", "15:00", centre.li)
    gone = centre.book("16:00", "17:00")
    centre.do("cancel_booking", centre.wang, booking_id=gone.id)
    Requester(centre).ask(time_of(centre.court, start="18:00", end="20:00"))
    found = occupancy(centre)
    assert minutes(found) == (OPEN, 150, 120)
    (space,) = found["spaces"]
    assert (minutes(space), space["bookings"], space["cancelled"], space["people"]) == ((OPEN, 150, 120), 2, 1, 4)
    assert {one["state"]: one["bookings"] for one in found["states"]} == {"confirmed": 2, "cancelled": 1}
    by_hour = {(one["weekday"], one["hour"]): minutes(one) for one in found["hours"]}
    assert len(by_hour) == 12 and (1, 12) not in by_hour
    assert [by_hour[1, hour] for hour in (10, 11, 14, 18)] == [(60, 30, 0), (60, 60, 0), (60, 60, 0), (60, 0, 60)]
    assert [(one["day"], minutes(one)) for one in found["days"]] == [(MONDAY.isoformat(), (OPEN, 150, 120))]


def test_each_space_on_each_day(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    part, other = (centre.add_space(parent_id=hall.id) for _ in range(2))
    tuesday = MONDAY + timedelta(days=1)
    centre.book("10:00", "11:00", space=part)
    centre.book("15:00", "16:00", centre.li, space=hall)
    found = centre.do("get_space_days", SUPERVISOR, first_day=MONDAY, last_day=tuesday)
    use = {(one.space_id, one.day): (one.use.open_minutes, one.use.booked_minutes, one.bookings) for one in found}
    assert use[hall.id, MONDAY] == (2 * OPEN, 60 + 2 * 60, 2)
    assert (use[part.id, MONDAY], use[other.id, MONDAY]) == ((OPEN, 120, 1), (OPEN, 60, 0))
    assert use[part.id, tuesday] == (OPEN, 0, 0) and len(found) == 2 * 4
    day = occupancy(centre)
    assert sum(one.use.booked_minutes for one in found if one.space_id != hall.id) == day["booked_minutes"]
    with pytest.raises(Forbidden):
        centre.do("get_space_days", centre.wang, first_day=MONDAY, last_day=MONDAY)


def test_the_whole_hall_uses_its_parts(centre: Centre) -> None:
    whole, (part, *_) = hall(centre)
    centre.book("10:00", "11:00", space=whole)
    centre.book("14:00", "15:00", space=part)
    found = occupancy(centre, kind="room")
    by_space = {one["space_id"]: minutes(one) for one in found["spaces"]}
    assert by_space[str(whole.id)] == (3 * OPEN, 240, 0) and by_space[str(part.id)] == (OPEN, 120, 0)
    assert minutes(found) == (3 * OPEN, 240, 0), "the hall and its parts are not counted twice"
    assert minutes(occupancy(centre, space_id=part.id)) == (OPEN, 120, 0)
    assert len(occupancy(centre, space_id=whole.id)["spaces"]) == 4


def test_a_part_out_of_use_counts_with_its_whole(centre: Centre) -> None:
    whole, (part, *_) = hall(centre)
    with transaction(centre.engine) as session:
        session.execute(text("UPDATE space SET active = false WHERE id = :id"), {"id": part.id})
    centre.book("10:00", "11:00", space=whole)
    assert minutes(occupancy(centre, kind="room")) == (3 * OPEN, 180, 0)


def test_what_goes_past_midnight_is_counted_on_both_days(centre: Centre) -> None:
    bar = centre.add_space(opening_hours=daily("18:00-02:00"), kind="room")
    tuesday = MONDAY + timedelta(days=1)
    centre.do("book_space", centre.wang, space_id=bar.id, starts_at=local(MONDAY, "23:30"), ends_at=local(tuesday, "00:30"))
    found = occupancy(centre, MONDAY, tuesday, kind="room")
    assert [one["booked_minutes"] for one in found["days"]] == [30, 30]
    assert occupancy(centre, tuesday, tuesday, kind="room")["booked_minutes"] == 30
    assert occupancy(centre, MONDAY, MONDAY, kind="room")["open_minutes"] == 6 * 60 + 2 * 60


def test_a_booking_that_ended_early_used_less(centre: Centre) -> None:
    made = centre.book("10:00", "12:00")
    centre.do("end_booking", centre.wang, booking_id=made.id, now=local(MONDAY, "10:20"))
    assert occupancy(centre)["booked_minutes"] == 20


def test_who_booked_and_how_even_it_is(centre: Centre) -> None:
    one, two = (
        Identity(account_id=str(uuid4()), party="resident", household_id="7" * 8 + "-" + "7777-" * 3 + "7" * 12) for _ in "ab"
    )
    centre.book("08:00", "09:00", one)
    centre.book("09:00", "10:00", two)
    centre.book("10:00", "11:00")
    centre.book("11:00", "12:00", centre.clerk, resident_id=centre.li.account_id)
    found = occupancy(centre)
    assert {one["channel"]: one["bookings"] for one in found["channels"]} == {"self": 3, "others": 1}
    assert found["fairness"] == {"households": 3, "gini": pytest.approx(0.167), "top_tenth": 0.5}
    listed = centre.do("get_use_by_resident", SUPERVISOR, first_day=MONDAY, last_day=MONDAY)
    assert sorted((one.bookings, one.minutes) for one in listed) == [(1, 60)] * 4
    after = centre.do("get_use_by_resident", SUPERVISOR, first_day=MONDAY, last_day=MONDAY, after=listed[1].resident_id)
    assert after == listed[2:]


def test_nothing_is_no_division_by_zero(centre: Centre) -> None:
    found = occupancy(centre, section="smart")
    assert minutes(found) == (0, 0, 0) and found["spaces"] == found["days"] == []
    assert found["fairness"] == {"households": 0, "gini": None, "top_tenth": None}


def test_another_community_is_not_counted(centre: Centre) -> None:
    elsewhere = centre.add_space(community_id="yuxin")
    centre.book("10:00", "11:00", space=elsewhere)
    found = occupancy(centre)
    assert found["booked_minutes"] == 0 and [one["space_id"] for one in found["spaces"]] == [str(centre.court.id)]
    with pytest.raises(InvalidField):
        occupancy(centre, space_id=elsewhere.id)


def test_residents_and_visitors_do_not_see_it(centre: Centre) -> None:
    for verb in ("get_occupancy", "get_use_by_resident"):
        with pytest.raises(Forbidden):
            centre.do(verb, centre.wang, first_day=MONDAY, last_day=MONDAY)
        with pytest.raises(Unauthenticated):
            centre.do(verb, first_day=MONDAY, last_day=MONDAY)


def test_a_year_of_many_spaces_takes_as_many_statements_as_a_day(centre: Centre) -> None:
    for _ in range(5):
        centre.add_space()
    year = timedelta(days=365)
    assert len(statements_of(centre, lambda: occupancy(centre, MONDAY - year, MONDAY))) == 5
