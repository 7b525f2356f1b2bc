"""Appeals against no-shows: made once, answered once, and what an excuse changes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated
from services.booking.erasure import storage as erasure
from services.booking.interface.appeal_refusals import AppealAnswered, NotAppealable
from services.booking.interface.refusals import TooManyNoShows
from services.booking.merged_accounts import moving
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_no_show_rules import LATER, hall, missed, rule, try_it
from tests.integration.booking.test_races import all_at_once, codes

DAYS_14 = timedelta(days=14)


def one_missed(centre: Centre) -> Any:
    return missed(centre, hall(centre), 0)[0]


def appeal(centre: Centre, booking: Any, who: Any = None, *, now: Any = LATER, **more: Any) -> Any:
    about = {"booking_id": booking.id, "reason": "was_there", "text": "我们到了", "now": now} | more
    return centre.do("appeal_no_show", who or centre.wang, **about)


def answer(centre: Centre, made: Any, outcome: str = "granted", who: Any = None, **more: Any) -> Any:
    about = {"appeal_id": made.id, "outcome": outcome, "note": "好的", "now": LATER} | more
    return centre.do("answer_appeal", who or centre.clerk, **about)


def stored(centre: Centre, booking: Any) -> Any:
    return centre.stored(booking.id)


def test_a_granted_appeal_excuses_and_the_resident_is_told(centre: Centre) -> None:
    booking = one_missed(centre)
    made = appeal(centre, booking)
    assert "appeal" not in stored(centre, booking).presence_steps(LATER)
    [listed] = centre.do("list_appeals", centre.clerk).items
    assert (listed.id, listed.state, listed.reason) == (made.id, "open", "was_there")
    done = answer(centre, made)
    assert (done.state, done.decided_at, str(done.decided_by)) == ("granted", LATER, centre.clerk.account_id)
    assert stored(centre, booking).excused_at == LATER and stored(centre, booking).state == "no_show"
    (message,) = [row for row in centre.published() if row.type == "booking.appeal_answered.v1"]
    assert message.data["outcome"] == "granted" and "我们到了" not in repr(message.data)
    assert centre.do("list_appeals", centre.clerk).items == []
    assert centre.do("get_appeal", centre.wang, booking_id=booking.id).note == "好的"


def test_a_refused_one_leaves_the_no_show(centre: Centre) -> None:
    booking = one_missed(centre)
    answer(centre, appeal(centre, booking), "refused")
    assert stored(centre, booking).excused_at is None
    assert [row.data["outcome"] for row in centre.published() if row.type == "booking.appeal_answered.v1"] == ["refused"]


def test_an_excused_no_show_has_no_points(centre: Centre) -> None:
    space = hall(centre)
    rule(centre, days_ahead=None)
    bookings = missed(centre, space, 0, 1, 2)
    with pytest.raises(TooManyNoShows):
        try_it(centre, space, 5)
    answer(centre, appeal(centre, bookings[0]))
    assert try_it(centre, space, 5).state == "confirmed"


def test_once_within_fourteen_days_and_only_about_a_no_show(centre: Centre) -> None:
    booking = one_missed(centre)
    since = stored(centre, booking).no_show_at
    with pytest.raises(NotAppealable) as late:
        appeal(centre, booking, now=since + DAYS_14)
    assert late.value.details["state"] == "too_late"
    appeal(centre, booking, now=since + DAYS_14 - timedelta(seconds=1))
    with pytest.raises(NotAppealable) as twice:
        appeal(centre, booking)
    assert twice.value.details["state"] == "appealed"
    other = centre.book("14:00", "15:00")
    with pytest.raises(NotAppealable) as none:
        appeal(centre, other)
    assert none.value.details["state"] == "no_no_show"


def test_who_may_and_who_sees_it(centre: Centre) -> None:
    booking = one_missed(centre)
    guardian = replace(person(), children=frozenset({centre.wang.account_id or ""}))
    for who, refusal in ((centre.li, NotFound), (centre.clerk, Forbidden)):
        with pytest.raises(refusal):
            appeal(centre, booking, who)
    with pytest.raises(Unauthenticated), centre.call(now=LATER) as call:
        from services.booking.appeals.use_cases import appeal_no_show

        appeal_no_show(call, booking_id=booking.id, reason="other")
    made = appeal(centre, booking, guardian)
    assert str(made.made_by) == guardian.account_id and str(made.resident_id) == centre.wang.account_id
    for who, refusal in (
        (centre.wang, Forbidden),
        (centre.li, NotFound),
        (person("supervisor"), Forbidden),
        (person("clerk", community="yuxin"), NotFound),
    ):
        with pytest.raises(refusal):
            answer(centre, made, who=who)
    with pytest.raises(NotFound):
        centre.do("get_appeal", centre.li, booking_id=booking.id)
    assert centre.do("list_appeals", person("clerk", community="yuxin")).items == []
    with pytest.raises(Forbidden):
        centre.do("list_appeals", centre.wang)


def test_two_clerks_at_once_give_one_answer_and_two_taps_one_appeal(centre: Centre) -> None:
    booking = one_missed(centre)
    taps = all_at_once([lambda: appeal(centre, booking)] * 4)
    assert codes(taps) == {"won": 1, "booking.not_appealable": 3}
    made = centre.do("get_appeal", centre.wang, booking_id=booking.id)
    clerks = [person("clerk") for _ in range(6)]
    outcomes = all_at_once(
        [lambda one=one, n=n: answer(centre, made, "granted" if n % 2 else "refused", one) for n, one in enumerate(clerks)]
    )
    assert codes(outcomes) == {"won": 1, "booking.appeal_answered": 5}
    won = next(one for one in outcomes if not isinstance(one, AppealAnswered))
    assert (stored(centre, booking).excused_at is not None) == (won.state == "granted")
    assert len([row for row in centre.published() if row.type == "booking.appeal_answered.v1"]) == 1


def test_undoing_the_no_show_settles_the_appeal(centre: Centre) -> None:
    booking = one_missed(centre)
    made = appeal(centre, booking)
    centre.do("undo_no_show", centre.clerk, booking_id=booking.id, now=LATER)
    with pytest.raises(AppealAnswered):
        answer(centre, made)
    assert centre.do("get_appeal", centre.wang, booking_id=booking.id).state == "granted"


def test_an_erased_account_leaves_no_words_and_a_merged_one_moves(centre: Centre) -> None:
    booking = one_missed(centre)
    made = appeal(centre, booking)
    from uuid import UUID

    wang, li = UUID(centre.wang.account_id), UUID(centre.li.account_id)
    with transaction(centre.engine) as session:
        moving.move(Call(session, LATER), wang, li)
    assert centre.do("get_appeal", centre.li, booking_id=booking.id).made_by == li
    answer(centre, made, "refused")
    with transaction(centre.engine) as session:
        erasure.unname(session, li)
        erasure.unname_appeals(session, li)
        row = session.execute(text("SELECT resident_id, made_by, text, note FROM appeal")).one()
    assert tuple(row) == (booking.id, booking.id, None, None)
