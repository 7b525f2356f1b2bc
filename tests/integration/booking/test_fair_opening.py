"""Weeks that open in waves, and times that are kept for elders and for the counter, for whoever asks in whatever way."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Forbidden, Unauthenticated
from services.booking.availability.kept_times import list_kept_times
from services.booking.interface.availability import GET_AVAILABILITY
from services.booking.interface.refusals import KeptForCounter, KeptForElders, NotOpenYet
from services.booking.spaces.models import Space
from services.booking.waits.offering import step
from tests.integration.booking import lotteries
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_cached_calendar import statements_of
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, daily, local

ADMIN = person("admin")
DAY = timedelta(days=1)
ELDERS = {"kept_for": "elders", "hours": daily("08:00-10:00", weekdays=[1]), "until_hours": 12}
COUNTER = {"kept_for": "counter", "hours": daily("14:00-15:00", weekdays=[1]), "until_hours": 2}
OPENING: dict[str, Any] = {
    "weekday": 5,
    "at": "10:00",
    "weeks_ahead": 1,
    "first": ["rested"],
    "head_start_hours": 24,
    "rested_days": 30,
}
OPENED = local(date(2026, 11, 20), "10:00")  # Friday: the week of Monday opens for the first wave
FOR_ALL = OPENED + DAY


def elder(age: int = 65) -> Identity:
    one = person()
    return replace(one, ages=((str(one.account_id), age),))


def for_(clerk: Identity, resident: Identity) -> Identity:
    """The clerk, as the gateway signs a call that names the resident."""
    return replace(clerk, ages=resident.ages)


def id_of(one: Identity) -> UUID:
    return UUID(str(one.account_id))


@pytest.fixture
def kept(centre: Centre) -> Space:
    return centre.add_space(shares=[ELDERS, COUNTER])


@pytest.fixture
def weekly(centre: Centre) -> Space:
    return centre.add_space(opening=OPENING)


def free(centre: Centre, space: Space, acting: Identity = ANONYMOUS, *, now: datetime = NOW, **more: Any) -> list[str]:
    """The free starts of Monday's first free span, as availability and as the centre's calendar and the search say."""
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + DAY, "00:00")}
    one = centre.do("get_availability", acting, now=now, space_id=space.id, **window, **more)
    if not more:
        assert dict(centre.do("get_centre_availability", acting, now=now, **window))[space.id] == one.free
    return [f"{datetime.fromtimestamp(a, tz=local(MONDAY, '00:00').tzinfo) + timedelta(hours=8):%H:%M}" for a, _ in one.free]


def test_an_elders_morning_is_booked_by_elders_until_it_opens_to_everybody(centre: Centre, kept: Space) -> None:
    with pytest.raises(KeptForElders) as refused:
        centre.book("09:00", "10:00", space=kept)
    first = refused.value.details["alternatives"][0]
    assert datetime.fromisoformat(first["starts_at"]) == local(MONDAY, "10:00")
    booking = centre.book("09:00", "10:00", elder(), space=kept)
    assert (booking.for_elder, booking.at_counter) == (True, False)
    with pytest.raises(KeptForElders):
        centre.book("08:00", "09:00", elder(60), space=centre.add_space(shares=[ELDERS], elder_age=65))
    released = local(MONDAY, "08:00") - timedelta(hours=12)
    with pytest.raises(KeptForElders):
        centre.book("08:00", "09:00", space=kept, now=released - timedelta(seconds=1))
    assert not centre.book("08:00", "09:00", space=kept, now=released).for_elder


def test_staff_book_at_the_counter_for_anybody_and_may_say_that_somebody_is_an_elder(centre: Centre, kept: Space) -> None:
    with pytest.raises(KeptForCounter):
        centre.book("14:00", "15:00", elder(), space=kept)
    made = centre.book("14:00", "15:00", centre.clerk, space=kept, resident_id=id_of(centre.li))
    assert (made.for_elder, made.at_counter) == (False, True)
    with pytest.raises(KeptForElders):
        centre.book("08:00", "09:00", centre.clerk, space=kept, resident_id=id_of(centre.li))
    known = elder()
    assert centre.book("08:00", "08:30", for_(centre.clerk, known), space=kept, resident_id=id_of(known)).for_elder
    assert centre.book("08:30", "09:00", centre.clerk, space=kept, resident_id=id_of(centre.li), as_elder=True).for_elder
    beyond = centre.book("09:00", "10:00", centre.clerk, space=kept, resident_id=id_of(centre.li), beyond_reason="消防演练")
    assert beyond.beyond_rules == ["booking.kept_for_elders"]
    with pytest.raises(Forbidden):
        centre.book("15:00", "16:00", space=kept, as_elder=True)


def test_who_does_not_book_for_a_resident_does_not_see_which_weeks_are_open_for_them(centre: Centre, weekly: Space) -> None:
    child = person()
    guardian = replace(centre.wang, children=frozenset({str(child.account_id)}))
    assert free(centre, weekly, centre.clerk, now=OPENED, resident_id=id_of(centre.li))
    assert free(centre, weekly, guardian, now=OPENED, resident_id=id_of(child))
    assert free(centre, weekly, centre.li, now=OPENED, resident_id=id_of(centre.li))
    for stranger in (centre.wang, person("organiser"), person("clerk", community="yuxin")):
        with pytest.raises(Forbidden):
            free(centre, weekly, stranger, now=OPENED, resident_id=id_of(centre.li))
    with pytest.raises(Unauthenticated):
        free(centre, weekly, now=OPENED, resident_id=id_of(centre.li))


def test_staff_who_book_for_themselves_are_not_at_the_counter(centre: Centre, kept: Space) -> None:
    with pytest.raises(KeptForCounter):
        centre.book("14:00", "15:00", centre.clerk, space=kept)


def test_everything_that_shows_free_times_knows_who_asks(centre: Centre, kept: Space) -> None:
    assert free(centre, kept) == free(centre, kept, centre.wang) == ["10:00", "15:00"]
    assert free(centre, kept, elder()) == ["08:00", "15:00"]
    assert free(centre, kept, centre.clerk, resident_id=id_of(centre.li)) == ["10:00", "14:00"]
    assert free(centre, kept, centre.clerk) == ["10:00", "15:00"]
    about = {"starts_at": local(MONDAY, "08:00"), "ends_at": local(MONDAY, "09:00")}
    for who, spaces in ((centre.wang, {centre.court.id}), (elder(), {centre.court.id, kept.id})):
        found = centre.do("find_free_spaces", who, **about)
        assert {one.space.id for one in found.items} == spaces
    with pytest.raises(KeptForElders):
        centre.do("check_time", centre.wang, space_id=kept.id, **about)


def test_the_reasons_say_when_it_opens(centre: Centre, kept: Space) -> None:
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + DAY, "00:00")}
    found = GET_AVAILABILITY.gives.dump(centre.do("get_availability", space_id=kept.id, **window))
    told = {one["reason"]: one["opens_at"] for one in found["busy"] if one["opens_at"]}
    assert told == {
        "kept_for_elders": (local(MONDAY, "08:00") - timedelta(hours=12)).isoformat(),
        "kept_for_counter": local(MONDAY, "12:00").isoformat(),
    }


def test_who_books_the_whole_or_a_part_keeps_what_the_others_keep(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, shares=[COUNTER])
    part = centre.add_space(parent_id=hall.id, shares=[ELDERS])
    other = centre.add_space(parent_id=hall.id)
    for space, clock in ((hall, "08:00"), (part, "08:00"), (part, "14:00"), (other, "14:00")):
        with pytest.raises((KeptForElders, KeptForCounter)):
            centre.book(clock, f"{clock[:2]}:30", space=space)
    centre.book("08:00", "09:00", space=other)
    assert free(centre, hall) == ["10:00", "15:00"]


def test_a_move_into_a_kept_time_is_for_who_may_have_it(centre: Centre, kept: Space) -> None:
    def move(booking: Any, acting: Identity, start: str, end: str) -> Any:
        times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
        return centre.do("reschedule_booking", acting, booking_id=booking.id, **times)

    mine = centre.book("16:00", "17:00", space=kept)
    with pytest.raises(KeptForElders):
        move(mine, centre.wang, "08:00", "09:00")
    assert move(mine, centre.clerk, "14:00", "15:00").at_counter
    assert not move(mine, centre.wang, "16:00", "17:00").at_counter
    said = centre.book("08:00", "09:00", centre.clerk, space=kept, resident_id=id_of(centre.li), as_elder=True)
    assert move(said, centre.li, "09:00", "10:00").for_elder  # staff have said so


def test_each_date_of_a_series_keeps_the_rules(centre: Centre, kept: Space) -> None:
    about = {"space_id": kept.id, "rrule": "FREQ=WEEKLY;COUNT=2", "starts_on": MONDAY, "starts_at": "09:00", "minutes": 60}
    preview = centre.do("preview_series", centre.wang, **about)
    assert [one.code for one in preview.dates] == ["booking.kept_for_elders"] * 2
    assert preview.dates[0].alternatives
    old = elder()
    made = centre.do("book_series", old, **about)
    assert [one.state for one in made.dates] == ["booked", "booked"]
    first = made.dates[0]
    centre.do("cancel_booking", old, booking_id=first.booking_id)
    centre.do("add_series_date", centre.clerk, series_id=made.series.id, day=first.day)
    assert [one.state for one in centre.do("get_series", old, series_id=made.series.id).dates] == ["booked", "booked"]


def test_what_comes_free_in_a_kept_time_is_offered_to_who_may_have_it(centre: Centre, kept: Space) -> None:
    old, other = elder(), elder()
    taken = centre.book("08:00", "10:00", other, space=kept)
    at = {"space_id": kept.id, "starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    blocker = centre.book("10:00", "12:00", space=kept)
    window = {"earliest_at": local(MONDAY, "08:00"), "latest_at": local(MONDAY, "12:00")}
    centre.do("wait_for_space", centre.li, **at, **window)
    theirs = centre.do("wait_for_space", old, now=NOW + timedelta(minutes=1), **at, **window)
    with pytest.raises(KeptForElders):
        centre.do("wait_for_space", centre.wang, **(at | {"starts_at": local(MONDAY, "09:00"), "ends_at": at["starts_at"]}))
    centre.do("cancel_booking", other, booking_id=taken.id)
    for _ in range(10):
        with centre.call(now=NOW + timedelta(minutes=2)) as call:
            step(call)
    with centre.engine.connect() as connection:
        offered = connection.execute(text("SELECT wait_id FROM wait_offer WHERE state = 'open'")).scalars().all()
    assert offered == [theirs.wait.id] and blocker.state == "confirmed"
    (offer_id,) = _open_offers(centre)
    booked = centre.do("accept_offer", old, wait_id=theirs.wait.id, offer_id=offer_id, now=NOW + timedelta(minutes=3))
    assert booked.for_elder and booked.starts_at < local(MONDAY, "10:00")


def _open_offers(centre: Centre) -> list[UUID]:
    with centre.engine.connect() as connection:
        return list(connection.execute(text("SELECT id FROM wait_offer WHERE state = 'open'")).scalars())


def test_a_week_opens_for_rested_households_a_day_before_the_others(centre: Centre, weekly: Space) -> None:
    centre.book("08:00", "09:00", day=date(2026, 11, 20), now=OPENED - DAY)
    with pytest.raises(NotOpenYet):
        centre.book("08:00", "09:00", centre.li, space=weekly, now=OPENED - timedelta(seconds=1))
    assert free(centre, weekly, centre.li, now=OPENED) == ["08:00", "14:00"]
    assert free(centre, weekly, centre.wang, now=OPENED) == free(centre, weekly, now=OPENED) == []
    with pytest.raises(NotOpenYet) as refused:
        centre.book("09:00", "10:00", space=weekly, now=OPENED)
    assert refused.value.details["wave"] == "everybody"
    centre.book("08:00", "09:00", centre.li, space=weekly, now=OPENED)
    with pytest.raises(NotOpenYet):  # now they have had theirs
        centre.book("10:00", "11:00", centre.li, space=weekly, now=OPENED)
    centre.book("10:00", "11:00", centre.li, space=weekly, now=FOR_ALL)


def test_a_household_comes_first_once_however_many_of_it_book_at_once(centre: Centre, weekly: Space) -> None:
    household = str(uuid4())
    family = [replace(person(), household_id=household) for _ in range(8)]
    clocks = [("08:00", "09:00"), ("09:00", "10:00"), ("10:00", "11:00"), ("11:00", "12:00")]
    acts = [lambda one=one, n=n: centre.book(*clocks[n % 4], one, space=weekly, now=OPENED) for n, one in enumerate(family)]
    assert codes(all_at_once(acts)) == {"won": 1, "booking.not_open_yet": 7}
    assert len(centre.claims()) == 1


def test_moving_the_booking_with_which_they_came_first_is_still_first(centre: Centre, weekly: Space) -> None:
    mine = centre.book("08:00", "09:00", space=weekly, now=OPENED)
    times = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    assert centre.do("reschedule_booking", centre.wang, now=OPENED, booking_id=mine.id, **times).starts_at == times["starts_at"]


def test_booking_a_space_with_kept_times_takes_no_statement_more(centre: Centre, kept: Space) -> None:
    centre.book("10:00", "11:00")
    centre.book("10:00", "11:00", space=kept)
    for space in (centre.court, kept):
        book = partial(centre.book, "11:00", "12:00", centre.li, space=space)
        assert len(statements_of(centre, book)) == 2


def test_an_admin_sets_it_and_the_history_has_it(centre: Centre) -> None:
    made = centre.do("change_space", ADMIN, space_id=centre.court.id, shares=[ELDERS], opening=OPENING, elder_age=65)
    assert (made.shares, made.opening, made.elder_age) == ([ELDERS], OPENING, 65)
    with pytest.raises(NotOpenYet):
        centre.book("08:00", "09:00", day=MONDAY + 14 * DAY)
    (change,) = centre.do("list_calendar_changes", ADMIN, kind="space", subject_id=str(made.id)).items
    assert set(change.after) >= {"shares", "opening", "elder_age"}
    assert centre.do("change_space", ADMIN, space_id=centre.court.id, opening=None).opening is None


def test_a_preview_shows_what_would_be_kept_and_when_weeks_would_open(centre: Centre) -> None:
    rules = {"shares": [ELDERS], "opening": OPENING}
    before = centre.book("09:00", "10:00")
    preview = centre.do("preview_space", ADMIN, space_id=centre.court.id, **rules)
    assert [one.starts_at for one in preview.kept] == [local(MONDAY, "08:00"), local(MONDAY + 7 * DAY, "08:00")]
    assert preview.kept[0].opens_at == local(MONDAY, "08:00") - timedelta(hours=12) and not preview.kept[0].is_open
    assert [(one.first_day, one.opens_at) for one in preview.openings][:2] == [
        ("2026-11-30", local(date(2026, 11, 28), "10:00")),
        ("2026-12-07", local(date(2026, 12, 5), "10:00")),
    ]
    assert preview.count == 0 and not centre.do("get_managed_space", ADMIN, space_id=centre.court.id).shares
    centre.do("change_space", ADMIN, space_id=centre.court.id, **rules)
    stays = centre.stored(before.id)
    assert stays is not None and stays.state == "confirmed"


def test_everybody_sees_what_is_kept(centre: Centre, kept: Space) -> None:
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + DAY, "00:00")}
    with centre.call(now=local(MONDAY, "07:00")) as call:
        ((space_id, shown, reserved),) = list_kept_times(call, **window)
    assert (space_id, reserved) == (kept.id, [])
    assert [(one.kept_for, one.is_open) for one in shown] == [("elders", True), ("counter", False)]


def test_everybody_sees_what_a_lottery_decides_also_on_its_parts(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, kind="room")
    part = centre.add_space(parent_id=hall.id, kind="room")
    made = lotteries.make(centre, space_ids=[hall.id])  # Monday, 18:00 to 21:00
    window = {"start": local(MONDAY, "19:00"), "end": local(MONDAY, "20:00")}
    with centre.call(now=NOW) as call:
        found = {space_id: reserved for space_id, _, reserved in list_kept_times(call, **window)}
    assert set(found) == {hall.id, part.id}
    ((one,),) = {tuple(reserved) for reserved in found.values()}
    assert (one.lottery_id, one.start) == (made.id, int(local(MONDAY, "19:00").timestamp()))
    with centre.call(now=NOW) as call:
        assert list_kept_times(call, start=local(MONDAY, "21:00"), end=local(MONDAY, "22:00")) == []


def test_statistics_say_how_kept_times_were_used(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, shares=[ELDERS], kind="room")
    part = centre.add_space(parent_id=hall.id, kind="room")
    centre.add_space(parent_id=hall.id, kind="room", shares=[ELDERS])
    centre.book("08:00", "09:00", elder(), space=part)
    centre.book("09:30", "10:30", space=part, now=local(MONDAY, "07:00"))
    centre.book("09:00", "09:30", elder(), space=hall)
    supervisor = person("supervisor")
    about = {"first_day": MONDAY, "last_day": MONDAY, "kind": "room"}
    shares = centre.do("get_occupancy", supervisor, **about).shares
    # Two leaves of two hours: an hour of one and half an hour of both for elders, half an hour of one for others.
    assert [(one.kept_for, one.kept_minutes, one.used_minutes, one.others_minutes) for one in shares] == [
        ("elders", 240, 120, 30)
    ]
    assert centre.do("get_occupancy", supervisor, **about | {"kind": "court"}).shares == []
