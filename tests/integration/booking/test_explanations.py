"""Refused attempts are remembered as they were decided, and all that stands in the way is said."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound
from chassis.rpc.run_once import run_once
from services.booking.erasure.use_cases import erase
from services.booking.explanations import remembering
from services.booking.explanations.models import RefusedAttempt
from services.booking.explanations.remembering import booking_refused
from services.booking.interface.bookings import BOOK_SPACE, RESCHEDULE_BOOKING
from services.booking.merged_accounts.moving import move
from services.booking.service import BookingService
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, local

LATER = NOW + timedelta(seconds=3, milliseconds=412)


def ask(centre: Centre, verb: Any, acting: Identity, *, key: str | None = None, **payload: Any) -> Any:
    """As a request over RPC does it: with what happens after a refusal."""
    fields = verb.takes.load(verb.payload(payload))
    context = CallContext(acting, correlation_id="c", idempotency_key=key or "k", key_from_caller=key is not None)

    def work(session: Any) -> dict[str, Any]:
        call = Call(session, LATER, acting)
        return {"id": str(BookingService.use_case(verb.name)(call, **fields).id)}

    def remember(session: Any, refusal: Any) -> None:
        BookingService.after_refusals[verb.name](Call(session, LATER, acting), refusal, **fields)

    return run_once(centre.engine, context, False, work, remember)


def times(start: str, end: str) -> dict[str, str]:
    return {"starts_at": local(MONDAY, start).isoformat(), "ends_at": local(MONDAY, end).isoformat()}


def attempts(centre: Centre, acting: Identity, **query: Any) -> list[RefusedAttempt]:
    return list(centre.do("list_refused_attempts", acting, **({"scope": "mine"} | query)).items)


def test_the_loser_learns_who_was_first_and_by_how_much(centre: Centre) -> None:
    won = centre.book("10:00", "11:00")
    outcome = ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("10:30", "11:30"))
    assert outcome.refusal[0] == "booking.space_taken"
    (one,) = attempts(centre, centre.li)
    assert (one.at, one.code, one.starts_at) == (LATER, "booking.space_taken", local(MONDAY, "10:30"))
    (holder,) = one.shown_in_the_way(centre.li, NOW)
    assert (holder.kind, holder.starts_at, holder.ends_at, holder.since) == ("booking", won.starts_at, won.ends_at, NOW)
    assert holder.number is None
    assert one.shown_in_the_way(centre.clerk, NOW)[0].number == won.number
    assert "alternatives" not in one.details
    assert one.sentence["en"] == "The space is already taken at that time."


def test_it_stays_as_it_was_when_the_other_booking_is_cancelled(centre: Centre) -> None:
    won = centre.book("10:00", "11:00")
    ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("10:00", "11:00"))
    centre.do("cancel_booking", centre.wang, booking_id=won.id)
    (one,) = attempts(centre, centre.li)
    assert [holder.since for holder in one.shown_in_the_way(centre.li, NOW)] == [NOW]


def test_a_refused_move_is_remembered_without_the_own_time(centre: Centre) -> None:
    own, other = centre.book("14:00", "15:00", centre.li), centre.book("15:30", "16:30")
    ask(centre, RESCHEDULE_BOOKING, centre.li, booking_id=str(own.id), **times("14:30", "16:00"))
    (one,) = attempts(centre, centre.li)
    assert (one.attempt, one.booking_id) == ("reschedule_booking", own.id)
    assert [holder.starts_at for holder in one.shown_in_the_way(centre.li, NOW)] == [other.starts_at]


def test_one_key_is_remembered_once(centre: Centre) -> None:
    centre.book("10:00", "11:00")
    wanted = {"space_id": str(centre.court.id), **times("10:00", "11:00")}
    said = [ask(centre, BOOK_SPACE, centre.li, key="one", **wanted).refusal for _ in range(3)]
    assert len({str(one) for one in said}) == 1
    assert len(attempts(centre, centre.li)) == 1


def test_a_success_is_not_remembered(centre: Centre) -> None:
    assert ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("10:00", "11:00")).refusal is None
    assert attempts(centre, centre.li) == []


def test_nobody_adds_rows_about_somebody_else(centre: Centre) -> None:
    wanted = {"space_id": str(centre.court.id), "resident_id": centre.wang.account_id, **times("03:00", "04:00")}
    assert ask(centre, BOOK_SPACE, centre.li, **wanted).refusal is not None
    assert attempts(centre, centre.wang) == []
    ask(centre, BOOK_SPACE, centre.clerk, **wanted)
    (one,) = attempts(centre, centre.wang)
    assert one.by_another
    assert one.asked_by == UUID(centre.clerk.account_id or "")


def test_who_tries_on_and_on_does_not_fill_the_table(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST_PER_HOUR", 2)
    for _ in range(4):
        ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("03:00", "04:00"))
    ask(centre, BOOK_SPACE, centre.wang, space_id=str(centre.court.id), **times("03:00", "04:00"))
    assert (len(attempts(centre, centre.li)), len(attempts(centre, centre.wang))) == (2, 1)


def test_who_sees_it(centre: Centre) -> None:
    ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("03:00", "04:00"))
    (one,) = attempts(centre, centre.li)
    for reader in (centre.wang, person("clerk", community="elsewhere")):
        with pytest.raises(NotFound):
            centre.do("get_refused_attempt", reader, attempt_id=one.id)
    assert attempts(centre, centre.wang) == []
    with pytest.raises(Forbidden):
        attempts(centre, centre.wang, resident_id=UUID(centre.li.account_id or ""))
    assert [found.id for found in attempts(centre, centre.clerk, scope="desk")] == [one.id]
    assert attempts(centre, person("clerk", community="elsewhere"), scope="desk") == []


def test_all_that_stands_in_the_way_is_said(centre: Centre) -> None:
    limit = {"community_id": "liuyi", "subject": "resident", "kind": "court", "measure": "count", "period": "day", "allowed": 1}
    centre.do("add_limit", person("admin"), **limit)
    centre.book("10:00", "11:00", centre.li)
    about = {"space_id": centre.court.id, "starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "19:10")}
    found = centre.do("explain_time", centre.li, attendees=10_000, **about)
    codes = [one.code.removeprefix("booking.") for one in found.obstacles]
    assert codes == ["too_long", "over_capacity", "off_grid", "limit_reached", "space_taken"]
    assert not found.possible
    assert [holder.kind for holder in found.in_the_way] == ["booking"]
    assert {"who", "length", "horizon", "capacity", "limit"} <= {rule.code for rule in found.rules}


def test_what_is_possible_can_be_booked(centre: Centre) -> None:
    about = {"space_id": centre.court.id, "starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    assert centre.do("explain_time", centre.li, **about).possible
    centre.book("10:00", "11:00", centre.li)
    assert not centre.do("explain_time", centre.wang, **about).possible


def test_a_wish_for_a_century_is_answered(centre: Centre) -> None:
    about = {"space_id": centre.court.id, "starts_at": local(MONDAY, "10:00")}
    found = centre.do("explain_time", ends_at=local(MONDAY, "10:00") + timedelta(days=36_500), **about)
    assert [one.code for one in found.obstacles] == ["booking.too_long"]


def test_a_merge_and_an_erasure_take_the_rows_along(centre: Centre) -> None:
    ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("03:00", "04:00"))
    goes, stays = UUID(centre.li.account_id or ""), UUID(centre.wang.account_id or "")
    with centre.call() as call:
        move(call, goes, stays)
    (one,) = attempts(centre, centre.wang)
    assert not one.by_another
    with centre.call() as call:
        erase(call, stays)
    assert attempts(centre, centre.clerk, scope="desk") == []


def test_old_ones_are_deleted(centre: Centre) -> None:
    ask(centre, BOOK_SPACE, centre.li, space_id=str(centre.court.id), **times("03:00", "04:00"))
    (expiry,) = [one for one in BookingService.expiries() if getattr(one, "table", "") == "refused_attempt"]
    expiry.delete(centre.engine, LATER + timedelta(days=89), 100)
    assert len(attempts(centre, centre.li)) == 1
    expiry.delete(centre.engine, LATER + timedelta(days=91), 100)
    assert attempts(centre, centre.li) == []


def test_a_refusal_about_no_space_is_not_remembered(centre: Centre) -> None:
    with transaction(centre.engine) as session:
        booking_refused(Call(session, NOW, centre.li), NotFound(), space_id=centre.court.id, **_span(), attendees=1)
    assert attempts(centre, centre.li) == []


def _span() -> dict[str, Any]:
    return {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
