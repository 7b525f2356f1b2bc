"""What follows from not coming: points that fade, who is restricted and until when, and who sets the rule."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from chassis.rpc.refusal import Forbidden, NotFound, VersionMismatch
from services.booking.interface.refusals import TooManyNoShows
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, local

DAY = timedelta(days=1)
THURSDAY = MONDAY + 3 * DAY
LATER = local(THURSDAY, "09:00")


def rule(centre: Centre, **over: Any) -> Any:
    about = {"community_id": "liuyi", "active": True, "tolerated": 2, "forget_days": 60, "days_ahead": 2}
    return centre.do("set_no_show_rule", person("admin"), **about | over)


def hall(centre: Centre) -> Any:
    return centre.add_space(check_in_grace_minutes=10, check_in_since=NOW)


def missed(centre: Centre, space: Any, *days: int) -> list[Any]:
    """Wang did not come on these days, counted from Monday."""
    found = []
    for day in days:
        booking = centre.book("10:00", "11:00", space=space, day=MONDAY + day * DAY)
        now = local(MONDAY + day * DAY, "10:20")
        found.append(centre.do("mark_no_show", centre.clerk, booking_id=booking.id, now=now))
    return found


def try_it(centre: Centre, space: Any, ahead: int, **more: Any) -> Any:
    return centre.book("19:00", "20:00", space=space, day=THURSDAY + ahead * DAY, now=LATER, **more)


def test_three_no_shows_in_a_week_restrict_until_they_have_faded(centre: Centre) -> None:
    space = hall(centre)
    rule(centre)
    missed(centre, space, 0, 1)
    assert try_it(centre, space, 5).state == "confirmed"
    missed(centre, space, 2)
    with pytest.raises(TooManyNoShows) as refused:
        try_it(centre, space, 3)
    details = refused.value.details
    assert (details["no_shows"], details["days_ahead"], details["tolerated"]) == (3, 2, 2)
    assert try_it(centre, space, 2).state == "confirmed"
    until = datetime.fromisoformat(details["until"])
    after = centre.do(
        "book_space",
        centre.wang,
        space_id=space.id,
        starts_at=local(THURSDAY + 30 * DAY, "19:00"),
        ends_at=local(THURSDAY + 30 * DAY, "20:00"),
        now=until + 11 * DAY,
    )
    assert after.state == "confirmed" and until > LATER


def test_without_days_ahead_there_is_no_new_booking_and_no_move(centre: Centre) -> None:
    space = hall(centre)
    mine = centre.book("21:00", "22:00", space=space, day=THURSDAY)
    missed(centre, space, 0, 1, 2)
    rule(centre, days_ahead=None)
    with pytest.raises(TooManyNoShows):
        try_it(centre, space, 0)
    with pytest.raises(TooManyNoShows):
        centre.do(
            "reschedule_booking", centre.wang, booking_id=mine.id, now=LATER,
            starts_at=local(THURSDAY, "20:00"), ends_at=local(THURSDAY, "21:00"),
        )  # fmt: skip
    assert centre.do("cancel_booking", centre.wang, booking_id=mine.id, now=LATER).state == "cancelled"


def test_undone_no_shows_other_people_other_spaces_and_other_communities_are_free(centre: Centre) -> None:
    space = hall(centre)
    rule(centre, tolerated=1, days_ahead=None)
    bookings = missed(centre, space, 0, 1, 2)
    assert try_it(centre, centre.court, 5).state == "confirmed"
    assert try_it(centre, space, 5, acting=centre.li).state == "confirmed"
    for booking in bookings[:2]:
        centre.do("undo_no_show", centre.clerk, booking_id=booking.id, now=LATER)
    assert try_it(centre, space, 6).state == "confirmed"


def test_staff_go_beyond_with_a_reason_that_is_kept(centre: Centre) -> None:
    space = hall(centre)
    rule(centre)
    missed(centre, space, 0, 1, 2)
    about = {"acting": centre.clerk, "resident_id": UUID(centre.wang.account_id)}
    with pytest.raises(TooManyNoShows):
        try_it(centre, space, 5, **about)
    made = try_it(centre, space, 5, **about, beyond_reason="住院")
    assert made.beyond_rules == ["booking.too_many_no_shows"]


def test_a_series_is_refused_beyond_the_days_that_are_left(centre: Centre) -> None:
    space = hall(centre)
    rule(centre)
    missed(centre, space, 0, 1, 2)
    wish = {"space_id": space.id, "starts_on": THURSDAY, "starts_at": "19:00", "minutes": 60, "rrule": "FREQ=DAILY;COUNT=4"}
    shown = centre.do("preview_series", centre.wang, now=LATER, **wish)
    assert [one.refusal.code if one.refusal else None for one in shown.dates] == [None, None, None, TooManyNoShows.code]


def test_it_is_shown_before_one_tries(centre: Centre) -> None:
    space = hall(centre)
    assert centre.do("get_space_limits", centre.wang, space_id=space.id).no_shows is None
    rule(centre)
    missed(centre, space, 0, 1, 2)
    shown = centre.do("get_space_limits", centre.wang, space_id=space.id, now=LATER).no_shows
    assert (shown.no_shows, shown.days_ahead, shown.tolerated) == (3, 2, 2) and shown.points == 2.9
    assert shown.until > LATER
    assert centre.do("get_space_limits", space_id=space.id).no_shows is None
    assert centre.do("get_space_limits", centre.li, space_id=space.id, now=LATER).no_shows.until is None
    assert centre.do("get_space_limits", centre.wang, space_id=centre.court.id).no_shows is None


def test_only_admins_there_set_it_and_the_history_has_it(centre: Centre) -> None:
    for who, refusal in ((centre.wang, Forbidden), (centre.clerk, Forbidden), (person("admin", community="yuxin"), NotFound)):
        with pytest.raises(refusal):
            centre.do("set_no_show_rule", who, community_id="liuyi", active=True, tolerated=1, forget_days=9)
    assert not centre.do("get_no_show_rule", community_id="liuyi").active
    assert [rule(centre).version, rule(centre).version, rule(centre, tolerated=3).version] == [1, 1, 2]
    with pytest.raises(VersionMismatch):
        rule(centre, expected_version=1, tolerated=5)
    history = centre.do("list_calendar_changes", person("admin"), kind="no_show_rule").items
    assert history[0].after == {"tolerated": 3} and len(history) == 2


def test_where_it_is_off_it_costs_no_statement(centre: Centre) -> None:
    def statements(space: Any, clock: str) -> int:
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        event.listen(centre.engine, "before_cursor_execute", counted)
        try:
            centre.book(clock, f"{int(clock[:2]) + 1}:00", centre.li, space=space)
        finally:
            event.remove(centre.engine, "before_cursor_execute", counted)
        return count

    plain, space = centre.court, hall(centre)
    for one in (plain, space):
        centre.book("10:00", "11:00", space=one)  # caches the timetables and the limits
    off = [statements(plain, "14:00"), statements(space, "14:00")]
    rule(centre)
    for one in (plain, space):
        centre.book("11:00", "12:00", space=one)
    assert off[0] == off[1] == statements(plain, "15:00") == statements(space, "15:00") - 1
