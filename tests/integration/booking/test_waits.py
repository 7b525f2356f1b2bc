"""Waiting for a time: who gets what is freed, in which order, and what becomes of offers."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select, text

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.bookings.models import Booking
from services.booking.erasure import use_cases as erasure
from services.booking.interface.refusals import (
    AlreadyWaiting,
    Closed,
    LimitReached,
    NotForYourCommunity,
    OfferOver,
    SpaceTaken,
    TimeIsFree,
    TooFar,
    TooLateToWait,
    TooManyWaits,
    WaitOver,
    WindowTooWide,
)
from services.booking.merged_accounts.moving import move
from services.booking.service import BookingService
from services.booking.waits import offering
from services.booking.waits.models import FreedTime, Wait, WaitOffer
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_limits import limit
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, local

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def times(start: str, end: str) -> dict[str, datetime]:
    return {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}


def ask(centre: Centre, acting: Identity, start: str = "18:00", end: str = "19:00", now: datetime = NOW, **more: Any) -> Any:
    """Wait for the court on Monday."""
    wanted = {"space_id": centre.court.id, **times(start, end)} | more
    return centre.do("wait_for_space", acting, now=now, **wanted)


def sweep(centre: Centre, now: datetime = NOW, steps: int = 100) -> int:
    """What the service does when it is woken: steps, each a transaction, until there is nothing to do. Returns how many."""
    for step in range(steps):
        with transaction(centre.engine) as session:
            if not offering.step(Call(session, now)):
                return step
    raise AssertionError("it never ends")


def offer_of(centre: Centre, wait: Any) -> WaitOffer | None:
    with reading(centre.engine) as session:
        return session.scalar(select(WaitOffer).where(WaitOffer.wait_id == wait.id, WaitOffer.state == "open"))


def state_of(centre: Centre, wait: Any) -> str:
    with reading(centre.engine) as session:
        return session.get_one(Wait, wait.id).state


def answer(centre: Centre, verb: str, acting: Identity, wait: Any, now: datetime = NOW) -> Any:
    offer = offer_of(centre, wait)
    return centre.do(verb, acting, now=now, wait_id=wait.id, offer_id=offer.id if offer else uuid4())


def told(centre: Centre) -> list[tuple[str, str]]:
    """Who was told of what about waiting: type and resident."""
    return [(row.type, row.data["resident_id"]) for row in centre.published() if row.type.startswith("booking.wait_")]


def test_a_freed_time_is_held_for_the_first_in_line_who_books_it_with_one_answer(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    first, second = person(), person()
    one, two = ask(centre, first), ask(centre, second, now=NOW + MINUTE)
    assert (one.place, two.place, one.offer, one.state) == (1, 2, None, "waiting")
    sweep(centre)
    assert told(centre) == []
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    offer = offer_of(centre, one)
    assert offer is not None and offer.expires_at == NOW + 2 * HOUR
    assert told(centre) == [("booking.wait_offered.v1", first.account_id)]
    with pytest.raises(SpaceTaken):
        centre.book("18:00", "19:00", person())
    assert centre.do("get_wait", second, wait_id=two.id).place == 2, "the offer is still before them"
    made = answer(centre, "accept_offer", first, one)
    stored = centre.stored(made.id)
    assert stored is not None and (stored.state, str(stored.resident_id)) == ("confirmed", first.account_id)
    assert [(claim.holder_id, claim.state) for claim in centre.claims()] == [(made.id, "confirmed")]
    assert [row.type for row in centre.published()][-1] == "booking.confirmed.v1"
    assert (state_of(centre, one), state_of(centre, two)) == ("fulfilled", "waiting")
    again = centre.do("accept_offer", first, wait_id=one.id, offer_id=offer.id)
    assert again.id == made.id, "sent twice, booked once"
    sweep(centre, NOW + 3 * HOUR)
    assert len(told(centre)) == 1


def test_who_declines_leaves_it_to_the_next_at_once_and_silence_does_after_two_hours(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    people = [person() for _ in range(3)]
    waits = [ask(centre, who, now=NOW + n * MINUTE) for n, who in enumerate(people)]
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    answer(centre, "decline_offer", people[0], waits[0])
    sweep(centre)
    assert offer_of(centre, waits[1]) is not None and state_of(centre, waits[0]) == "declined"
    sweep(centre, NOW + 2 * HOUR - MINUTE)
    assert offer_of(centre, waits[2]) is None
    sweep(centre, NOW + 2 * HOUR)
    assert state_of(centre, waits[1]) == "lapsed" and offer_of(centre, waits[2]) is not None
    kinds = [
        (type_.removeprefix("booking.wait_"), people.index(next(p for p in people if p.account_id == who)))
        for type_, who in told(centre)
    ]
    assert kinds == [("offered.v1", 0), ("offered.v1", 1), ("unfulfilled.v1", 1), ("offered.v1", 2)]
    with pytest.raises(OfferOver):
        answer(centre, "accept_offer", people[1], waits[1], NOW + 2 * HOUR)


def test_every_way_of_freeing_a_time_reaches_those_who_wait(centre: Centre) -> None:
    """Moved away, a date of a series, a hold that expires, an erased account, and a closure that is taken back."""
    moved = centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    centre.do("reschedule_booking", centre.wang, booking_id=moved.id, **times("20:00", "21:00"))
    sweep(centre)
    assert offer_of(centre, wait) is not None
    other = ask(centre, person(), "20:00", "21:00")
    sweep(centre)
    assert offer_of(centre, other) is None
    with centre.call() as call:
        call.session.execute(
            text("UPDATE claim SET state = 'held', expires_at = :at WHERE holder_id = :id"), {"at": NOW + HOUR, "id": moved.id}
        )
    sweep(centre, NOW + HOUR - MINUTE)
    assert offer_of(centre, other) is None
    sweep(centre, NOW + HOUR)
    assert offer_of(centre, other) is not None


def test_when_a_running_booking_ends_early_too_little_time_may_be_left(centre: Centre) -> None:
    booking = centre.book("18:00", "20:00")
    now = local(MONDAY, "18:10")
    near, far = person(), person()
    late = ask(centre, far, "19:00", "20:00", now=now)
    centre.do("end_booking", centre.wang, now=now, booking_id=booking.id)
    sweep(centre, now)
    offer = offer_of(centre, late)
    assert offer is not None and offer.expires_at == local(MONDAY, "19:00"), "not later than the start"
    with pytest.raises(TooLateToWait):
        centre.book("20:00", "21:00")
        ask(centre, near, "20:00", "21:00", now=local(MONDAY, "19:50"))


def test_who_waits_in_vain_is_told_once(centre: Centre) -> None:
    centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    assert wait.open_until == local(MONDAY, "17:45")
    sweep(centre, local(MONDAY, "17:44"))
    assert state_of(centre, wait) == "waiting"
    for _ in range(2):
        sweep(centre, local(MONDAY, "17:45"))
    assert told(centre) == [("booking.wait_unfulfilled.v1", centre.li.account_id)]
    assert state_of(centre, wait) == "unfulfilled"
    with pytest.raises(WaitOver):
        centre.do("cancel_wait", centre.li, wait_id=wait.id)


def test_nobody_waits_for_what_could_not_be_booked_or_is_free(centre: Centre) -> None:
    with pytest.raises(TimeIsFree) as free:
        ask(centre, centre.li)
    assert free.value.details["alternatives"][0]["starts_at"] == local(MONDAY, "18:00").isoformat().replace(
        "18:00:00+08:00", "10:00:00+00:00"
    )
    for refusal, start, end in ((Closed, "12:30", "13:30"), (Closed, "22:00", "23:00")):
        with pytest.raises(refusal):
            ask(centre, centre.li, start, end)
    with pytest.raises(TooFar):
        far = {"starts_at": local(MONDAY + timedelta(days=40), "18:00"), "ends_at": local(MONDAY + timedelta(days=40), "19:00")}
        centre.do("wait_for_space", centre.li, space_id=centre.court.id, **far)
    with pytest.raises(NotFound):
        ask(centre, centre.li, space_id=uuid4())
    own = centre.add_space(open_to="community")
    centre.book("18:00", "19:00", space=own)
    with pytest.raises(NotForYourCommunity):
        ask(centre, person(community="yuxin"), space_id=own.id)
    with reading(centre.engine) as session:
        assert session.scalars(select(Wait)).all() == []


def test_one_wait_for_a_time_and_five_at_once(centre: Centre) -> None:
    for hour in (8, 9, 10, 11, 14, 15):
        centre.book(f"{hour:02d}:00", f"{hour + 1:02d}:00", person())
    for hour in (8, 9, 10, 11, 14):
        ask(centre, centre.li, f"{hour:02d}:00", f"{hour + 1:02d}:00")
    with pytest.raises(AlreadyWaiting):
        ask(centre, centre.li, "08:00", "09:00")
    with pytest.raises(TooManyWaits):
        ask(centre, centre.li, "15:00", "16:00")


def test_the_same_wish_twice_at_once_is_one(centre: Centre) -> None:
    centre.book("18:00", "19:00")
    outcomes = all_at_once([lambda: ask(centre, centre.li) for _ in range(4)])
    assert codes(outcomes) == {"won": 1, "booking.already_waiting": 3}


def test_another_time_of_the_day_and_another_court_will_do(centre: Centre) -> None:
    other = centre.add_space()
    for space in (centre.court, other):
        for start, end in (("14:00", "16:00"), ("16:00", "18:00"), ("18:00", "20:00"), ("20:00", "22:00")):
            centre.book(start, end, person(), space=space)
    window = {"earliest_at": local(MONDAY, "17:00"), "latest_at": local(MONDAY, "21:00")}
    wait = ask(centre, centre.li, alike=True, **window)
    assert wait.space_ids == [centre.court.id, other.id]
    with reading(centre.engine) as session:
        late = session.scalars(
            select(Booking).where(Booking.space_id == other.id, Booking.starts_at == local(MONDAY, "20:00"))
        ).one()
    with pytest.raises(WindowTooWide):
        ask(centre, centre.wang, earliest_at=local(MONDAY, "17:00"), latest_at=local(MONDAY + timedelta(days=1), "21:00"))
    centre.do("cancel_booking", centre.clerk, booking_id=late.id)
    sweep(centre)
    offer = offer_of(centre, wait)
    assert offer is not None and (offer.space_id, offer.starts_at) == (other.id, local(MONDAY, "20:00"))
    answer(centre, "decline_offer", centre.li, wait)
    sweep(centre)
    assert (state_of(centre, wait), offer_of(centre, wait)) == ("waiting", None), "what was declined is not offered again"


def test_staff_put_a_resident_in_front_and_say_so_in_no_message(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    ask(centre, centre.li)
    grandma = uuid4()
    with pytest.raises(Forbidden):
        ask(centre, person(), care=True)
    first = ask(centre, centre.clerk, resident_id=grandma, care=True, now=NOW + MINUTE)
    assert first.place == 1
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    assert offer_of(centre, first) is not None
    made = answer(centre, "accept_offer", centre.clerk, first)
    assert (made.resident_id, str(made.booked_by)) == (grandma, centre.clerk.account_id)


def test_waits_of_others_are_not_there(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    stranger, elsewhere, viewer = person(), person("clerk", community="yuxin"), person("supervisor")
    for who in (stranger, elsewhere):
        for verb, more in (("get_wait", {}), ("cancel_wait", {}), ("accept_offer", {"offer_id": uuid4()})):
            with pytest.raises(NotFound):
                centre.do(verb, who, wait_id=wait.id, **more)
        assert centre.do("list_waits", who, scope="mine").items == []
    with pytest.raises(Forbidden):
        centre.do("cancel_wait", viewer, wait_id=wait.id)
    assert [one.id for one in centre.do("list_waits", viewer, scope="desk").items] == [wait.id]
    assert centre.do("list_waits", elsewhere, scope="desk").items == []
    on_other_day = {"start": local(MONDAY + timedelta(days=1), "00:00"), "end": local(MONDAY + timedelta(days=2), "00:00")}
    assert centre.do("list_waits", viewer, scope="desk", **on_other_day).items == []
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    mine = centre.do("list_waits", centre.li, scope="mine").items[0]
    assert (mine.can(centre.li, NOW), mine.can(viewer, NOW)) == (["accept", "decline", "cancel"], [])
    centre.do("cancel_wait", centre.li, wait_id=wait.id)
    assert centre.claims() == []


def test_limits_count_when_the_offer_is_taken_and_the_offer_stays(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    limit(centre, allowed=1, period="day")
    mine = centre.book("14:00", "15:00", centre.li)
    wait = ask(centre, centre.li)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    with pytest.raises(LimitReached):
        answer(centre, "accept_offer", centre.li, wait)
    centre.do("cancel_booking", centre.li, booking_id=mine.id)
    assert answer(centre, "accept_offer", centre.li, wait).state == "confirmed"


def test_a_closure_that_came_meanwhile_is_in_the_way(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    with transaction(centre.engine) as session:
        session.execute(text("UPDATE space SET opening_hours = '[]'"))
    with pytest.raises(Closed):
        answer(centre, "accept_offer", centre.li, wait)


def test_opening_hours_that_come_back_are_offered(centre: Centre) -> None:
    centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    hall = centre.add_space()  # a calendar change of the community
    assert hall.id
    sweep(centre)
    assert offer_of(centre, wait) is None
    with transaction(centre.engine) as session:
        session.execute(text("UPDATE claim SET state = 'released'"))
        session.execute(text("DELETE FROM freed_time"))
        session.execute(text("UPDATE space SET capacity = 5"))
    sweep(centre)
    assert offer_of(centre, wait) is not None


def test_a_booking_that_was_freed_when_nobody_had_asked_yet_is_not_missed(centre: Centre) -> None:
    """The freeing transaction saw no wait, and the wait saw no free time: the two overlap."""
    booking = centre.book("18:00", "19:00")
    with centre.call(centre.li) as call:
        wait = BookingService.use_case("wait_for_space")(call, space_id=centre.court.id, **times("18:00", "19:00"))
        centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    assert offer_of(centre, wait) is not None


def test_changes_of_the_calendar_are_looked_at_together(centre: Centre) -> None:
    """Found by bench.race: each change notes the time of everybody who waits. One of these a step was too slow."""
    centre.book("18:00", "19:00")
    for _ in range(10):
        ask(centre, person())
    sweep(centre)
    for _ in range(10):
        centre.add_space()
    with reading(centre.engine) as session:
        assert session.scalar(text("SELECT count(*) FROM freed_time")) == 100
    assert sweep(centre) == 1


def test_what_is_freed_while_a_step_looks_is_looked_at_again(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    with transaction(centre.engine) as session:
        assert offering.step(Call(session, NOW)), "it has seen that nothing is free"
        centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    assert offer_of(centre, wait) is not None


def test_two_cancel_at_once_and_sweeps_run_and_two_people_get_one_each(centre: Centre) -> None:
    other = centre.add_space()
    for _ in range(4):
        bookings = [centre.book("18:00", "19:00", centre.clerk, space=space) for space in (centre.court, other)]
        people = [person(), person()]
        waits = [ask(centre, who, alike=True) for who in people]
        all_at_once([partial(centre.do, "cancel_booking", centre.clerk, booking_id=one.id) for one in bookings])
        all_at_once([partial(sweep, centre) for _ in range(3)])
        sweep(centre)
        offers = [offer_of(centre, wait) for wait in waits]
        assert {offer.space_id for offer in offers if offer} == {centre.court.id, other.id}
        all_at_once([partial(centre.do, "cancel_wait", people[i], wait_id=waits[i].id) for i in (0, 1)])
        assert centre.claims() == []


def test_an_offer_and_a_booking_at_once_give_the_time_to_one(centre: Centre) -> None:
    for _ in range(6):
        booking = centre.book("18:00", "19:00", centre.clerk)
        wait = ask(centre, centre.li)
        centre.do("cancel_booking", centre.clerk, booking_id=booking.id)
        booked, _ = all_at_once([partial(centre.book, "18:00", "19:00", centre.clerk), partial(sweep, centre)])
        lucky = offer_of(centre, wait) is not None
        assert lucky == isinstance(booked, SpaceTaken)
        assert len(centre.claims()) == 1
        centre.do("cancel_wait", centre.li, wait_id=wait.id)
        if not isinstance(booked, Refusal):
            centre.do("cancel_booking", centre.clerk, booking_id=booked.id)
        assert centre.claims() == []


def test_accepting_and_expiring_at_once_gives_it_to_one(centre: Centre) -> None:
    just_in_time, too_late = NOW + 2 * HOUR - MINUTE, NOW + 2 * HOUR
    for _ in range(6):
        booking = centre.book("18:00", "19:00", centre.clerk)
        people = [person(), person()]
        waits = [ask(centre, who, now=NOW + n * MINUTE) for n, who in enumerate(people)]
        centre.do("cancel_booking", centre.clerk, booking_id=booking.id)
        sweep(centre)
        accept = partial(answer, centre, "accept_offer", people[0], waits[0], just_in_time)
        accepted, _ = all_at_once([accept, partial(sweep, centre, too_late)])
        assert isinstance(accepted, Refusal) == (offer_of(centre, waits[1]) is not None)
        assert len(centre.claims()) == 1
        centre.do("cancel_wait", people[1], now=too_late, wait_id=waits[1].id)
        if not isinstance(accepted, Refusal):
            centre.do("cancel_booking", people[0], booking_id=accepted.id)
        assert centre.claims() == []


def test_a_process_that_dies_between_freeing_and_offering_loses_nothing(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    wait = ask(centre, centre.li)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    for _ in range(3):  # it dies in the middle of the offer
        with pytest.raises(KeyboardInterrupt), transaction(centre.engine) as session:
            offering.step(Call(session, NOW))
            raise KeyboardInterrupt
    assert (offer_of(centre, wait), told(centre), centre.claims()) == (None, [], [])
    sweep(centre)
    assert len(told(centre)) == len(centre.claims()) == 1
    with reading(centre.engine) as session:
        assert session.scalars(select(FreedTime)).all() == [], "nothing is left to do"


def test_an_erased_account_waits_for_nothing_and_what_was_held_goes_on(centre: Centre) -> None:
    booking = centre.book("18:00", "19:00")
    one, two = ask(centre, centre.li), ask(centre, person(), now=NOW + MINUTE)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    sweep(centre)
    with centre.call() as call:
        erasure.erase_account(call, erasure_id=uuid4(), account_id=UUID(str(centre.li.account_id)), community_id="liuyi")
    sweep(centre)
    assert offer_of(centre, two) is not None
    with reading(centre.engine) as session:
        assert session.get(Wait, one.id) is None


def test_merged_accounts_wait_once(centre: Centre) -> None:
    centre.book("18:00", "19:00")
    centre.book("20:00", "21:00")
    twice, kept = ask(centre, centre.li), ask(centre, centre.clerk, resident_id=UUID(str(centre.wang.account_id)))
    other = ask(centre, centre.li, "20:00", "21:00")
    with centre.call() as call:
        move(call, UUID(str(centre.li.account_id)), UUID(str(centre.wang.account_id)))
    with reading(centre.engine) as session:
        found = {wait.id: (wait.state, str(wait.resident_id)) for wait in session.scalars(select(Wait))}
    wang = str(centre.wang.account_id)
    assert found == {twice.id: ("withdrawn", wang), kept.id: ("waiting", wang), other.id: ("waiting", wang)}


def test_a_guardian_waits_for_a_child(centre: Centre) -> None:
    centre.book("18:00", "19:00")
    child = uuid4()
    guardian = replace(centre.li, children=frozenset({str(child)}))
    wait = ask(centre, guardian, resident_id=child)
    assert [one.id for one in centre.do("list_waits", guardian, scope="mine").items] == [wait.id]
    with pytest.raises(Forbidden):
        ask(centre, centre.li, resident_id=child)


def test_many_waits_cost_the_same_number_of_statements(centre: Centre) -> None:
    for hour in (14, 15, 16, 17):
        centre.book(f"{hour}:00", f"{hour + 1}:00")
    counts = []
    for hours in ((14,), (15, 16, 17)):
        for hour in hours:
            ask(centre, centre.li, f"{hour}:00", f"{hour + 1}:00")
        seen: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(centre.engine, "before_cursor_execute", note)
        centre.do("list_waits", centre.li, scope="mine")
        event.remove(centre.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3
