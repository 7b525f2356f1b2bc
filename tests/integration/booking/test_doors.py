"""At the door: the display, check-in with its code, and people who walk in."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated
from services.booking.bookings.models import Booking
from services.booking.interface.door_refusals import (
    DoorCodeExpired,
    DoorCodeUnknown,
    NothingToCheckIn,
    NotUntilThen,
    NoWalkIn,
)
from services.booking.interface.lottery_refusals import DecidedByLottery
from services.booking.interface.refusals import Closed, LimitReached, NeedsApproval, OverCapacity, SpaceTaken
from tests.integration.booking import lotteries
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, local

START, END = local(MONDAY, "19:00"), local(MONDAY, "20:00")
MINUTE = timedelta(minutes=1)


def at(clock: str) -> Any:
    return local(MONDAY, clock)


def with_door(centre: Centre, **over: Any) -> Any:
    space = centre.add_space(**({"min_notice_minutes": 60} | over))
    return space, renew(centre, space)


def renew(centre: Centre, space: Any) -> Any:
    return centre.do("renew_door", person("admin"), space_id=space.id)


def code(centre: Centre, keys: Any, now: Any) -> str:
    return str(centre.do("get_door", door_key=keys.door_key, now=now).code)


def stored(centre: Centre, booking: Any) -> Booking:
    found = centre.stored(booking.id)
    assert found is not None
    return found


def uses(door: Any) -> list[tuple[str, Any, Any]]:
    return [(one.use, one.starts_at, one.ends_at) for one in door.times]


def test_the_display_shows_now_and_the_rest_of_the_day(centre: Centre) -> None:
    court, keys = with_door(centre, buffer_after_minutes=15)
    centre.book("19:00", "20:00", space=court)
    before = centre.do("get_door", door_key=keys.door_key, now=at("18:30"))
    assert (before.now.use, before.until) == ("free", START)
    assert uses(before)[:2] == [("booked", START, END), ("turnover", END, at("20:15"))]
    assert uses(before)[-1][0] == "closed" and before.times[-1].title is None
    during = centre.do("get_door", door_key=keys.door_key, now=at("19:10"))
    assert (during.now.use, during.until) == ("booked", END)
    night = centre.do("get_door", door_key=keys.door_key, now=at("23:00"))
    assert night.now.use == "closed" and night.until > at("23:00") + timedelta(hours=1)


def test_it_knows_wholes_and_parts(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=30)
    part, other = (centre.add_space(parent_id=hall.id) for _ in range(2))
    keys = [renew(centre, one) for one in (hall, part, other)]
    booking = centre.book("19:00", "20:00", space=part)
    seen = [centre.do("get_door", door_key=one.door_key, now=at("19:05")).now for one in keys]
    assert [(one.use, one.taken_as) for one in seen] == [("booked", "part"), ("booked", None), ("free", None)]
    checked = centre.do("check_in_at_door", centre.wang, door_code=code(centre, keys[0], START), now=START)
    assert (checked.id, checked.checked_in_by) == (booking.id, "resident")
    whole = centre.book("21:00", "22:00", centre.li, space=hall)
    there = centre.do("check_in_at_door", centre.li, door_code=code(centre, keys[2], at("21:00")), now=at("21:00"))
    assert there.id == whole.id


def test_who_stands_at_the_door_checks_in(centre: Centre) -> None:
    court, keys = with_door(centre)
    booking = centre.book("19:00", "20:00", space=court)
    scanned = code(centre, keys, START - 15 * MINUTE)
    seen = centre.do("get_at_door", centre.wang, door_code=scanned, now=START - 15 * MINUTE)
    assert seen.booking.id == booking.id and not seen.may_walk_in
    done = centre.do("check_in_at_door", centre.wang, door_code=scanned, now=START - 15 * MINUTE)
    assert (done.checked_in_by, done.version) == ("resident", 2)
    again = centre.do("check_in_at_door", centre.wang, door_code=scanned, now=START - 14 * MINUTE)
    assert (again.checked_in_at, again.version) == (START - 15 * MINUTE, 2)


def test_a_guardian_checks_in_the_child_and_nobody_anybody_else(centre: Centre) -> None:
    court, keys = with_door(centre)
    child = person()
    guardian = replace(person(), children=frozenset({child.account_id}))
    booking = centre.book("19:00", "20:00", child, space=court)
    scanned = code(centre, keys, START)
    for who in (centre.li, centre.clerk):
        with pytest.raises(NothingToCheckIn):
            centre.do("check_in_at_door", who, door_code=scanned, now=START)
    with pytest.raises(Unauthenticated):
        centre.do("check_in_at_door", door_code=scanned, now=START)
    assert stored(centre, booking).version == 1
    assert centre.do("check_in_at_door", guardian, door_code=scanned, now=START).id == booking.id


def test_the_second_of_two_bookings_is_checked_in_before_the_first_has_ended(centre: Centre) -> None:
    court, keys = with_door(centre)
    first, second = centre.book("19:00", "20:00", space=court), centre.book("20:00", "21:00", space=court)
    for now, booking in ((START, first), (END - 5 * MINUTE, second)):
        done = centre.do("check_in_at_door", centre.wang, door_code=code(centre, keys, now), now=now)
        assert done.id == booking.id


def test_too_early_it_says_when(centre: Centre) -> None:
    court, keys = with_door(centre)
    centre.book("19:00", "20:00", space=court)
    with pytest.raises(NothingToCheckIn) as refused:
        centre.do("check_in_at_door", centre.wang, door_code=code(centre, keys, at("18:00")), now=at("18:00"))
    assert refused.value.details["next_at"] == START.isoformat()


def test_a_photo_of_the_display_is_of_no_use_later(centre: Centre) -> None:
    court, keys = with_door(centre)
    centre.book("19:00", "20:00", space=court)
    photo = code(centre, keys, START - 15 * MINUTE)
    centre.do("get_at_door", centre.wang, door_code=photo, now=START - 5 * MINUTE - timedelta(seconds=1))
    with pytest.raises(DoorCodeExpired):
        centre.do("check_in_at_door", centre.wang, door_code=photo, now=START - 5 * MINUTE)


def test_codes_that_were_made_up_or_revoked(centre: Centre) -> None:
    court, keys = with_door(centre)
    _, elsewhere = with_door(centre)
    centre.book("19:00", "20:00", space=court)
    good = code(centre, keys, START)
    other = code(centre, elsewhere, START)
    swapped = good[:30] + other[30:]
    for wrong in (swapped, ("a" if good[0] != "a" else "b") + good[1:], "a" * 48):
        with pytest.raises(DoorCodeUnknown):
            centre.do("check_in_at_door", centre.wang, door_code=wrong, now=START)
    renew(centre, court)
    with pytest.raises(DoorCodeUnknown):
        centre.do("check_in_at_door", centre.wang, door_code=good, now=START)
    with pytest.raises(NotFound):
        centre.do("get_door", door_key=keys.door_key)


def test_a_poster_holds_until_the_admin_wants_no_posters(centre: Centre) -> None:
    admin = person("admin")
    court, keys = with_door(centre, door_check_in="poster")
    centre.book("19:00", "20:00", space=court)
    assert centre.do("check_in_at_door", centre.wang, door_code=keys.poster_code, now=START).checked_in_at == START
    assert centre.do("change_space", admin, space_id=court.id, door_check_in="display").version == 3
    with pytest.raises(DoorCodeUnknown):
        centre.do("check_in_at_door", centre.wang, door_code=keys.poster_code, now=START)
    assert centre.do("get_door_keys", admin, space_id=court.id).poster_code is None


def test_only_its_admins_have_the_keys_and_the_history_does_not(centre: Centre) -> None:
    admin, court = person("admin"), centre.court
    for verb in ("get_door_keys", "renew_door", "close_door"):
        for who, refusal in (
            (centre.wang, Forbidden),
            (centre.clerk, Forbidden),
            (person("admin", community="yuxin"), NotFound),
        ):
            with pytest.raises(refusal):
                centre.do(verb, who, space_id=court.id)
    keys = centre.do("renew_door", admin, space_id=court.id)
    assert centre.do("close_door", admin, space_id=court.id).door_key is None
    assert centre.do("close_door", admin, space_id=court.id).door_key is None
    history = centre.do("list_calendar_changes", admin, kind="space", subject_id=str(court.id)).items
    assert [one.after for one in history] == [{"door_display": "revoked"}, {"door_display": "made"}]
    assert keys.door_key not in repr([(one.before, one.after) for one in history])


def test_a_clerk_lets_somebody_in_at_once(centre: Centre) -> None:
    court = centre.add_space(min_notice_minutes=60, min_minutes=60, max_minutes=90)
    centre.book("20:00", "21:00", centre.li, space=court)
    made = centre.do(
        "walk_in", centre.clerk, space_id=court.id, resident_id=UUID(centre.wang.account_id), attendees=2,
        now=at("18:47") + timedelta(seconds=20),
    )  # fmt: skip
    assert (made.starts_at, made.ends_at) == (at("18:48"), at("20:00"))
    kept = stored(centre, made)
    assert (kept.checked_in_by, str(kept.booked_by)) == ("staff", centre.clerk.account_id)
    assert [row.type for row in centre.published()].count("booking.confirmed.v1") == 2


def test_it_ends_before_the_turnover_of_the_next_and_before_closing(centre: Centre) -> None:
    court = centre.add_space(buffer_before_minutes=15, max_minutes=600)
    centre.book("20:00", "21:00", centre.li, space=court)
    assert centre.do("walk_in", centre.clerk, space_id=court.id, now=at("19:01")).ends_at == at("19:45")
    with pytest.raises(SpaceTaken):
        centre.do("walk_in", centre.clerk, space_id=court.id, now=at("20:10"))
    with pytest.raises(Closed):
        centre.do("walk_in", centre.clerk, space_id=court.id, now=at("23:59"))


def test_nobody_walks_into_a_time_that_a_lottery_decides(centre: Centre) -> None:
    court, keys = with_door(centre, takes_walk_ins=True, buffer_after_minutes=15)
    lotteries.make(centre, space_ids=[court.id], draws_at=at("18:00") - MINUTE)  # from 18:00 to 21:00
    display = centre.do("get_door", door_key=keys.door_key, now=at("16:50"))
    assert (display.now.use, display.until, display.free_ends[-1]) == ("free", at("18:00"), at("17:45"))
    assert display.times[0].use == "lottery"
    assert centre.do("get_walk_in_times", centre.clerk, space_id=court.id, now=at("16:50")).free_ends[-1] == at("17:45")
    with pytest.raises(NotUntilThen):
        centre.do(
            "walk_in",
            centre.clerk,
            space_id=court.id,
            resident_id=UUID(centre.li.account_id),
            ends_at=at("18:30"),
            now=at("16:50"),
        )
    with pytest.raises(DecidedByLottery):
        centre.do("walk_in", centre.clerk, space_id=court.id, resident_id=UUID(centre.li.account_id), now=at("17:40"))
    got = centre.do("walk_in", centre.clerk, space_id=court.id, resident_id=UUID(centre.li.account_id), now=at("16:50"))
    assert got.ends_at == at("17:45")


def test_residents_walk_in_where_the_admin_allows_it_and_only_at_the_door(centre: Centre) -> None:
    court, keys = with_door(centre, takes_walk_ins=True)
    _, other = with_door(centre, takes_walk_ins=True)
    closed, no = with_door(centre)
    now = at("19:01")

    def take(space: Any, of: Any | None, who: Any = centre.wang, **more: Any) -> Any:
        scanned = {"door_code": code(centre, of, now)} if of else {}
        return centre.do("walk_in", who, space_id=space.id, now=now, **scanned, **more)

    for space, of, refusal in ((court, None, NoWalkIn), (court, other, DoorCodeUnknown), (closed, no, NoWalkIn)):
        with pytest.raises(refusal):
            take(space, of)
    with pytest.raises(Forbidden):
        take(court, keys, resident_id=UUID(centre.li.account_id))
    with pytest.raises(Forbidden):
        take(court, keys, beyond_reason="x")
    with pytest.raises(OverCapacity):
        take(court, keys, attendees=10_000)
    with pytest.raises(NotUntilThen) as refused:
        take(court, keys, ends_at=at("19:17"))
    ends = [datetime.fromisoformat(end) for end in refused.value.details["ends"]]
    assert ends == [at("19:30"), at("20:00"), at("20:30"), at("21:00"), at("21:01")]
    made = take(court, keys)
    assert (made.starts_at, made.checked_in_by) == (now, "resident")
    assert centre.do("get_door", door_key=keys.door_key, now=now + MINUTE).now.use == "booked"


def test_a_space_that_needs_approval_is_for_its_approvers(centre: Centre) -> None:
    room, keys = with_door(centre, needs_approval=True, takes_walk_ins=True)
    with pytest.raises(NeedsApproval):
        centre.do("walk_in", person("grid_worker"), space_id=room.id, now=START)
    with pytest.raises(NoWalkIn):
        centre.do("walk_in", centre.wang, space_id=room.id, door_code=code(centre, keys, START), now=START)
    assert centre.do("walk_in", centre.clerk, space_id=room.id, now=START).state == "confirmed"


def test_limits_count_and_staff_go_beyond_them_with_a_reason(centre: Centre) -> None:
    about = {"community_id": "liuyi", "subject": "resident", "measure": "count", "period": "day", "allowed": 1}
    centre.do("add_limit", person("admin"), **about)
    court, space = centre.add_space(), centre.add_space()
    resident = UUID(centre.wang.account_id)
    centre.do("walk_in", centre.clerk, space_id=court.id, resident_id=resident, now=START)
    with pytest.raises(LimitReached):
        centre.do("walk_in", centre.clerk, space_id=space.id, resident_id=resident, now=START)
    made = centre.do("walk_in", centre.clerk, space_id=space.id, resident_id=resident, now=START, beyond_reason="雨天")
    assert stored(centre, made).beyond_rules == ["booking.limit_reached"]


def test_two_who_walk_in_at_once(centre: Centre) -> None:
    court, keys = with_door(centre, takes_walk_ins=True)
    scanned = code(centre, keys, START)
    people = [person() for _ in range(6)]
    results = all_at_once(
        [lambda one=one: centre.do("walk_in", one, space_id=court.id, door_code=scanned, now=START) for one in people]
    )
    assert codes(results) == {"won": 1, "booking.space_taken": 5}


def test_a_resident_and_the_desk_check_in_at_once(centre: Centre) -> None:
    court, keys = with_door(centre)
    booking = centre.book("19:00", "20:00", space=court)
    scanned = code(centre, keys, START)
    all_at_once(
        [lambda: centre.do("check_in_at_door", centre.wang, door_code=scanned, now=START)] * 3
        + [lambda: centre.do("check_in", centre.clerk, booking_id=booking.id, now=START)] * 3
    )
    assert stored(centre, booking).version == 2
