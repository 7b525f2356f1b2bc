"""Spaces that are given only after somebody agrees: requests, answers, and what becomes of those that want the same."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call, Outdated
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound, Refusal, VersionMismatch
from services.booking.approval.lapsing import lapse_unanswered
from services.booking.bookings.models import Booking
from services.booking.erasure import use_cases as erasure
from services.booking.interface.refusals import (
    Closed,
    DateBooked,
    LimitReached,
    NeedsApproval,
    NoLine,
    NoOpenRequest,
    NotCancellable,
    RequestAnswered,
    SpaceTaken,
    TooSoon,
)
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_limits import limit
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, local

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY


@pytest.fixture
def hall(centre: Centre) -> Space:
    """A space that needs approval; the clerk decides."""
    return centre.add_space(needs_approval=True)


def ask(centre: Centre, hall: Space, start: str, end: str, acting: Identity | None = None, **more: Any) -> Booking:
    return centre.book(start, end, acting, space=hall, **{"day": TUESDAY} | more)


def accept(centre: Centre, booking_id: UUID, acting: Identity | None = None, **more: Any) -> Booking:
    answered: Booking = centre.do("accept_request", acting or centre.clerk, booking_id=booking_id, **more)
    return answered


def decline(centre: Centre, booking_id: UUID, acting: Identity | None = None, **more: Any) -> Booking:
    usual = {"booking_id": booking_id, "reason": "unclear"}
    answered: Booking = centre.do("decline_request", acting or centre.clerk, **usual | more)
    return answered


def types(centre: Centre) -> list[str]:
    return [row.type for row in centre.published()]


def state(centre: Centre, booking: Booking) -> str | None:
    stored = centre.stored(booking.id)
    return stored.state if stored else None


def test_a_request_claims_nothing_and_says_by_when_one_hears(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    assert (made.state, made.competing) == ("requested", 0)
    assert made.answer_by == local(TUESDAY, "14:00") - DAY
    assert centre.claims() == []
    (told,) = centre.published()
    assert (told.type, "approver_ids" in told.data) == ("booking.requested.v1", False)
    other = ask(centre, hall, "14:30", "15:30", centre.li)
    assert other.competing == 1
    assert centre.do("get_booking", centre.wang, booking_id=made.id).competing == 1
    assert ask(centre, hall, "15:30", "16:30", person()).competing == 0


def test_one_acceptance_books_and_declines_what_wants_the_same(centre: Centre, hall: Space) -> None:
    first, second = ask(centre, hall, "14:00", "15:00"), ask(centre, hall, "14:30", "15:30", centre.li)
    beside = ask(centre, hall, "15:30", "16:30", person())
    given = accept(centre, first.id)
    assert (given.state, given.decided_by) == ("confirmed", UUID(centre.clerk.account_id or ""))
    assert [claim.holder_id for claim in centre.claims()] == [first.id]
    lost = centre.stored(second.id)
    assert lost and (lost.state, lost.decline_reason) == ("declined", "given_to_another")
    assert state(centre, beside) == "requested"
    confirmed, declined = centre.published()[-2:]
    assert (confirmed.type, confirmed.data["accepted"]) == ("booking.confirmed.v1", True)
    assert (declined.type, declined.data["resident_id"]) == ("booking.declined.v1", centre.li.account_id)
    assert declined.data["alternatives"] and all(one["space_id"] for one in declined.data["alternatives"])


def test_turnover_counts_when_competing_requests_are_declined(centre: Centre) -> None:
    hall = centre.add_space(needs_approval=True, buffer_after_minutes=30)
    first, next_one = ask(centre, hall, "14:00", "15:00"), ask(centre, hall, "15:00", "16:00", centre.li)
    later = ask(centre, hall, "15:30", "16:30", person())
    accept(centre, first.id)
    assert (state(centre, next_one), state(centre, later)) == ("declined", "requested")


def test_requests_for_a_part_and_for_the_whole_compete(centre: Centre) -> None:
    whole = centre.add_space(needs_approval=True, divisible=True)
    parts = [centre.add_space(parent_id=whole.id, needs_approval=True) for _ in range(2)]
    of_whole = ask(centre, whole, "14:00", "15:00")
    of_parts = [ask(centre, part, "14:00", "15:00", person()) for part in parts]
    assert [one.competing for one in of_parts] == [1, 1], "the parts do not compete with each other"
    accept(centre, of_parts[0].id)
    assert (state(centre, of_whole), state(centre, of_parts[1])) == ("declined", "requested")


def test_what_is_taken_is_refused_and_the_request_stays(centre: Centre, hall: Space) -> None:
    taken = accept(centre, ask(centre, hall, "14:00", "15:00").id)
    with pytest.raises(SpaceTaken) as refused:
        ask(centre, hall, "14:30", "15:30", centre.li)
    assert refused.value.details["alternatives"]
    late = ask(centre, hall, "15:00", "16:00", centre.li)
    centre.do("end_booking", centre.clerk, booking_id=taken.id, now=local(TUESDAY, "14:10"))
    with transaction(centre.engine) as session:  # as a session of a club event would
        session.connection().exec_driver_sql(
            "UPDATE claim SET during = tstzrange(lower(during), lower(during) + interval '2 hours')"
        )
    before = len(centre.published())
    with pytest.raises(SpaceTaken):
        accept(centre, late.id)
    assert state(centre, late) == "requested" and len(centre.published()) == before


def test_of_two_approvers_one_decides_and_the_other_is_told(centre: Centre, hall: Space) -> None:
    other = person("clerk")
    for round_ in range(4):
        made = ask(centre, hall, "14:00", "15:00", day=TUESDAY + round_ * DAY)
        outcomes = all_at_once([lambda made=made: accept(centre, made.id), lambda made=made: decline(centre, made.id, other)])
        assert codes(outcomes) == {"won": 1, "booking.request_answered": 1}
        refusal = next(one for one in outcomes if isinstance(one, RequestAnswered))
        decided = centre.stored(made.id)
        assert decided and refusal.details["state"] == decided.state
        assert refusal.details["decided_by"] == str(decided.decided_by)


def test_two_competing_requests_accepted_at_once_give_one(centre: Centre, hall: Space) -> None:
    for round_ in range(4):
        day = TUESDAY + round_ * DAY
        made = [ask(centre, hall, "14:00", "15:00", person(), day=day) for _ in range(4)]
        outcomes = all_at_once([lambda one=one: accept(centre, one.id) for one in made])
        assert codes(outcomes) == {"won": 1, "booking.request_answered": 3}
        assert Counter(state(centre, one) for one in made) == {"confirmed": 1, "declined": 3}
        assert len(centre.claims()) == round_ + 1


def test_a_request_and_an_acceptance_at_once_leave_no_request_for_a_time_that_is_given(centre: Centre, hall: Space) -> None:
    for round_ in range(6):
        day = TUESDAY + round_ * DAY
        first = ask(centre, hall, "14:00", "15:00", day=day)
        acts = [lambda first=first: patiently(centre, first.id)]
        acts += [lambda day=day: ask(centre, hall, "14:30", "15:30", person(), day=day) for _ in range(3)]
        outcomes = all_at_once(acts)
        assert not isinstance(outcomes[0], Refusal)
        with reading(centre.engine) as session:
            waiting = select(Booking.id).where(Booking.state == "requested")
            assert session.scalars(waiting).all() == []


def patiently(centre: Centre, booking_id: UUID) -> Booking:
    """As `run_once` does: again as long as others ask for the same time meanwhile."""
    for _ in range(4):
        try:
            return accept(centre, booking_id)
        except Outdated:
            continue
    return accept(centre, booking_id)


def test_named_approvers_decide_and_nobody_else(centre: Centre) -> None:
    mediator = person("mediator")
    hall = centre.add_space(needs_approval=True, approver_ids=[UUID(mediator.account_id or "")])
    made = ask(centre, hall, "14:00", "15:00")
    assert centre.published()[0].data["approver_ids"] == [mediator.account_id]
    assert centre.do("list_requests", centre.clerk).items == []
    with pytest.raises(Forbidden):
        accept(centre, made.id)
    with pytest.raises(NotFound):
        accept(centre, made.id, person("mediator"))
    with pytest.raises(NotFound):
        accept(centre, made.id, person())
    waiting = centre.do("list_requests", mediator)
    assert ([one.id for one in waiting.items], waiting.count) == ([made.id], 1)
    assert "accept" in waiting.items[0].can(mediator, NOW) and "accept" not in waiting.items[0].can(centre.clerk, NOW)
    with pytest.raises(NotFound):
        accept(centre, made.id, Identity(account_id=mediator.account_id, party="staff", community_id="yuxin"))
    assert accept(centre, made.id, mediator).state == "confirmed"


def test_the_list_is_of_the_own_communities_and_what_lapses_first_comes_first(centre: Centre, hall: Space) -> None:
    late = ask(centre, hall, "14:00", "15:00", day=TUESDAY + DAY)
    soon = ask(centre, hall, "14:00", "15:00", centre.li)
    assert [one.id for one in centre.do("list_requests", centre.clerk).items] == [soon.id, late.id]
    assert centre.do("list_requests", person("clerk", community="yuxin")).items == []
    assert centre.do("list_requests", person("handler")).items == []
    with pytest.raises(Forbidden):
        centre.do("list_requests", centre.wang)


def test_a_declined_request_has_a_reason_and_its_note_does_not_travel(centre: Centre, hall: Space) -> None:
    made = decline(centre, ask(centre, hall, "14:00", "15:00").id, reason="unsuitable", note="不能放音乐")
    assert (made.state, made.decline_reason, made.decline_note) == ("declined", "unsuitable", "不能放音乐")
    told = centre.published()[-1]
    assert told.data["reason_words"]["en"] == "The space does not suit the purpose"
    assert "音乐" not in str([row.data for row in centre.published()])
    with pytest.raises(RequestAnswered) as refused:
        accept(centre, made.id)
    assert refused.value.details["state"] == "declined"
    with pytest.raises(NotCancellable):
        centre.do("cancel_booking", centre.wang, booking_id=made.id)


def test_a_request_lapses_once_when_nobody_answers_and_not_before(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    due = local(TUESDAY, "14:00") - DAY

    def lapse(now: Any) -> None:
        with transaction(centre.engine) as session:
            lapse_unanswered(Call(session, now))

    lapse(due - timedelta(seconds=1))
    assert state(centre, made) == "requested"
    with pytest.raises(RequestAnswered):
        accept(centre, made.id, now=due)
    all_at_once([lambda: lapse(due), lambda: lapse(due)])
    assert state(centre, made) == "lapsed"
    assert types(centre) == ["booking.requested.v1", "booking.request_lapsed.v1"]


def test_who_asks_must_leave_time_for_the_answer(centre: Centre, hall: Space) -> None:
    with pytest.raises(TooSoon) as refused:
        ask(centre, hall, "09:00", "10:00", day=MONDAY)
    assert refused.value.details["min_notice_minutes"] == 1440
    assert centre.free(hall)[0][0] >= (NOW + DAY).timestamp()
    beyond = ask(centre, hall, "09:00", "10:00", centre.clerk, day=MONDAY, beyond_reason="急用")
    assert beyond.answer_by == beyond.starts_at, "staff may ask late: it lapses at its start"


def test_a_request_is_withdrawn_and_moved_by_its_resident(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    assert {"cancel", "move"} <= set(made.can(centre.wang, NOW))
    times = {"starts_at": local(TUESDAY, "16:00"), "ends_at": local(TUESDAY, "17:00")}
    moved = centre.do("reschedule_booking", centre.wang, booking_id=made.id, **times)
    assert (moved.state, moved.answer_by) == ("requested", local(TUESDAY, "16:00") - DAY)
    assert centre.published()[-1].type == "booking.requested.v1" and "previous_starts_at" in centre.published()[-1].data
    centre.do("cancel_booking", centre.wang, booking_id=made.id)
    assert types(centre)[-1] == "booking.cancelled.v1" and centre.claims() == []
    with pytest.raises(RequestAnswered):
        accept(centre, made.id)


def test_a_request_that_moves_to_a_space_without_approval_is_booked(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    times = {"starts_at": made.starts_at, "ends_at": made.ends_at, "space_id": centre.court.id}
    moved = centre.do("reschedule_booking", centre.wang, booking_id=made.id, **times)
    assert moved.state == "confirmed" and len(centre.claims()) == 1
    assert types(centre)[-1] == "booking.confirmed.v1"


def test_an_accepted_booking_is_not_moved_past_the_approvers(centre: Centre, hall: Space) -> None:
    made = accept(centre, ask(centre, hall, "14:00", "15:00").id)
    elsewhere = centre.book("14:00", "15:00", day=TUESDAY)
    times = {"starts_at": local(TUESDAY, "16:00"), "ends_at": local(TUESDAY, "17:00")}
    with pytest.raises(NeedsApproval):
        centre.do("reschedule_booking", centre.wang, booking_id=made.id, **times)
    with pytest.raises(NeedsApproval):
        centre.do("reschedule_booking", centre.wang, booking_id=elsewhere.id, space_id=hall.id, **times)
    assert "move" not in centre.do("get_booking", centre.wang, booking_id=made.id).can(centre.wang, NOW)
    assert centre.do("reschedule_booking", centre.clerk, booking_id=made.id, **times).starts_at == times["starts_at"]


def test_requests_count_for_limits_and_are_checked_again_when_accepted(centre: Centre, hall: Space) -> None:
    first = ask(centre, hall, "14:00", "15:00")
    ask(centre, hall, "16:00", "17:00")
    limit(centre, allowed=1)
    with pytest.raises(LimitReached):
        ask(centre, hall, "18:00", "19:00")
    with pytest.raises(LimitReached):
        accept(centre, first.id)
    assert state(centre, first) == "requested"


def test_another_version_is_refused(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    centre.do("change_attendees", centre.wang, booking_id=made.id, attendees=3)
    with pytest.raises(VersionMismatch):
        accept(centre, made.id, expected_version=1)


def test_a_closure_declines_the_requests_in_its_way(centre: Centre, hall: Space) -> None:
    made, other = ask(centre, hall, "14:00", "15:00"), ask(centre, hall, "18:00", "19:00", centre.li)
    about = {"community_id": "liuyi", "whole": False, "space_ids": [hall.id]}
    when = {"starts_at": local(TUESDAY, "13:00"), "ends_at": local(TUESDAY, "16:00")}
    admin = person("admin")
    plan = centre.do("preview_closure", admin, **about, **when)
    assert (plan.items, plan.requests) == ([], 1)
    centre.do("close_spaces", admin, **about, **when, reason="maintenance", decisions=[])
    lost = centre.stored(made.id)
    assert lost and (lost.state, lost.decline_reason) == ("declined", "closed")
    assert state(centre, other) == "requested"
    assert types(centre).count("booking.declined.v1") == 1
    with pytest.raises(Closed):
        ask(centre, hall, "14:00", "15:00")


def test_an_erased_account_has_no_requests_left(centre: Centre, hall: Space) -> None:
    made = ask(centre, hall, "14:00", "15:00")
    gone = decline(centre, ask(centre, hall, "16:00", "17:00").id, note="不能放音乐")
    with centre.call() as call:
        account = UUID(centre.wang.account_id or "")
        erasure.erase_account(call, erasure_id=uuid4(), account_id=account, community_id="liuyi")
    assert state(centre, made) == "cancelled"
    kept = centre.stored(gone.id)
    assert kept and (kept.resident_id, kept.decline_note) == (kept.id, None)


# --- series ---


def series(centre: Centre, hall: Space, **more: Any) -> Any:
    rule = {"rrule": "FREQ=DAILY;COUNT=3", "starts_on": TUESDAY, "starts_at": "18:00", "minutes": 60}
    return centre.do("book_series", centre.wang, space_id=hall.id, **rule | more)


def shown(found: Any) -> list[str]:
    return [one.state for one in found.dates]


def test_a_series_is_a_request_for_each_date_and_one_message(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    assert shown(made) == ["requested"] * 3 and centre.claims() == []
    assert types(centre) == ["booking.requested.v1"] * 3 + ["booking.series_requested.v1"]
    with pytest.raises(DateBooked):
        centre.do("add_series_date", centre.wang, series_id=made.series.id, day=TUESDAY)


def test_o1_two_tabs_refuse_one_date_and_two_stand_with_one_message(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    before, second = len(centre.published()), made.dates[1].booking_id
    outcomes = all_at_once([lambda: decline(centre, second)] * 2)
    assert codes(outcomes) == {"won": 1, "booking.request_answered": 1}
    assert shown(centre.do("get_series", centre.wang, series_id=made.series.id)) == ["requested", "declined", "requested"]
    assert types(centre)[before:] == ["booking.declined.v1"]
    assert "told_by_series" not in centre.published()[-1].data, "the message about the date tells the resident"


def test_o2_one_date_is_accepted_and_then_all_with_one_message(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    accept(centre, made.dates[0].booking_id)
    before = len(centre.published())
    given = centre.do("accept_series_requests", centre.clerk, series_id=made.series.id)
    assert shown(given) == ["booked"] * 3 and len(centre.claims()) == 3
    told = centre.published()[before:]
    assert [row.type for row in told] == ["booking.confirmed.v1"] * 2 + ["booking.series_accepted.v1"]
    assert all(row.data["told_by_series"] for row in told[:2]) and told[2].data["dates"] == 2
    with pytest.raises(NoOpenRequest):
        centre.do("accept_series_requests", centre.clerk, series_id=made.series.id)


def test_accepting_a_series_leaves_the_date_that_is_taken_a_request(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    rival = ask(centre, hall, "18:30", "19:30", centre.li, day=TUESDAY + 2 * DAY)
    centre.do(
        "close_spaces", person("admin"), community_id="liuyi", whole=False, space_ids=[hall.id], reason="other",
        starts_at=local(TUESDAY + DAY, "20:00"), ends_at=local(TUESDAY + DAY, "21:00"), decisions=[],
    )  # fmt: skip
    with transaction(centre.engine) as session:  # a date that no longer fits, whatever the reason
        session.execute(select(Booking).where(Booking.id == made.dates[1].booking_id)).scalar_one().attendees = 99
    given = centre.do("accept_series_requests", centre.clerk, series_id=made.series.id)
    assert [one.code or one.state for one in given.dates] == ["booked", "booking.over_capacity", "booked"]
    assert given.dates[1].state == "requested"
    assert state(centre, rival) == "declined", "it wanted the time of the third date"
    assert centre.published()[-1].data["kept"] == 1


def test_declining_a_series_is_one_message(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    before = len(centre.published())
    declined = centre.do("decline_series_requests", centre.clerk, series_id=made.series.id, reason="rules")
    assert shown(declined) == ["declined"] * 3
    assert types(centre)[before:] == ["booking.declined.v1"] * 3 + ["booking.series_declined.v1"]
    again = centre.do("add_series_date", centre.wang, series_id=made.series.id, day=TUESDAY)
    assert shown(again) == ["requested", "declined", "declined"]


def test_a_series_of_requests_is_changed_and_cancelled(centre: Centre, hall: Space) -> None:
    made = series(centre, hall)
    changed = centre.do("change_series", centre.wang, series_id=made.series.id, from_day=TUESDAY, starts_at="19:00")
    assert shown(changed) == ["requested"] * 3 and centre.claims() == []
    assert types(centre)[-4:] == ["booking.requested.v1"] * 3 + ["booking.series_changed.v1"]
    cancelled = centre.do("cancel_series", centre.wang, series_id=made.series.id)
    assert shown(cancelled) == ["cancelled"] * 3


def test_nobody_waits_in_line_for_a_space_that_needs_approval(centre: Centre, hall: Space) -> None:
    accept(centre, ask(centre, hall, "14:00", "15:00").id)
    times = {"starts_at": local(TUESDAY, "14:00"), "ends_at": local(TUESDAY, "15:00")}
    with pytest.raises(NoLine):
        centre.do("wait_for_space", centre.li, space_id=hall.id, **times)


def test_requests_are_no_use_of_the_space(centre: Centre, hall: Space) -> None:
    ask(centre, hall, "14:00", "15:00")
    decline(centre, ask(centre, hall, "16:00", "17:00").id)
    accept(centre, ask(centre, hall, "18:00", "19:00").id)
    found = centre.do("get_occupancy", person("supervisor"), first_day=TUESDAY, last_day=TUESDAY)
    of_hall = next(one for one in found.spaces if one.space.id == hall.id)
    assert (of_hall.bookings, of_hall.cancelled) == (1, 0)
    assert found.states == [
        {"state": "confirmed", "bookings": 1},
        {"state": "declined", "bookings": 1},
        {"state": "requested", "bookings": 1},
    ]
