"""Before the dates of long series people are asked whether they still need them; without an answer the time is free again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound, VersionMismatch
from services.booking.calendar.models import Community
from services.booking.erasure.use_cases import erase
from services.booking.interface.refusals import QuestionSettled
from services.booking.questions import asking
from services.booking.questions.models import DateQuestion
from services.booking.series.models import Series
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, local

WEEK = timedelta(days=7)
FIRST = local(MONDAY + WEEK, "18:00")  # the first date that is asked about: the one before is booked too late for it
DUE = FIRST - timedelta(hours=48)
SILENT = FIRST - timedelta(hours=24)


@pytest.fixture
def court(centre: Centre) -> Space:
    return centre.add_space(ask_from_dates=4, horizon_days=60, cancel_notice_minutes=3 * 24 * 60)


def book(centre: Centre, court: Space, dates: int = 4, acting: Identity | None = None, **more: Any) -> Any:
    rule = {"rrule": f"FREQ=WEEKLY;BYDAY=MO;COUNT={dates}", "starts_on": MONDAY, "starts_at": "18:00", "minutes": 60}
    return centre.do("book_series", acting or centre.wang, space_id=court.id, **rule, **more)


def work(centre: Centre, now: datetime) -> None:
    """One run of the job, as the service does it."""
    again = True
    while again:
        again = False
        for step in (asking.end_outdated, asking.free_next, asking.ask_due):
            with transaction(centre.engine) as session:
                again = step(Call(session, now)) or again


def questions(centre: Centre) -> list[DateQuestion]:
    with reading(centre.engine) as session:
        return list(session.scalars(select(DateQuestion).order_by(DateQuestion.starts_at, DateQuestion.asked_at)))


def told(centre: Centre, *types: str) -> list[Any]:
    return [row for row in centre.published() if row.type in (types or ("booking.need_asked.v1", "booking.need_settled.v1"))]


def asked(centre: Centre, court: Space, **more: Any) -> DateQuestion:
    book(centre, court, **more)
    work(centre, DUE)
    (question,) = questions(centre)
    return question


def answer(centre: Centre, question: DateQuestion, said: str, acting: Identity | None = None, **more: Any) -> Any:
    given = {"now": DUE + timedelta(hours=1)} | more
    return centre.do("answer_question", acting or centre.wang, question_id=question.id, answer=said, **given)


def test_it_is_asked_two_days_before_and_once(centre: Centre, court: Space) -> None:
    series = book(centre, court)
    work(centre, DUE - timedelta(minutes=1))
    assert questions(centre) == []
    for minutes in (0, 1, 60):
        work(centre, DUE + timedelta(minutes=minutes))
    (question,) = questions(centre)
    assert (question.starts_at, question.answer_by, question.state) == (FIRST, SILENT, "open")
    (row,) = told(centre)
    assert row.type == "booking.need_asked.v1" and row.data["resident_id"] == centre.wang.account_id
    assert row.data["series_id"] == str(series.series.id) and row.data["question_id"] == str(question.id)


def test_replicas_at_once_ask_once(centre: Centre, court: Space) -> None:
    book(centre, court)
    all_at_once([lambda: work(centre, DUE) for _ in range(6)])
    assert len(questions(centre)) == len(told(centre)) == 1


def test_a_statement_that_did_not_see_the_other_replica_asks_nothing(centre: Centre, court: Space) -> None:
    """Two jobs look for dates before either has asked; the constraint decides."""
    book(centre, court)
    with transaction(centre.engine) as session:
        (booking,) = asking.storage.lock_to_ask(session, DUE, asking.storage.zones(session), 5)
        first, second = (DateQuestion.about(booking, DUE) for _ in range(2))
        assert asking.storage.add(session, first) and not asking.storage.add(session, second)


@pytest.mark.parametrize(
    ("dates", "setting"), [(3, 4), (4, 0), (4, 5)], ids=["a short series", "switched off", "below the setting"]
)
def test_who_is_not_asked(centre: Centre, dates: int, setting: int) -> None:
    court = centre.add_space(ask_from_dates=setting, horizon_days=60)
    book(centre, court, dates)
    centre.book("18:00", "19:00", centre.li, space=court, day=(MONDAY + WEEK + timedelta(days=1)))
    for hours in (0, 24, 48):
        work(centre, DUE + timedelta(hours=hours))
    assert questions(centre) == []


def test_silence_frees_that_date_and_says_so(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    work(centre, SILENT - timedelta(seconds=1))
    assert centre.stored(question.booking_id).state == "confirmed"  # type: ignore[union-attr]
    work(centre, SILENT)
    work(centre, SILENT + timedelta(minutes=1))
    booking = centre.stored(question.booking_id)
    assert booking is not None
    assert (booking.state, booking.cancelled_by, booking.unneeded) == ("cancelled", "staff", "no_answer")
    assert [one.state for one in questions(centre)] == ["no_answer"]
    (cancelled,) = told(centre, "booking.cancelled.v1")
    assert cancelled.data["unneeded"] == "no_answer"
    assert [row.data.get("outcome") for row in told(centre)] == [None, "no_answer"]
    assert centre.book("18:00", "19:00", centre.li, space=court, day=MONDAY + WEEK, now=SILENT).state == "confirmed"
    dates = centre.do("get_series", centre.wang, series_id=booking.series_id).dates
    assert [one.state for one in dates] == ["booked", "cancelled", "booked", "booked"]


def test_yes_keeps_it_and_is_not_asked_again(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    said = answer(centre, question, "needed")
    assert (said.state, said.settled_by, said.version) == ("needed", "resident", 2)
    for hours in (2, 25, 47):
        work(centre, DUE + timedelta(hours=hours))
    assert centre.stored(question.booking_id).state == "confirmed"  # type: ignore[union-attr]
    assert [row.data.get("outcome") for row in told(centre)] == [None, "needed"]
    work(centre, DUE + WEEK)
    assert [one.state for one in questions(centre)] == ["needed", "open"], "the next date is a question of its own"


def test_no_frees_it_at_once_whatever_the_deadline(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    answer(centre, question, "not_needed")
    booking = centre.stored(question.booking_id)
    assert booking is not None
    assert (booking.state, booking.cancelled_by, booking.unneeded) == ("cancelled", "resident", "not_needed")
    (row,) = told(centre, "booking.cancelled.v1")
    assert (row.data["cancelled_by"], row.data["unneeded"]) == ("resident", "not_needed")
    with pytest.raises(QuestionSettled) as error:
        answer(centre, question, "needed")
    assert error.value.details == {"state": "not_needed"}


def test_all_are_needed(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    answer(centre, question, "all_needed")
    work(centre, DUE + WEEK)
    assert [one.state for one in questions(centre)] == ["needed"]
    series_id = centre.stored(question.booking_id).series_id  # type: ignore[union-attr]
    shown = centre.do("get_series", centre.wang, series_id=series_id).series
    assert shown.not_asked == "all_needed" and "ask" in shown.can(centre.wang, NOW)
    centre.do("ask_series", centre.wang, series_id=series_id)
    work(centre, DUE + WEEK)
    assert [one.state for one in questions(centre)] == ["needed", "open"]


def test_staff_answer_for_the_person(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    (listed,) = centre.do("list_questions", centre.clerk, scope="desk", state="open").items
    assert listed.id == question.id and listed.can(centre.clerk, DUE) == ["answer"]
    assert listed.can(person("supervisor"), DUE) == []
    assert answer(centre, question, "not_needed", centre.clerk).settled_by == "staff"
    (row,) = told(centre, "booking.cancelled.v1")
    assert row.data["staff_reason"]["zh-CN"] == "您来电或到窗口要求"
    assert centre.do("list_questions", centre.clerk, scope="desk", state="open").items == []


def test_strangers_and_those_who_only_look(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    for verb, more in (("get_question", {}), ("answer_question", {"answer": "not_needed"})):
        for who in (centre.li, person("clerk", community="yuxin")):
            with pytest.raises(NotFound):
                centre.do(verb, who, now=DUE, question_id=question.id, **more)
    with pytest.raises(NotFound):
        centre.do("answer_question", centre.wang, question_id=uuid4(), answer="needed")
    with pytest.raises(Forbidden):
        answer(centre, question, "needed", person("supervisor"))
    with pytest.raises(VersionMismatch):
        answer(centre, question, "needed", expected_version=7)
    assert centre.do("list_questions", centre.li, scope="mine").items == []
    assert [one.id for one in centre.do("list_questions", centre.wang, scope="mine").items] == [question.id]
    with pytest.raises(Forbidden):
        centre.do("list_questions", centre.wang, scope="desk")
    assert len(told(centre)) == 1


def test_a_date_that_moves_is_asked_about_at_its_new_time_or_not_at_all(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    late, far = local(MONDAY + WEEK, "20:00"), local(MONDAY + WEEK + timedelta(days=5), "20:00")
    now = DUE + timedelta(hours=1)
    centre.do("reschedule_booking", centre.clerk, booking_id=question.booking_id, now=now, **hour(late))
    with pytest.raises(QuestionSettled):
        answer(centre, question, "not_needed")
    for hours in (48, 47, 23):
        work(centre, late - timedelta(hours=hours))
    assert [one.state for one in questions(centre)] == ["void"], "who has just moved it needs it"
    centre.do("reschedule_booking", centre.clerk, booking_id=question.booking_id, now=now, **hour(far))
    work(centre, far - timedelta(hours=48))
    assert [(one.state, one.starts_at) for one in questions(centre)] == [("void", FIRST), ("open", far)]
    centre.do("cancel_booking", centre.clerk, booking_id=question.booking_id, now=far - timedelta(hours=47))
    work(centre, far - timedelta(hours=46))
    assert [one.state for one in questions(centre)] == ["void", "void"]
    assert centre.stored(question.booking_id).unneeded is None  # type: ignore[union-attr]


def hour(start: datetime) -> dict[str, datetime]:
    return {"starts_at": start, "ends_at": start + timedelta(hours=1)}


def test_the_desk_exempts_a_series_with_a_reason(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    series_id = centre.stored(question.booking_id).series_id  # type: ignore[union-attr]
    for who in (centre.wang, person("supervisor")):
        with pytest.raises(Forbidden):
            centre.do("exempt_series", who, series_id=series_id, reason="老年团队")
    with pytest.raises(NotFound):
        centre.do("exempt_series", centre.li, series_id=series_id, reason="x")
    shown = centre.do("exempt_series", centre.clerk, series_id=series_id, reason="老年团队", now=DUE).series
    assert (shown.not_asked, shown.not_asked_by) == ("exempt", UUID(centre.clerk.account_id))
    assert shown.shown_not_asked_reason(centre.wang, NOW) is None
    for hours in (0, 24, 7 * 24):
        work(centre, DUE + timedelta(hours=hours))
    assert [one.state for one in questions(centre)] == ["void"]
    assert centre.stored(question.booking_id).state == "confirmed"  # type: ignore[union-attr]
    with pytest.raises(Forbidden):
        centre.do("ask_series", centre.wang, series_id=series_id)
    assert centre.do("ask_series", centre.clerk, series_id=series_id).series.not_asked is None


def test_an_exemption_that_meets_the_job_keeps_the_date(centre: Centre, court: Space) -> None:
    """The job was asking while the desk exempted the series: the question is there, and silence must not free the date."""
    question = asked(centre, court)
    about = {"not_asked": "exempt", "not_asked_at": DUE, "not_asked_by": uuid4()}
    with transaction(centre.engine) as session:
        session.execute(update(Series).values(**about))
    with transaction(centre.engine) as session:
        assert asking.free_next(Call(session, SILENT))
    assert centre.stored(question.booking_id).state == "confirmed"  # type: ignore[union-attr]
    assert [one.state for one in questions(centre)] == ["void"]


def test_answers_and_silence_at_once_have_one_outcome(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    tries: list[Any] = [lambda said=said: answer(centre, question, said, now=SILENT) for said in ("needed", "not_needed") * 3]
    outcomes = all_at_once([*tries, lambda: work(centre, SILENT)])
    assert codes(outcomes)["won"] <= 2 and codes(outcomes).get("booking.question_settled", 0) >= 5
    (settled,) = (row.data["outcome"] for row in told(centre, "booking.need_settled.v1"))
    state = centre.stored(question.booking_id).state  # type: ignore[union-attr]
    assert (settled == "needed") == (state == "confirmed") and len(told(centre, "booking.cancelled.v1")) == (
        settled != "needed"
    )


def test_a_process_that_dies_leaves_all_or_nothing(centre: Centre, court: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the question is stored and before its message: neither is there, and the next run asks."""
    book(centre, court)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(asking.outbox, "add", dies)
        with pytest.raises(KeyboardInterrupt):
            work(centre, DUE)
    assert questions(centre) == []
    work(centre, DUE)
    with monkeypatch.context() as patched:
        patched.setattr(asking.outbox, "add", dies)
        with pytest.raises(KeyboardInterrupt):
            work(centre, SILENT)
    (question,) = questions(centre)
    assert question.state == "open" and centre.stored(question.booking_id).state == "confirmed"  # type: ignore[union-attr]


def test_nobody_is_asked_at_night_nor_with_less_than_half_a_day_to_answer(centre: Centre) -> None:
    court = centre.add_space(
        ask_from_dates=4, horizon_days=60, opening_hours=[{"weekday": 1, "opens": "05:00", "closes": "23:00"}]
    )
    rule = {"rrule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4", "starts_on": MONDAY, "starts_at": "06:00", "minutes": 60}
    centre.do("book_series", centre.wang, space_id=court.id, **rule)
    early = local(MONDAY + WEEK, "06:00")
    work(centre, early - timedelta(hours=47))
    assert questions(centre) == []
    work(centre, early - timedelta(hours=46))
    assert len(questions(centre)) == 1, "at eight o'clock"
    with transaction(centre.engine) as session:
        session.add(Community(id="liuyi", time_zone="Asia/Kathmandu", version=1))
    work(centre, early + WEEK - timedelta(hours=46))
    assert len(questions(centre)) == 1, "there it is not eight yet"
    work(centre, early + WEEK - timedelta(hours=35))
    assert len(questions(centre)) == 1, "too late to ask, so the date stays"


def test_an_erasure_cancels_and_the_question_ends(centre: Centre, court: Space) -> None:
    question = asked(centre, court)
    with centre.call(now=DUE) as call:
        erase(call, UUID(centre.wang.account_id))
    work(centre, SILENT)
    assert [one.state for one in questions(centre)] == ["void"]
    assert centre.stored(question.booking_id).unneeded is None  # type: ignore[union-attr]


def test_a_series_that_splits_keeps_what_was_decided(centre: Centre, court: Space) -> None:
    series = book(centre, court)
    centre.do("exempt_series", centre.clerk, series_id=series.series.id, reason="社团")
    changed = centre.do("change_series", centre.clerk, series_id=series.series.id, from_day=MONDAY + WEEK, minutes=90)
    assert (changed.series.not_asked, changed.series.not_asked_reason) == ("exempt", "社团")
