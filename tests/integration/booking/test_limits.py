"""Limits are kept by whoever books, for whomever, however many at once; and admins set them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, Refusal, VersionMismatch
from services.booking.bookings.models import Booking
from services.booking.erasure.use_cases import erase
from services.booking.interface.refusals import (
    LimitBelowShortest,
    LimitEnded,
    LimitExists,
    LimitReached,
    LimitWithoutEffect,
    SpaceTaken,
)
from services.booking.limits.models import Limit
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_cached_calendar import statements_of
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, local

ADMIN = person("admin")
WEEK = timedelta(days=7)


def limit(centre: Centre, acting: Identity = ADMIN, **about: Any) -> Limit:
    usual = {"community_id": "liuyi", "subject": "resident", "measure": "count", "period": "week", "allowed": 2}
    made: Limit = centre.do("add_limit", acting, **usual | about)
    return made


def family(*people: Identity) -> list[Identity]:
    """They live together."""
    household = str(uuid4())
    return [replace(one, household_id=household) for one in people]


def left(centre: Centre, acting: Identity, clock: str = "10:00", **more: Any) -> list[tuple[int, int]]:
    """Taken and left of each limit of the court, on Monday."""
    found = centre.do("get_space_limits", acting, space_id=centre.court.id, at=local(MONDAY, clock), **more)
    return [(one.taken, one.left) for one in found.items]


def move(centre: Centre, booking: Booking, start: str, end: str, day: Any = MONDAY, **more: Any) -> Booking:
    times = {"starts_at": local(day, start), "ends_at": local(day, end)}
    moved: Booking = centre.do("reschedule_booking", centre.wang, booking_id=booking.id, **times, **more)
    return moved


def test_the_third_booking_of_a_week_is_refused_and_leaves_nothing(centre: Centre) -> None:
    made = limit(centre)
    centre.book("08:00", "09:00")
    centre.book("09:00", "10:00")
    with pytest.raises(LimitReached) as refused:
        centre.book("15:00", "16:00")
    assert refused.value.details == {
        "limit_id": str(made.id),
        "sentence": {"zh-CN": "每位居民每周最多预约 2 次", "en": "Each resident: at most 2 bookings a week"},
        "measure": "count",
        "allowed": 2,
        "taken": 2,
        "left": 0,
        "again_at": local(MONDAY + WEEK, "00:00").isoformat(),
    }
    assert len(centre.claims()) == len(centre.published()) == 2
    centre.book("15:00", "16:00", centre.li)
    centre.book("15:00", "16:00", day=MONDAY + WEEK)


def test_a_cancelled_booking_gives_back_what_it_took(centre: Centre) -> None:
    limit(centre, allowed=1)
    booking = centre.book("08:00", "09:00")
    assert left(centre, centre.wang) == [(1, 0)]
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    assert left(centre, centre.wang) == [(0, 1)]
    centre.book("10:00", "11:00")


def test_a_move_across_weeks_gives_back_here_and_takes_there(centre: Centre) -> None:
    limit(centre, allowed=1)
    first = centre.book("08:00", "09:00")
    centre.book("08:00", "09:00", day=MONDAY + WEEK)
    assert move(centre, first, "10:00", "11:00").version == 2, "inside its own week it counts once"
    with pytest.raises(LimitReached):
        move(centre, first, "10:00", "11:00", MONDAY + WEEK)
    stored = centre.stored(first.id)
    assert stored is not None and (stored.version, stored.starts_at) == (2, local(MONDAY, "10:00"))
    centre.do("cancel_booking", centre.wang, booking_id=first.id)
    centre.book("15:00", "16:00")


def test_a_longer_time_takes_more_minutes(centre: Centre) -> None:
    limit(centre, measure="minutes", allowed=120)
    booking = centre.book("08:00", "09:00")
    with pytest.raises(LimitReached):
        centre.book("10:00", "11:30")
    move(centre, booking, "08:00", "10:00")
    with pytest.raises(LimitReached):
        centre.book("10:00", "10:30")


def test_a_household_shares_its_limit_and_others_do_not(centre: Centre) -> None:
    limit(centre, subject="household", allowed=2)
    mother, father = family(centre.wang, centre.li)
    child = uuid4()
    guardian = replace(mother, children=frozenset({str(child)}), households=((str(child), str(mother.household_id)),))
    centre.book("08:00", "09:00", guardian, resident_id=child)
    centre.book("09:00", "10:00", father)
    for who, more in ((mother, {}), (father, {}), (guardian, {"resident_id": child})):
        with pytest.raises(LimitReached):
            centre.book("10:00", "11:00", who, **more)
    assert left(centre, mother) == [(2, 0)]
    alone = person()
    for start in ("10:00", "11:00", "15:00"):
        centre.book(start, f"{int(start[:2]) + 1}:00", alone)
    assert left(centre, alone) == [], "who lives in no household has no limit of households"


def test_a_clerk_books_in_the_household_that_the_call_names(centre: Centre) -> None:
    limit(centre, subject="household", allowed=1)
    [mother] = family(centre.wang)
    clerk = replace(centre.clerk, households=((str(mother.account_id), str(mother.household_id)),))
    booked = centre.book("08:00", "09:00", clerk, resident_id=UUID(mother.account_id))
    assert booked.household_id == UUID(mother.household_id)
    with pytest.raises(LimitReached):
        centre.book("10:00", "11:00", mother)


def test_the_places_of_a_limit(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    east, west = (centre.add_space(parent_id=hall.id) for _ in range(2))
    limit(centre, space_id=hall.id, allowed=2)
    centre.book("08:00", "09:00", space=east)
    centre.book("08:00", "09:00", space=west)
    for space in (hall, east, west):
        with pytest.raises(LimitReached):
            centre.book("10:00", "11:00", space=space)
    centre.book("10:00", "11:00")


def test_a_limit_of_the_district_counts_in_all_communities(centre: Centre) -> None:
    elsewhere = centre.add_space(community_id="yuxin")
    limit(centre, replace(ADMIN, works_in=DISTRICT), community_id=None, allowed=1)
    centre.book("08:00", "09:00", space=elsewhere)
    with pytest.raises(LimitReached):
        centre.book("10:00", "11:00")


def test_one_may_have_few_bookings_to_come_and_none_at_once(centre: Centre) -> None:
    other = centre.add_space()
    limit(centre, period="future", allowed=2)
    limit(centre, period="at_once", allowed=1)
    centre.book("08:00", "09:00")
    with pytest.raises(LimitReached) as refused:
        centre.book("08:30", "09:30", space=other)
    assert refused.value.details["again_at"] == local(MONDAY, "09:00").isoformat()
    centre.book("09:00", "10:00", space=other)
    with pytest.raises(LimitReached):
        centre.book("15:00", "16:00")
    centre.book("15:00", "16:00", now=local(MONDAY, "08:30"))


def test_of_sixteen_bookings_at_once_only_the_allowed_ones_succeed(centre: Centre) -> None:
    spaces = [centre.add_space() for _ in range(16)]
    for period, more in (("week", {}), ("trailing", {"days": 9}), ("future", {})):
        who = person()
        made = limit(centre, period=period, allowed=3, **more)
        acts = [lambda space=space, who=who: centre.book("10:00", "11:00", who, space=space) for space in spaces]
        outcomes = all_at_once(acts)
        assert codes(outcomes) == {"won": 3, "booking.limit_reached": 13}
        centre.do("end_limit", ADMIN, limit_id=made.id)
        for booking in outcomes:
            if not isinstance(booking, Refusal):
                centre.do("cancel_booking", who, booking_id=booking.id)


def test_a_household_of_eight_at_once_takes_what_it_may(centre: Centre) -> None:
    spaces = [centre.add_space() for _ in range(8)]
    limit(centre, subject="household", measure="minutes", allowed=120)
    limit(centre, allowed=1)
    people = family(*(person() for _ in spaces))
    acts = [
        lambda who=who, space=space: centre.book("10:00", "11:00", who, space=space)
        for who, space in zip(people, spaces, strict=True)
    ]
    assert codes(all_at_once(acts)) == {"won": 2, "booking.limit_reached": 6}


def test_booking_moving_and_cancelling_at_random_never_exceeds(centre: Centre) -> None:
    """Every one of these limits holds in the end, by a plain sum over what is stored."""
    limit(centre, allowed=3)
    limit(centre, period="day", measure="minutes", allowed=120)
    spaces = [centre.add_space() for _ in range(3)]
    random, who = Random(11), centre.wang
    made: list[Booking] = []

    def act(step: int) -> None:
        day = MONDAY + timedelta(days=random.randrange(10))
        start = 8 + random.randrange(3)
        try:
            if made and step % 3 == 2:
                centre.do("cancel_booking", who, booking_id=random.choice(made).id)
            elif made and step % 3 == 1:
                move(centre, random.choice(made), f"{start:02d}:00", f"{start + 1:02d}:00", day)
            else:
                made.append(centre.book(f"{start:02d}:00", f"{start + 1:02d}:30", who, day=day, space=random.choice(spaces)))
        except Refusal:
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(120)))
    with reading(centre.engine) as session:
        stored = session.scalars(select(Booking).where(Booking.resident_id == UUID(who.account_id))).all()
    kept = [one for one in stored if one.state == "confirmed"]
    assert len(made) > 5 and kept
    weeks: dict[Any, int] = {}
    days: dict[Any, float] = {}
    for one in kept:
        start = one.starts_at + timedelta(hours=8)
        weeks[start.isocalendar()[:2]] = weeks.get(start.isocalendar()[:2], 0) + 1
        days[start.date()] = days.get(start.date(), 0) + (one.ends_at - one.starts_at).total_seconds() / 60
    assert max(weeks.values()) <= 3 and max(days.values()) <= 120


def test_without_a_limit_on_the_space_a_booking_reads_nothing_more(centre: Centre) -> None:
    limit(centre, kind="room")
    centre.book("08:00", "09:00")
    assert len(statements_of(centre, lambda: centre.book("09:00", "10:00"))) == 2
    limit(centre, kind="court", allowed=9)
    centre.book("10:00", "11:00")
    assert len(statements_of(centre, lambda: centre.book("15:00", "16:00"))) == 4  # lock; count; booking; message


def test_a_new_limit_and_its_end_hold_at_once_though_limits_are_cached(centre: Centre) -> None:
    centre.book("08:00", "09:00")
    made = limit(centre, allowed=1)
    with pytest.raises(LimitReached):
        centre.book("10:00", "11:00")
    centre.do("change_limit", ADMIN, limit_id=made.id, allowed=2)
    centre.book("10:00", "11:00")
    with pytest.raises(LimitReached):
        centre.book("11:00", "12:00")
    centre.do("end_limit", ADMIN, limit_id=made.id)
    centre.book("11:00", "12:00")


def test_what_is_left_is_told_before_one_books(centre: Centre) -> None:
    limit(centre, measure="minutes", allowed=90)
    assert left(centre, ANONYMOUS) == [(None, None)]
    assert left(centre, centre.wang) == [(0, 90)]
    centre.book("08:00", "09:30")
    [told] = centre.do("get_space_limits", centre.wang, space_id=centre.court.id, at=local(MONDAY, "15:00")).items
    assert (told.taken, told.left, told.again_at) == (90, 0, local(MONDAY + WEEK, "00:00"))
    assert told.sentence["zh-CN"] == "每位居民每周最多预约 90 分钟"
    assert left(centre, centre.clerk, resident_id=UUID(centre.wang.account_id)) == [(90, 0)]
    with pytest.raises(Forbidden):
        left(centre, centre.li, resident_id=UUID(centre.wang.account_id))
    with pytest.raises(NotFound):
        centre.do("get_space_limits", centre.wang, space_id=uuid4())


def test_only_admins_of_the_place_set_limits(centre: Centre) -> None:
    made = limit(centre)
    far = replace(ADMIN, works_in=Communities.only("yuxin"))
    acts: list[Callable[[Identity], Any]] = [
        lambda who: limit(centre, who, period="day", allowed=1),
        lambda who: centre.do("change_limit", who, limit_id=made.id, allowed=3),
        lambda who: centre.do("end_limit", who, limit_id=made.id),
        lambda who: centre.do("list_limit_changes", who, limit_id=made.id),
        lambda who: centre.do(
            "get_limit_preview", who, community_id="liuyi", subject="resident", measure="count", period="day", allowed=1
        ),
    ]
    for act in acts:
        for who in (centre.wang, centre.clerk, far):
            with pytest.raises(Forbidden):
                act(who)
    with pytest.raises(Forbidden):  # an admin of one community sets no limit of the district
        limit(centre, community_id=None)
    assert centre.do("get_limit", limit_id=made.id).version == 1


def test_limits_that_contradict_others_or_make_no_sense_are_refused(centre: Centre) -> None:
    week = limit(centre, allowed=3)
    with pytest.raises(LimitExists):
        limit(centre, allowed=5)
    for about in ({"period": "day"}, {"kind": "court"}, {"space_id": centre.court.id}):
        with pytest.raises(LimitWithoutEffect):
            limit(centre, allowed=3, **about)
    limit(centre, period="day", allowed=2)
    with pytest.raises(LimitWithoutEffect):
        centre.do("change_limit", ADMIN, limit_id=week.id, allowed=2)
    with pytest.raises(LimitBelowShortest):
        limit(centre, measure="minutes", allowed=29)
    for space_id in (uuid4(), centre.add_space(community_id="yuxin").id):
        with pytest.raises(InvalidField):
            limit(centre, space_id=space_id, allowed=1)
    assert len(centre.do("list_limits").items) == 2
    assert centre.do("get_limit", limit_id=week.id).allowed == 3


def test_two_admins_who_add_the_same_limit_make_one(centre: Centre) -> None:
    outcomes = all_at_once([lambda: limit(centre) for _ in range(8)])
    assert codes(outcomes) == {"won": 1, "booking.limit_exists": 7}
    with pytest.raises(IntegrityError, match="booking_limit_in_force"), centre.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO booking_limit SELECT gen_random_uuid(), community_id, version, subject, kind, section, space_id,"
                " measure, period, days, 7, created_at, ended_at FROM booking_limit"
            )
        )


def test_every_change_is_written_down_with_who_made_it(centre: Centre) -> None:
    made = limit(centre)
    centre.do("change_limit", ADMIN, limit_id=made.id, allowed=2)  # as it is
    centre.do("change_limit", ADMIN, limit_id=made.id, allowed=4, expected_version=1)
    with pytest.raises(VersionMismatch):
        centre.do("change_limit", ADMIN, limit_id=made.id, allowed=5, expected_version=1)
    centre.do("end_limit", ADMIN, limit_id=made.id)
    for verb, more in (("end_limit", {}), ("change_limit", {"allowed": 9})):
        with pytest.raises(LimitEnded):
            centre.do(verb, ADMIN, limit_id=made.id, **more)
    changes = centre.do("list_limit_changes", ADMIN, limit_id=made.id).items
    assert [(one.version, one.action, one.before, one.after) for one in changes[:2]] == [
        (3, "ended", {"ended": False}, {"ended": True}),
        (2, "changed", {"allowed": 2}, {"allowed": 4}),
    ]
    assert (changes[2].action, changes[2].before, changes[2].after["period"]) == ("created", None, "week")
    assert {str(one.actor_id) for one in changes} == {ADMIN.account_id}
    assert centre.do("list_limits").items == []
    assert [one.id for one in centre.do("list_limits", ended=True).items] == [made.id]


def test_a_preview_counts_who_has_more_already(centre: Centre) -> None:
    centre.book("08:00", "09:00")
    centre.book("09:00", "10:00")
    centre.book("10:00", "11:00", centre.li)
    wish = {"community_id": "liuyi", "subject": "resident", "measure": "count", "period": "week"}
    over = centre.do("get_limit_preview", ADMIN, **wish, allowed=1)
    assert (over.people_over, [str(one) for one in over.resident_ids]) == (1, [centre.wang.account_id])
    assert centre.do("get_limit_preview", ADMIN, **wish | {"subject": "household"}, allowed=1).resident_ids == []
    assert centre.do("get_limit_preview", ADMIN, **wish, allowed=2).people_over == 0
    assert centre.do("get_limit_preview", ADMIN, **wish | {"kind": "room"}, allowed=1).people_over == 0
    assert centre.do("list_limits").items == []


def test_a_taken_space_takes_nothing_of_a_limit(centre: Centre) -> None:
    limit(centre, allowed=1)
    centre.book("08:00", "09:00", centre.li)
    with pytest.raises(SpaceTaken):
        centre.book("08:00", "09:00")
    assert left(centre, centre.wang) == [(0, 1)]


def test_an_erased_account_leaves_no_household(centre: Centre) -> None:
    [mother] = family(centre.wang)
    booking = centre.book("08:00", "09:00", mother)
    with centre.call() as call:
        erase(call, UUID(mother.account_id))
    stored = centre.stored(booking.id)
    assert stored is not None and stored.household_id is None


def test_a_limit_of_one_space_refuses_again_and_again(centre: Centre) -> None:
    """Found by the race: the first refusal broke the cached limit, and later ones were errors."""
    limit(centre, space_id=centre.court.id, allowed=1)
    refused = []
    for start, end in (("10:00", "11:00"), ("15:00", "16:00"), ("16:00", "17:00")):
        try:
            centre.book(start, end)
        except LimitReached as refusal:
            refused.append(refusal.details)
    centre.add_space()  # the calendar has changed, so limits are loaded and cached anew, now by a refused request
    for _ in range(2):
        with pytest.raises(LimitReached):
            centre.book("17:00", "18:00")
    assert len(refused) == 2
