"""Bookings that a closure moved: each resident is asked once whether the new time suits, and answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from services.booking.interface.questions import FIND_LIKE_TIMES, GET_QUESTION
from services.booking.interface.refusals import PlanOutdated, QuestionSettled, SpaceTaken, TimeNotOffered
from services.booking.questions import asking
from services.booking.questions.models import DateQuestion
from services.booking.spaces.models import Space
from tests.integration.booking import test_no_show_rules as no_shows
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_equipment import add_kind, some, tell
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, daily, local

DAY = MONDAY + timedelta(days=4)
AT = {"starts_at": local(DAY, "10:00"), "ends_at": local(DAY, "11:00")}
LATER = {"starts_at": local(DAY, "11:00"), "ends_at": local(DAY, "12:00")}


@pytest.fixture
def admin() -> Identity:
    return person("admin")


@pytest.fixture
def other(centre: Centre) -> Space:
    return centre.add_space(cancel_notice_minutes=10 * 24 * 60)


def close(centre: Centre, admin: Identity, decisions: list[dict[str, Any]], **over: Any) -> Any:
    about = {"community_id": "liuyi", "whole": False, "space_ids": [centre.court.id], "reason": "maintenance"}
    times = {"starts_at": local(DAY, "09:00"), "ends_at": local(DAY, "22:00")}
    return centre.do("close_spaces", admin, **(about | times | {"decisions": decisions} | over))


def moved(centre: Centre, admin: Identity, other: Space, **over: Any) -> DateQuestion:
    booking = centre.book("10:00", "11:00", day=DAY)
    close(centre, admin, [{"booking_id": booking.id, "move_to": {"space_id": other.id, **AT}}], **over)
    (question,) = questions(centre)
    return question


def questions(centre: Centre) -> list[DateQuestion]:
    with reading(centre.engine) as session:
        return list(session.scalars(select(DateQuestion).order_by(DateQuestion.asked_at, DateQuestion.id)))


def work(centre: Centre, now: datetime) -> None:
    again = True
    while again:
        again = False
        for step in (asking.end_outdated, asking.free_next, asking.ask_due):
            with transaction(centre.engine) as session:
                again = step(Call(session, now)) or again


def types(centre: Centre, *wanted: str) -> list[str]:
    return [row.type for row in centre.published() if not wanted or row.type in wanted]


def test_who_is_moved_is_asked_once_in_the_transaction_of_the_closure(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    assert (question.kind, question.state, question.frees, question.answer_by) == ("moved", "open", False, AT["starts_at"])
    asked, rescheduled = (
        next(row.data for row in centre.published() if row.type == type_)
        for type_ in ("booking.need_asked.v1", "booking.rescheduled.v1")
    )
    assert rescheduled["asked"] is True, "so notify tells the resident once, with the question"
    assert asked["closure_reason"] == {"zh-CN": "设备维护", "en": "Maintenance"}
    assert asked["previous_space_name"]["en"] == "Court 1" and asked["series_id"] is None
    assert datetime.fromisoformat(asked["previous_starts_at"]) == AT["starts_at"]
    work(centre, NOW + timedelta(minutes=5))
    assert [one.state for one in questions(centre)] == ["open"] and len(types(centre, "booking.need_asked.v1")) == 1


def test_the_answer_of_the_service_has_both_times(centre: Centre, admin: Identity, other: Space) -> None:
    """As callers get it: through the schema of the answer."""
    question = moved(centre, admin, other)
    with caller_context(centre.wang, NOW):
        shown = GET_QUESTION.gives.dump(centre.do("get_question", centre.wang, question_id=question.id))
        times = FIND_LIKE_TIMES.gives.dump(centre.do("find_like_times", centre.wang, question_id=question.id))["items"]
    assert shown["moved_from"]["space_name"]["en"] == "Court 1" and shown["kind"] == "moved"
    assert datetime.fromisoformat(shown["moved_from"]["starts_at"]) == AT["starts_at"]
    assert shown["can"] == ["answer", "choose"] and times[0]["space_name"]["en"]


def test_keep_cancel_and_nobody_else_answers(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    with pytest.raises(NotFound):
        centre.do("answer_question", centre.li, question_id=question.id, answer="needed")
    with pytest.raises(InvalidField):
        centre.do("answer_question", centre.wang, question_id=question.id, answer="all_needed")
    assert centre.do("get_question", centre.wang, question_id=question.id).can(centre.wang, NOW) == ["answer", "choose"]
    centre.do("answer_question", centre.wang, question_id=question.id, answer="not_needed")
    stored = centre.stored(question.booking_id)
    assert stored and stored.state == "cancelled", "also after the cancel deadline of the new space"
    assert centre.claims() == []
    with pytest.raises(QuestionSettled):
        centre.do("answer_question", centre.wang, question_id=question.id, answer="needed")
    with pytest.raises(QuestionSettled):
        centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=other.id, **LATER)


def test_another_time_is_chosen_from_the_like_ones(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    offers = centre.do("find_like_times", centre.wang, question_id=question.id).items
    assert 0 < len(offers) <= 12 and all(one.space.kind == "court" for one in offers)
    assert all((one.space_id, one.starts_at) != (other.id, AT["starts_at"]) for one in offers)
    assert offers == sorted(offers, key=lambda one: one.unlikeness)
    answered = centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=other.id, **LATER)
    stored = centre.stored(question.booking_id)
    assert answered.state == "another" and stored and stored.starts_at == LATER["starts_at"]
    last = centre.published()[-2:]
    assert [row.type for row in last] == ["booking.rescheduled.v1", "booking.need_settled.v1"]
    assert last[0].data["moved_by"] == "resident" and last[1].data["outcome"] == "another"
    work(centre, NOW + timedelta(minutes=5))
    assert [one.state for one in questions(centre)] == ["another"]


def test_times_that_are_not_allowed_are_refused_and_nothing_is_written(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    before = types(centre)
    room = centre.add_space(kind="room")
    small = centre.add_space(open_to="community")
    closed = {"space_id": centre.court.id, **LATER}
    longer = {"space_id": other.id, "starts_at": local(DAY, "14:00"), "ends_at": local(DAY, "16:00")}
    for wanted in (closed, longer, {"space_id": room.id, **LATER}, {"space_id": small.id, **LATER}):
        with pytest.raises(TimeNotOffered):
            centre.do("choose_like_time", centre.wang, question_id=question.id, **wanted)
    centre.book("11:00", "12:00", centre.li, space=other, day=DAY)
    with pytest.raises((TimeNotOffered, SpaceTaken)):
        centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=other.id, **LATER)
    assert types(centre) == [*before, "booking.confirmed.v1"] and questions(centre)[0].state == "open"


def test_a_resident_does_not_choose_a_space_that_needs_approval(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    strict = centre.add_space(needs_approval=True)

    def offered(acting: Identity) -> set[Any]:
        return {one.space_id for one in centre.do("find_like_times", acting, question_id=question.id).items}

    assert strict.id not in offered(centre.wang) and strict.id in offered(centre.clerk)
    for acting in (centre.wang, person("grid_worker")):
        with pytest.raises(TimeNotOffered):
            centre.do("choose_like_time", acting, question_id=question.id, space_id=strict.id, **LATER)
    centre.do("choose_like_time", centre.clerk, question_id=question.id, space_id=strict.id, **LATER)
    stored = centre.stored(question.booking_id)
    assert stored and (stored.space_id, stored.state) == (strict.id, "confirmed")


def test_equipment_and_marks_come_with_the_chosen_time(centre: Centre, admin: Identity, other: Space) -> None:
    chairs = add_kind(centre, quantity=10)
    booking = centre.book("10:00", "11:00", day=DAY, equipment=some(chairs, 6))
    centre.book("15:00", "16:00", centre.li, space=centre.add_space(kind="room"), day=DAY, equipment=some(chairs, 6))
    counter = {"kept_for": "counter", "hours": daily("14:00-16:00", weekdays=[5]), "until_hours": 2}
    kept = centre.add_space(shares=[counter])
    close(centre, admin, [{"booking_id": booking.id, "move_to": {"space_id": other.id, **AT}}])
    (question,) = questions(centre)
    three = {"starts_at": local(DAY, "15:00"), "ends_at": local(DAY, "16:00")}
    with pytest.raises(TimeNotOffered):  # it is kept for those whom staff help
        centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=kept.id, **three)
    centre.do("choose_like_time", centre.clerk, question_id=question.id, space_id=kept.id, **three)
    stored = centre.stored(booking.id)
    assert stored and stored.at_counter
    told = next(row.data for row in reversed(centre.published()) if row.type == "booking.rescheduled.v1")
    assert told["equipment"] == [] and [one["quantity"] for one in told["missing_equipment"]] == [6]
    assert tell(centre) == [], "the resident knows of it by that message"


def test_an_elder_chooses_a_time_that_is_kept_for_elders_and_others_do_not(centre: Centre, admin: Identity) -> None:
    elders = {"kept_for": "elders", "hours": daily("09:00-12:00", weekdays=[5]), "until_hours": 2}
    of_elders, kept = (centre.add_space(shares=[elders]) for _ in range(2))
    old = replace(centre.wang, ages=((str(centre.wang.account_id), 65),))
    for resident in (old, centre.wang):
        space = of_elders if resident is old else centre.court
        booking = centre.book("10:00", "11:00", resident, space=space, day=DAY)
        close(
            centre,
            admin,
            [{"booking_id": booking.id, "move_to": {"space_id": centre.add_space().id, **AT}}],
            space_ids=[space.id],
        )
        question = next(one for one in questions(centre) if one.booking_id == booking.id)
        if resident is centre.wang:
            with pytest.raises(TimeNotOffered):
                centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=kept.id, **LATER)
        else:
            centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=kept.id, **AT)


def test_of_two_answers_at_once_a_limit_lets_one_go_further(centre: Centre, admin: Identity, other: Space) -> None:
    """A limit of one court a day: both were moved from different days, and both want the same one."""
    centre.do("add_limit", admin, subject="resident", measure="count", period="day", allowed=1, community_id="liuyi")
    courts = [centre.add_space() for _ in range(3)]
    asked = []
    for n, court in enumerate(courts[:2]):
        day = DAY + timedelta(days=n)
        booking = centre.book("10:00", "11:00", space=court, day=day)
        times = {"starts_at": local(day, "10:00"), "ends_at": local(day, "11:00")}
        closed = {"starts_at": local(day, "09:00"), "ends_at": local(day, "22:00"), "space_ids": [court.id]}
        close(centre, admin, [{"booking_id": booking.id, "move_to": {"space_id": other.id, **times}}], **closed)
        asked.append(next(one for one in questions(centre) if one.booking_id == booking.id))
    day = DAY + timedelta(days=2)
    wanted = [
        {"space_id": courts[2].id, "starts_at": local(day, at), "ends_at": local(day, end)}
        for at, end in (("10:00", "11:00"), ("14:00", "15:00"))
    ]
    outcomes = all_at_once(
        [
            lambda one=one, to=to: centre.do("choose_like_time", centre.wang, question_id=one.id, **to)
            for one, to in zip(asked, wanted, strict=True)
        ]
    )
    assert codes(outcomes)["won"] == 1, outcomes


def test_who_did_not_come_too_often_moves_no_further_ahead_than_allowed(centre: Centre, admin: Identity) -> None:
    first, second, third = (no_shows.hall(centre) for _ in range(3))
    booking = centre.book("10:00", "11:00", space=first, day=DAY)
    no_shows.missed(centre, third, 0, 1, 2)
    no_shows.rule(centre, days_ahead=2)
    now = no_shows.LATER
    close(centre, admin, [{"booking_id": booking.id, "move_to": {"space_id": second.id, **AT}}], space_ids=[first.id], now=now)
    (question,) = questions(centre)
    far = {"starts_at": local(DAY + timedelta(days=3), "11:00"), "ends_at": local(DAY + timedelta(days=3), "12:00")}
    about = {"question_id": question.id, "space_id": second.id, "now": now}
    with pytest.raises(TimeNotOffered):
        centre.do("choose_like_time", centre.wang, **about, **far)
    centre.do("choose_like_time", centre.wang, **about, **LATER)


def test_a_booking_that_the_closure_moves_notes_who_asked(centre: Centre, admin: Identity) -> None:
    """As every other move does: the share of the counter counts it."""
    booking = centre.book("10:00", "11:00", day=DAY)
    counter = {"kept_for": "counter", "hours": daily("08:00-16:00", weekdays=[5]), "until_hours": 2}
    kept = centre.add_space(shares=[counter])
    close(centre, admin, [{"booking_id": booking.id, "move_to": {"space_id": kept.id, **AT}}])
    stored = centre.stored(booking.id)
    assert stored and (stored.space_id, stored.at_counter) == (kept.id, True)


def test_silence_keeps_the_new_time_or_frees_it_as_the_admin_chose(centre: Centre, admin: Identity, other: Space) -> None:
    kept = moved(centre, admin, other)
    work(centre, AT["starts_at"] + timedelta(minutes=1))
    assert [one.state for one in questions(centre)] == ["kept"]
    stored = centre.stored(kept.booking_id)
    assert stored and stored.state == "confirmed"


def test_silence_frees_the_time_a_day_before(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other, without_answer="free")
    assert question.frees and question.answer_by == AT["starts_at"] - timedelta(hours=24)
    work(centre, question.answer_by - timedelta(minutes=1))
    assert questions(centre)[0].state == "open"
    work(centre, question.answer_by)
    stored = centre.stored(question.booking_id)
    assert questions(centre)[0].state == "no_answer" and stored and stored.state == "cancelled"
    cancelled = next(row.data for row in centre.published() if row.type == "booking.cancelled.v1")
    assert cancelled["unneeded"] == "no_answer" and cancelled["closure_reason"]["en"] == "Maintenance"


def test_who_has_too_little_time_to_answer_keeps_the_new_time(centre: Centre, admin: Identity, other: Space) -> None:
    now = AT["starts_at"] - timedelta(hours=30)
    booking = centre.book("10:00", "11:00", day=DAY)
    decisions = [{"booking_id": booking.id, "move_to": {"space_id": other.id, **AT}}]
    close(centre, admin, decisions, without_answer="free", now=now)
    assert [(one.frees, one.answer_by) for one in questions(centre)] == [(False, AT["starts_at"])]


def test_staff_move_the_booking_and_the_question_is_over(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    centre.do("reschedule_booking", centre.clerk, booking_id=question.booking_id, **LATER)
    work(centre, NOW + timedelta(minutes=5))
    assert [one.state for one in questions(centre)] == ["void"]


def test_the_desk_sees_who_has_answered_each_closure(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    found = centre.do("list_questions", centre.clerk, scope="desk", closure_id=question.closure_id).items
    assert [one.id for one in found] == [question.id]
    assert centre.do("list_questions", centre.clerk, scope="desk", closure_id=question.id).items == []
    with pytest.raises(Forbidden):
        centre.do("list_questions", centre.wang, scope="desk", closure_id=question.closure_id)


def test_a_second_closure_asks_again_also_at_the_same_start(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    third = centre.add_space()
    decisions = [{"booking_id": question.booking_id, "move_to": {"space_id": third.id, **AT}}]
    close(centre, admin, decisions, space_ids=[other.id])
    work(centre, NOW + timedelta(minutes=5))
    assert sorted(one.state for one in questions(centre)) == ["open", "void"]


def test_two_admins_commit_at_once_and_each_resident_is_asked_once(centre: Centre, admin: Identity, other: Space) -> None:
    booking = centre.book("10:00", "11:00", day=DAY)
    decisions = [{"booking_id": booking.id, "move_to": {"space_id": other.id, **AT}}]
    outcomes = all_at_once([lambda: close(centre, admin, decisions), lambda: close(centre, person("admin"), decisions)])
    assert codes(outcomes) in ({"won": 2}, {"won": 1, PlanOutdated.code: 1}), "the second finds nobody in the way"
    assert len(questions(centre)) == 1 and len(types(centre, "booking.need_asked.v1")) == 1


def test_an_answer_and_a_cancellation_at_once(centre: Centre, admin: Identity, other: Space) -> None:
    question = moved(centre, admin, other)
    outcomes = all_at_once(
        [
            lambda: centre.do("choose_like_time", centre.wang, question_id=question.id, space_id=other.id, **LATER),
            lambda: centre.do("answer_question", centre.wang, question_id=question.id, answer="not_needed"),
        ]
    )
    assert codes(outcomes) == {"won": 1, QuestionSettled.code: 1}
    assert len(types(centre, "booking.need_settled.v1")) == 1
