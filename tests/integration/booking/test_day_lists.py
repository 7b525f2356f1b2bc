"""The staff of a space hear of its bookings, and get the list of the next day, once and right."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from services.booking.day_lists.models import BETWEEN
from services.booking.day_lists.sending import send_due
from services.booking.managed_spaces.leaving import follow_work
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once
from tests.unit.booking.spaces import MONDAY, NOW, local

SUNDAY_EVENING = local(MONDAY - timedelta(days=1), "18:00")
MINUTE = timedelta(minutes=1)
PORTER, CARETAKER = uuid4(), uuid4()


def listed(centre: Centre, *who: UUID, at: str = "18:00", **more: Any) -> Any:
    return centre.add_space(staff_told={"tomorrow": list(who or (PORTER,))}, list_at=at, **more)


def run_job(centre: Centre, now: datetime = SUNDAY_EVENING) -> None:
    with transaction(centre.engine) as session:
        send_due(Call(session, now))


def lists(centre: Centre) -> list[Any]:
    return [row for row in centre.published() if row.type == "booking.day_listed.v1"]


def test_the_list_is_sent_once_at_its_time_and_names_nobody(centre: Centre) -> None:
    court = listed(centre)
    late = centre.book("19:00", "20:00", space=court)
    early = centre.book("09:00", "10:00", centre.li, space=court, attendees=3)
    centre.book("09:00", "10:00")  # another court
    centre.book("09:00", "10:00", centre.li, space=court, day=MONDAY + timedelta(days=1))
    run_job(centre, SUNDAY_EVENING - MINUTE)
    assert lists(centre) == []
    for minutes in (0, 1, 60):
        run_job(centre, SUNDAY_EVENING + minutes * MINUTE)
    (told,) = lists(centre)
    assert (told.data["staff_ids"], told.data["day"], told.data["count"]) == ([str(PORTER)], MONDAY.isoformat(), 2)
    assert [one["booking_id"] for one in told.data["bookings"]] == [str(early.id), str(late.id)]
    assert [(one["attendees"], one["number"]) for one in told.data["bookings"]] == [(3, early.number), (1, late.number)]
    assert str(centre.wang.account_id) not in str(told.data) and "resident" not in str(told.data)


def test_one_person_gets_one_list_of_several_spaces(centre: Centre) -> None:
    first, second = listed(centre, PORTER, CARETAKER), listed(centre, PORTER)
    for court in (first, second):
        centre.book("09:00", "10:00", space=court) if court is first else centre.book("10:00", "11:00", centre.li, space=court)
    run_job(centre)
    counts = {told.data["staff_ids"][0]: told.data["count"] for told in lists(centre)}
    assert counts == {str(PORTER): 2, str(CARETAKER): 1}


def test_nothing_is_sent_of_an_empty_day_unless_somebody_wants_that(centre: Centre) -> None:
    listed(centre)
    run_job(centre)
    assert lists(centre) == []
    listed(centre, CARETAKER, list_if_none=True)
    run_job(centre)
    (told,) = lists(centre)
    assert (told.data["staff_ids"], told.data["count"], told.data["bookings"]) == ([str(CARETAKER)], 0, [])


def test_a_change_after_the_list_is_sent_too_but_not_every_minute(centre: Centre) -> None:
    court = listed(centre)
    booking = centre.book("09:00", "10:00", space=court)
    run_job(centre)
    centre.do(
        "reschedule_booking",
        centre.wang,
        booking_id=booking.id,
        starts_at=local(MONDAY, "10:00"),
        ends_at=local(MONDAY, "11:00"),
    )
    run_job(centre, SUNDAY_EVENING + MINUTE)
    assert len(lists(centre)) == 1
    run_job(centre, SUNDAY_EVENING + BETWEEN)
    first, second = lists(centre)
    assert (first.data["corrects"], second.data["corrects"], second.version) == (False, True, 2)
    assert datetime.fromisoformat(second.data["bookings"][0]["starts_at"]) == local(MONDAY, "10:00")
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    run_job(centre, SUNDAY_EVENING + 2 * BETWEEN)
    run_job(centre, SUNDAY_EVENING + 9 * BETWEEN)
    assert [told.data["count"] for told in lists(centre)] == [1, 1, 0]


def test_what_is_booked_after_an_empty_list_is_told(centre: Centre) -> None:
    court = listed(centre)
    run_job(centre)
    centre.book("09:00", "10:00", space=court)
    run_job(centre, SUNDAY_EVENING + MINUTE)
    (told,) = lists(centre)
    assert (told.data["count"], told.data["corrects"]) == (1, False)


def test_the_day_ends_at_midnight_of_the_community(centre: Centre) -> None:
    court = listed(centre, at="00:00")
    centre.book("09:00", "10:00", space=court)
    run_job(centre, local(MONDAY, "00:00") - MINUTE)
    assert [told.data["day"] for told in lists(centre)] == [MONDAY.isoformat()]
    run_job(centre, local(MONDAY, "00:00"))
    assert len(lists(centre)) == 1, "the next list is of Tuesday, on which nothing is booked"


def test_of_many_replicas_one_sends_it(centre: Centre) -> None:
    court = listed(centre, PORTER, CARETAKER)
    centre.book("09:00", "10:00", space=court)
    all_at_once([lambda: run_job(centre)] * 6)
    assert sorted(told.data["staff_ids"][0] for told in lists(centre)) == sorted([str(PORTER), str(CARETAKER)])


def test_a_process_that_dies_before_the_commit_has_sent_nothing(centre: Centre) -> None:
    court = listed(centre)
    centre.book("09:00", "10:00", space=court)
    with pytest.raises(RuntimeError), transaction(centre.engine) as session:
        send_due(Call(session, SUNDAY_EVENING))
        raise RuntimeError
    assert lists(centre) == []
    run_job(centre)
    assert len(lists(centre)) == 1


def test_an_admin_says_who_is_told_and_booking_names_them(centre: Centre) -> None:
    admin = person("admin")
    told = {"new": [PORTER], "changes": [CARETAKER], "tomorrow": [PORTER]}
    with pytest.raises(InvalidField) as refused:
        centre.do("change_space", admin, space_id=centre.court.id, staff_told=told)
    assert refused.value.details_for("en")["errors"][0]["field"] == "list_at"
    changed = centre.do("change_space", admin, space_id=centre.court.id, staff_told=told, list_at="18:00")
    assert changed.staff_told == {"new": [str(PORTER)], "changes": [str(CARETAKER)], "tomorrow": [str(PORTER)]}
    booking = centre.book("09:00", "10:00")
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    heard = {row.type: row.data.get("staff_ids") for row in centre.published() if row.type != "calendar.changed.v1"}
    assert heard == {"booking.confirmed.v1": [str(PORTER)], "booking.cancelled.v1": [str(CARETAKER)]}


def test_the_database_refuses_a_list_without_a_time(centre: Centre) -> None:
    with pytest.raises(IntegrityError, match="space_list_has_time"):
        centre.add_space(staff_told={"tomorrow": [PORTER]})
    with pytest.raises(IntegrityError, match="space_list_at"):
        centre.add_space(list_at="24:00")


@pytest.mark.parametrize(
    ("work", "hears"),
    [
        ({"active": True, "communities": ["yuxin"]}, False),
        ({"active": False, "communities": ["liuyi"]}, False),
        ({"active": True, "communities": ["liuyi", "yuxin"]}, True),
        ({"active": True, "communities": None}, True),
    ],
)
def test_who_works_there_no_more_hears_no_more(centre: Centre, work: dict[str, Any], hears: bool) -> None:
    court = listed(centre, PORTER, CARETAKER)
    for _ in range(2):
        with transaction(centre.engine) as session:
            follow_work(Call(session, NOW), account_id=PORTER, roles=["clerk"], version=2, **work)
    with centre.call() as call:
        known = call.session.get_one(Space, court.id)
    assert known.staff_told == {"tomorrow": [str(one) for one in ((PORTER, CARETAKER) if hears else (CARETAKER,))]}
    assert known.version == (1 if hears else 2)
    centre.book("09:00", "10:00", space=court)
    run_job(centre)
    assert (str(PORTER) in {told.data["staff_ids"][0] for told in lists(centre)}) is hears


@pytest.mark.parametrize(
    ("work", "decides"),
    [
        ({"active": False, "communities": ["liuyi"]}, False),
        ({"active": True, "communities": ["yuxin"]}, False),
        ({"active": True, "communities": ["liuyi"]}, True),
    ],
)
def test_who_works_there_no_more_approves_no_more(centre: Centre, work: dict[str, Any], decides: bool) -> None:
    alone = centre.add_space(needs_approval=True, approver_ids=[PORTER])
    both = centre.add_space(needs_approval=True, approver_ids=[PORTER, CARETAKER])
    for _ in range(2):
        with transaction(centre.engine) as session:
            follow_work(Call(session, NOW), account_id=PORTER, roles=["clerk"], version=2, **work)
    with centre.call() as call:
        known = call.session.get_one(Space, alone.id), call.session.get_one(Space, both.id)
    assert [one.approver_ids for one in known] == ([[PORTER], [PORTER, CARETAKER]] if decides else [[], [CARETAKER]])
    assert [one.version for one in known] == ([1, 1] if decides else [2, 2])
    assert known[0].is_approver(centre.clerk) is not decides, "the desk decides where nobody is left"
