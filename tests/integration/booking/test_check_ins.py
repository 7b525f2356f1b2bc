"""Who came: check-in at the desk, no-shows by the job and by hand, and taking one back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, Unauthenticated, VersionMismatch
from services.booking.bookings.models import Booking
from services.booking.check_ins.use_cases import BATCH, miss_due
from services.booking.interface.refusals import LimitReached, NotCheckInTime, NotMissable, NotUndoable, SpaceTaken
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, local

START, END = local(MONDAY, "19:00"), local(MONDAY, "20:00")
MINUTE = timedelta(minutes=1)


def asking(centre: Centre, grace: int | None = 10, *, since: datetime = NOW, **more: Any) -> Any:
    about = {"check_in_grace_minutes": grace, "check_in_since": since} if grace else {}
    return centre.add_space(**({"slot_minutes": 15, "min_minutes": 15} | about | more))


def booked(centre: Centre, **more: Any) -> Any:
    return centre.book("19:00", "20:00", space=more.pop("space", None) or asking(centre, **more))


def run_job(centre: Centre, now: datetime) -> bool:
    with transaction(centre.engine) as session:
        return miss_due(Call(session, now))


def stored(centre: Centre, booking: Any) -> Any:
    found = centre.stored(booking.id)
    assert found is not None
    return found


def told(centre: Centre, booking: Any, type_: str) -> list[Any]:
    return [row for row in centre.published() if row.type == type_ and row.data["booking_id"] == str(booking.id)]


def do(centre: Centre, verb: str, booking: Any, acting: Any = None, *, now: datetime, **more: Any) -> Any:
    return centre.do(verb, acting or centre.clerk, booking_id=booking.id, now=now, **more)


@pytest.mark.parametrize("now", [START - 15 * MINUTE, START, END - timedelta(seconds=1)])
def test_the_desk_checks_in_from_a_quarter_before_until_the_end(centre: Centre, now: datetime) -> None:
    done = do(centre, "check_in", booked(centre), now=now)
    assert (done.checked_in_at, done.checked_in_by, done.state, done.version) == (now, "staff", "confirmed", 2)


@pytest.mark.parametrize(("now", "state"), [(START - 15 * MINUTE - timedelta(seconds=1), "coming"), (END, "over")])
def test_not_before_and_not_after(centre: Centre, now: datetime, state: str) -> None:
    booking = booked(centre)
    with pytest.raises(NotCheckInTime) as refused:
        do(centre, "check_in", booking, now=now)
    assert refused.value.details["state"] == state and stored(centre, booking).version == 1


def test_checking_in_twice_changes_nothing(centre: Centre) -> None:
    booking = booked(centre)
    do(centre, "check_in", booking, now=START)
    again = do(centre, "check_in", booking, now=START + MINUTE)
    assert (again.checked_in_at, again.version) == (START, 2)


def test_what_moves_has_not_come_yet(centre: Centre) -> None:
    booking = booked(centre)
    do(centre, "check_in", booking, now=START - 10 * MINUTE)
    times = {"starts_at": local(MONDAY, "20:00"), "ends_at": local(MONDAY, "21:00")}
    assert do(centre, "reschedule_booking", booking, now=START - 5 * MINUTE, **times).checked_in_at is None


@pytest.mark.parametrize("verb", ["check_in", "mark_no_show", "undo_no_show"])
def test_only_who_helps_there(centre: Centre, verb: str) -> None:
    booking = booked(centre)
    for who, refusal in (
        (centre.wang, Forbidden),
        (centre.li, NotFound),
        (person("supervisor"), Forbidden),
        (person("clerk", community="yuxin"), NotFound),
    ):
        with pytest.raises(refusal):
            do(centre, verb, booking, who, now=START)
    with pytest.raises(Unauthenticated), centre.call(now=START) as call:
        from services.booking.service import BookingService

        BookingService.use_case(verb)(call, booking_id=booking.id)
    with pytest.raises(VersionMismatch):
        do(centre, verb, booking, now=START, expected_version=7)
    assert stored(centre, booking).version == 1


def test_after_the_grace_time_it_is_a_no_show_and_the_rest_is_free(centre: Centre) -> None:
    court = asking(centre, buffer_after_minutes=15)
    booking = booked(centre, space=court)
    assert run_job(centre, START + 10 * MINUTE - timedelta(seconds=1)) is False
    assert stored(centre, booking).state == "confirmed"
    run_job(centre, START + 10 * MINUTE)
    missed = stored(centre, booking)
    assert (missed.state, missed.no_show_by, missed.ends_at, missed.planned_ends_at) == (
        "no_show",
        "job",
        START + 10 * MINUTE,
        END,
    )
    (claim,) = [claim for claim in centre.claims() if claim.holder_id == booking.id]
    assert claim.during.upper == START + 25 * MINUTE
    (message,) = told(centre, booking, "booking.no_show.v1")
    assert (message.data["marked_by"], datetime.fromisoformat(message.data["previous_ends_at"])) == ("job", END)
    run_job(centre, START + 11 * MINUTE)
    assert len(told(centre, booking, "booking.no_show.v1")) == 1
    assert centre.book("19:30", "20:00", centre.li, space=court, now=START + 12 * MINUTE).state == "confirmed"


@pytest.mark.parametrize("why", ["checked in", "off", "before it was on", "over", "cancelled", "ended early"])
def test_the_job_leaves_alone(centre: Centre, why: str) -> None:
    court = asking(centre, None if why == "off" else 10, since=START + MINUTE if why == "before it was on" else NOW)
    booking, now = booked(centre, space=court), START + 10 * MINUTE
    if why == "checked in":
        do(centre, "check_in", booking, now=START + 9 * MINUTE)
    if why == "cancelled":
        do(centre, "cancel_booking", booking, now=START - MINUTE)
    if why == "ended early":
        do(centre, "end_booking", booking, now=START + MINUTE)
    run_job(centre, END if why == "over" else now)
    assert stored(centre, booking).state == ("cancelled" if why == "cancelled" else "confirmed")


def test_two_replicas_make_each_no_show_once(centre: Centre) -> None:
    courts = [asking(centre) for _ in range(6)]
    bookings = [booked(centre, space=court) for court in courts]
    all_at_once([lambda: run_job(centre, START + 10 * MINUTE) for _ in range(4)])
    run_job(centre, START + 10 * MINUTE)  # what was locked waits for the next time
    assert [len(told(centre, booking, "booking.no_show.v1")) for booking in bookings] == [1] * 6
    assert {stored(centre, booking).version for booking in bookings} == {2}


def test_a_batch_is_small_and_says_that_there_is_more(centre: Centre) -> None:
    bookings = [booked(centre, space=asking(centre)) for _ in range(BATCH + 1)]
    assert run_job(centre, START + 10 * MINUTE) is True
    assert run_job(centre, START + 10 * MINUTE) is False
    assert {stored(centre, booking).state for booking in bookings} == {"no_show"}


def test_check_in_and_the_job_at_once_have_one_outcome(centre: Centre) -> None:
    booking, now = booked(centre), START + 10 * MINUTE
    outcomes = all_at_once([lambda: do(centre, "check_in", booking, now=now), lambda: run_job(centre, now)])
    found = stored(centre, booking)
    came = found.checked_in_at is not None
    assert came != (found.state == "no_show") and found.version == 2
    assert len(told(centre, booking, "booking.no_show.v1")) == (0 if came else 1)
    assert codes(outcomes).get("booking.not_check_in_time", 0) == (0 if came else 1)


def test_a_job_that_dies_leaves_nothing_behind(centre: Centre) -> None:
    booking = booked(centre)
    with pytest.raises(RuntimeError), transaction(centre.engine) as session:
        miss_due(Call(session, START + 10 * MINUTE))
        raise RuntimeError
    assert stored(centre, booking).state == "confirmed" and not told(centre, booking, "booking.no_show.v1")


def test_the_desk_says_that_nobody_came_also_where_check_in_is_off(centre: Centre) -> None:
    booking = booked(centre, grace=None)
    with pytest.raises(NotMissable):
        do(centre, "mark_no_show", booking, now=START - MINUTE)
    missed = do(centre, "mark_no_show", booking, now=START + timedelta(seconds=90))
    assert (missed.state, missed.no_show_by, missed.ends_at) == ("no_show", "staff", START + 2 * MINUTE)
    outcomes = all_at_once([lambda: do(centre, "mark_no_show", booking, now=START + 3 * MINUTE) for _ in range(3)])
    assert codes(outcomes) == {"booking.not_missable": 3}


def test_a_no_show_that_is_noted_afterwards_frees_nothing(centre: Centre) -> None:
    booking = booked(centre)
    missed = do(centre, "mark_no_show", booking, now=END + timedelta(hours=2))
    assert (missed.ends_at, missed.planned_ends_at) == (END, END)
    with pytest.raises(NotMissable):
        do(centre, "mark_no_show", booked(centre), now=END + timedelta(days=14))


def test_who_was_there_has_the_whole_time_again(centre: Centre) -> None:
    booking = booked(centre)
    run_job(centre, START + 10 * MINUTE)
    back = do(centre, "undo_no_show", booking, now=START + 12 * MINUTE)
    assert (back.state, back.no_show_at, back.ends_at, back.planned_ends_at) == ("confirmed", None, END, None)
    assert (back.checked_in_at, back.checked_in_by) == (START + 12 * MINUTE, "staff")
    (claim,) = [claim for claim in centre.claims() if claim.holder_id == booking.id]
    assert (claim.during.lower, claim.during.upper, claim.state) == (START, END, "confirmed")
    assert len(told(centre, booking, "booking.no_show_undone.v1")) == 1
    run_job(centre, START + 30 * MINUTE)
    assert stored(centre, booking).state == "confirmed"


def test_not_if_somebody_else_has_the_time(centre: Centre) -> None:
    court = asking(centre)
    booking = booked(centre, space=court)
    run_job(centre, START + 10 * MINUTE)
    centre.book("19:30", "20:00", centre.li, space=court, now=START + 12 * MINUTE)
    with pytest.raises(SpaceTaken):
        do(centre, "undo_no_show", booking, now=START + 13 * MINUTE)
    found = stored(centre, booking)
    assert (found.state, found.version) == ("no_show", 2) and not told(centre, booking, "booking.no_show_undone.v1")


def test_a_new_booking_and_the_undo_at_once_do_not_share_the_time(centre: Centre) -> None:
    court = asking(centre)
    booking = booked(centre, space=court)
    run_job(centre, START + 10 * MINUTE)
    now = START + 12 * MINUTE
    outcomes = all_at_once(
        [
            lambda: do(centre, "undo_no_show", booking, now=now),
            lambda: centre.book("19:30", "20:00", centre.li, space=court, now=now),
        ]
    )
    assert codes(outcomes) == {"won": 1, "booking.space_taken": 1}


@pytest.mark.parametrize("state", ["confirmed", "cancelled"])
def test_only_a_no_show_is_taken_back(centre: Centre, state: str) -> None:
    booking = booked(centre)
    if state == "cancelled":
        do(centre, "cancel_booking", booking, now=START - MINUTE)
    with pytest.raises(NotUndoable):
        do(centre, "undo_no_show", booking, now=START + MINUTE)


def test_steps_are_told_to_who_may_take_them(centre: Centre) -> None:
    booking = booked(centre)
    assert "check_in" not in booking.can(centre.clerk, START - 16 * MINUTE)
    assert booking.can(centre.clerk, START - MINUTE)[-1] == "check_in"
    assert booking.can(centre.clerk, START + MINUTE) == ["end", "check_in", "no_show"]
    assert booking.can(centre.wang, START + MINUTE) == ["end"] and booking.can(centre.clerk, END) == ["no_show"]
    run_job(centre, START + 10 * MINUTE)
    missed = stored(centre, booking)
    with transaction(centre.engine) as session:
        missed = session.merge(missed)
        assert missed.can(centre.clerk, END) == ["undo"] and missed.can(centre.wang, END) == ["appeal"]


def test_the_database_allows_no_other_states(centre: Centre) -> None:
    booking = booked(centre)
    missed = {"state": "no_show", "no_show_at": NOW, "no_show_by": "job"}
    for change in (
        {"state": "no_show"},
        {"state": "lost"},
        {"checked_in_at": NOW},
        {"checked_in_at": NOW, "checked_in_by": "cat"},
        missed | {"state": "confirmed"},
        {"excused_at": NOW},
        missed | {"checked_in_at": NOW, "checked_in_by": "staff"},
    ):
        with pytest.raises(IntegrityError), transaction(centre.engine) as session:
            session.execute(update(Booking).where(Booking.id == booking.id).values(change))


def test_a_no_show_has_used_what_a_limit_allows(centre: Centre) -> None:
    court = asking(centre)
    limit = {"community_id": "liuyi", "subject": "resident", "measure": "count", "period": "day"}
    centre.do("add_limit", person("admin"), **limit, allowed=1)
    booked(centre, space=court)
    run_job(centre, START + 10 * MINUTE)
    with pytest.raises(LimitReached):
        centre.book("20:15", "21:00", space=court, now=START + 12 * MINUTE)


def test_an_admin_asks_for_check_in_from_now_on(centre: Centre) -> None:
    court, admin = centre.add_space(min_minutes=30), person("admin")
    changed = centre.do("change_space", admin, space_id=court.id, check_in_grace_minutes=10, now=START)
    assert (changed.check_in_grace_minutes, changed.check_in_since) == (10, START)
    changed = centre.do("change_space", admin, space_id=court.id, check_in_grace_minutes=15, now=END)
    assert (changed.check_in_grace_minutes, changed.check_in_since) == (15, START)
    with pytest.raises(InvalidField):
        centre.do("change_space", admin, space_id=court.id, check_in_grace_minutes=30, now=END)
    changed = centre.do("change_space", admin, space_id=court.id, check_in_grace_minutes=None, now=END)
    assert (changed.check_in_grace_minutes, changed.check_in_since) == (None, None)
