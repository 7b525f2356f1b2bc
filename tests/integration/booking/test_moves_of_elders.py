"""A move of a booking follows the rules for its resident, also if a clerk asks. What the booking knows of them counts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import KeptForElders, NotOpenYet
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_fair_opening import DAY, ELDERS, OPENED, OPENING, elder, id_of
from tests.unit.booking.spaces import MONDAY, local


def at(start: str) -> dict[str, datetime]:
    starts_at = local(MONDAY, start)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=30)}


def moved(centre: Centre, booking: Booking, space: Space, start: str, acting: Identity | None = None) -> Booking:
    acting = acting or centre.clerk
    found: Booking = centre.do("reschedule_booking", acting, booking_id=booking.id, space_id=space.id, **at(start))
    return found


def check(centre: Centre, booking: Booking, space: Space, start: str, **more: Any) -> None:
    centre.do("check_time", centre.clerk, space_id=space.id, moving=booking.id, **at(start), **more)


@pytest.fixture
def sixty(centre: Centre) -> Space:
    return centre.add_space(shares=[ELDERS], elder_age=60)


@pytest.fixture
def seventy(centre: Centre) -> Space:
    return centre.add_space(shares=[ELDERS], elder_age=70)


def test_who_is_sixty_stays_sixty_when_a_clerk_moves_the_booking(centre: Centre, sixty: Space, seventy: Space) -> None:
    booking = centre.book("08:00", "08:30", elder(60), space=sixty)
    check(centre, booking, sixty, "08:30")
    assert moved(centre, booking, sixty, "08:30").for_elder
    for move in (check, moved):
        with pytest.raises(KeptForElders):
            move(centre, booking, seventy, "09:00")
    assert not moved(centre, booking, seventy, "11:00").for_elder
    with pytest.raises(KeptForElders):
        moved(centre, booking, seventy, "09:00")


def test_who_is_seventy_is_an_elder_everywhere(centre: Centre, sixty: Space, seventy: Space) -> None:
    booking = centre.book("08:00", "08:30", elder(70), space=seventy)
    assert moved(centre, booking, sixty, "08:30").for_elder
    assert moved(centre, booking, sixty, "11:00").for_elder


def test_a_clerk_who_moves_a_booking_asks_for_its_resident(centre: Centre, sixty: Space) -> None:
    aged = person("clerk")
    centre.clerk = replace(aged, ages=((str(aged.account_id), 70),))
    booking = centre.book("11:00", "11:30", centre.li, space=sixty)
    with pytest.raises(KeptForElders):
        check(centre, booking, sixty, "08:00")
    with pytest.raises(KeptForElders):
        moved(centre, booking, sixty, "08:00")


def test_the_booking_that_moves_and_its_household_count_as_they_should(centre: Centre) -> None:
    """It is the only use of the household, so the household is rested; with another one it is not."""
    weekly = centre.add_space(opening=OPENING)
    household = str(id_of(person()))
    resident, spouse = (replace(person(), household_id=household) for _ in range(2))
    days = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    booking = centre.do("book_space", resident, now=OPENED, space_id=weekly.id, **days)
    wish = {"starts_at": local(MONDAY + DAY, "10:00"), "ends_at": local(MONDAY + DAY, "11:00")}
    centre.do("check_time", centre.clerk, now=OPENED, space_id=weekly.id, moving=booking.id, **wish)
    centre.book("10:00", "11:00", spouse, space=centre.add_space(), now=OPENED)
    with pytest.raises(NotOpenYet):
        centre.do("check_time", centre.clerk, now=OPENED, space_id=weekly.id, moving=booking.id, **wish)
    with pytest.raises(NotOpenYet):
        centre.do("reschedule_booking", centre.clerk, now=OPENED, booking_id=booking.id, **wish)


def test_the_community_that_comes_first_is_that_of_the_resident(centre: Centre) -> None:
    space = centre.add_space(opening=OPENING | {"first": ["community"]})
    wanted = {"space_id": space.id, "starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    near, far = person(), person(community="yuxin")

    def named(resident: Identity) -> Identity:
        return replace(centre.clerk, homes=((str(resident.account_id), str(resident.community_id)),))

    with pytest.raises(NotOpenYet):
        centre.do("book_space", named(far), now=OPENED, resident_id=id_of(far), **wanted)
    with pytest.raises(NotOpenYet):
        centre.do("book_space", far, now=OPENED, **wanted)
    centre.do("book_space", named(near), now=OPENED, resident_id=id_of(near), **wanted)


def test_a_clerk_who_moves_a_booking_knows_the_community_of_its_resident(centre: Centre) -> None:
    """A move names no resident, so the gateway cannot say where they live."""
    space = centre.add_space(opening=OPENING | {"first": ["community"]})
    near, far = person(), person(community="yuxin")
    wanted = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + DAY, "00:00")}
    for resident, comes_first in ((near, True), (far, False)):
        booking = centre.book("10:00", "11:00", resident, space=space, now=OPENED + DAY, day=MONDAY - DAY)
        about = {"space_id": space.id, "moving": booking.id}
        asked = centre.do("get_availability", centre.clerk, now=OPENED, **about, **window)
        assert bool(asked.free) == comes_first
        moves = (("check_time", about), ("reschedule_booking", {"booking_id": booking.id}))
        for verb, given in moves:
            if comes_first:
                centre.do(verb, centre.clerk, now=OPENED, **given, **wanted)
            else:
                with pytest.raises(NotOpenYet):
                    centre.do(verb, centre.clerk, now=OPENED, **given, **wanted)


def test_a_date_that_a_clerk_adds_or_changes_is_for_the_community_of_its_resident(centre: Centre) -> None:
    space = centre.add_space(opening=OPENING | {"first": ["community"]})
    about = {"space_id": space.id, "rrule": "FREQ=WEEKLY;COUNT=1", "starts_on": MONDAY, "starts_at": "09:00", "minutes": 60}
    made = centre.do("book_series", person(), now=OPENED, **about)
    (date,) = made.dates
    changed = centre.do(
        "change_series", centre.clerk, now=OPENED, series_id=made.series.id, from_day=date.day, starts_at="10:00"
    )
    assert changed.dates[0].starts_at == local(MONDAY, "10:00")
    centre.do("cancel_booking", centre.clerk, now=OPENED, booking_id=date.booking_id)
    centre.do("add_series_date", centre.clerk, now=OPENED, series_id=changed.series.id, day=date.day)


def test_only_who_may_move_a_booking_sees_the_free_times_of_its_resident(centre: Centre) -> None:
    """They would tell an organiser whether the resident is an elder."""
    space = centre.add_space(shares=[ELDERS], elder_age=70)
    resident = elder(70)
    booking = centre.book("08:00", "08:30", resident, space=space)
    about = {"space_id": space.id, "start": local(MONDAY, "08:00"), "end": local(MONDAY, "10:00"), "moving": booking.id}
    for mover in (resident, centre.clerk):
        (free,) = centre.do("get_availability", mover, **about).free
        assert free[0] == local(MONDAY, "08:00").timestamp()
    for only_sees in (person("organiser"), person("supervisor")):
        with pytest.raises(Forbidden):
            centre.do("get_availability", only_sees, **about)
