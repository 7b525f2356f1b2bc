"""What booking does when an account was erased."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text

from chassis.database import erased
from chassis.database.engine import reading, transaction
from chassis.rpc.identity import Identity
from services.booking.bookings.models import Booking
from services.booking.erasure import use_cases
from services.booking.merged_accounts import use_cases as merging
from services.booking.merged_accounts.models import MergedAccount
from tests.integration.booking.conftest import Centre, person, wait_for_lock
from tests.unit.booking.spaces import MONDAY, NOW, local

EVENING = local(MONDAY, "21:00")


def erase(centre: Centre, account_id: str, erasure_id: UUID | None = None) -> dict[str, object]:
    """On Monday evening. What booking answers."""
    with centre.call(now=EVENING) as call:
        use_cases.erase_account(call, erasure_id=erasure_id or uuid4(), account_id=UUID(account_id), community_id="liuyi")
    answer: dict[str, object] = centre.published()[-1].data
    return answer


def test_what_is_to_come_is_given_back_and_what_was_names_nobody(centre: Centre) -> None:
    past = centre.book("10:00", "11:00", purpose="给母亲过生日")
    coming = centre.book("10:00", "11:00", day=MONDAY + timedelta(days=1), purpose="打球")
    other = centre.book("11:00", "12:00", centre.li, purpose="练球")
    answer = erase(centre, str(centre.wang.account_id))
    assert answer["erased"] == [{"what": "coming_bookings", "count": 1}]
    assert answer["kept"] == [{"what": "bookings", "count": 2, "reason": "statistics"}]
    assert [row.type for row in centre.published()][-2:] == ["booking.cancelled.v1", "booking.account_erased.v1"]
    assert coming.id not in {claim.holder_id for claim in centre.claims()}, "the time is free again"
    for booking in (past, coming):
        kept = centre.stored(booking.id)
        assert kept is not None
        assert (kept.resident_id, kept.booked_by, kept.purpose) == (kept.id, kept.id, None)
    untouched = centre.stored(other.id)
    assert untouched is not None and (str(untouched.resident_id), untouched.purpose) == (centre.li.account_id, "练球")


def test_a_booking_that_staff_made_still_says_which_of_the_staff(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", centre.clerk, resident_id=UUID(str(centre.wang.account_id)))
    erase(centre, str(centre.wang.account_id))
    kept = centre.stored(booking.id)
    assert kept is not None and (kept.resident_id, str(kept.booked_by)) == (kept.id, centre.clerk.account_id)


def test_a_booking_that_a_guardian_made_for_a_child_stays_and_loses_who_made_it(centre: Centre) -> None:
    child = uuid4()
    guardian = replace(centre.wang, children=frozenset({str(child)}))
    booking = centre.book("10:00", "11:00", guardian, resident_id=child)
    erase(centre, str(centre.wang.account_id))
    kept = centre.stored(booking.id)
    assert kept is not None and (kept.resident_id, kept.booked_by) == (child, kept.id)


def test_a_second_time_and_an_unknown_account_are_answered_and_change_nothing(centre: Centre) -> None:
    centre.book("10:00", "11:00")
    erasure_id = uuid4()
    erase(centre, str(centre.wang.account_id), erasure_id)
    for account in (str(centre.wang.account_id), str(uuid4())):
        answer = erase(centre, account, erasure_id)
        assert (answer["erased"], answer["kept"]) == ([], [])


def test_stored_answers_of_the_account_are_deleted(centre: Centre) -> None:
    with transaction(centre.engine) as session:
        for scope in (str(centre.wang.account_id), str(centre.li.account_id)):
            session.execute(
                text("INSERT INTO idempotency (scope, key, request_hash, answer) VALUES (:scope, 'k', 'h', '\"sealed\"')"),
                {"scope": scope},
            )
    erase(centre, str(centre.wang.account_id))
    with reading(centre.engine) as session:
        assert session.scalars(text("SELECT scope FROM idempotency")).all() == [centre.li.account_id]


def test_rows_that_a_restore_brings_back_are_erased_again(centre: Centre) -> None:
    """The list has the account, and the dump has its bookings."""
    booking = centre.book("10:00", "11:00", purpose="打球")
    stranger = centre.book("11:00", "12:00", centre.li)
    with transaction(centre.engine) as session:
        erased.remember(session, UUID(str(centre.wang.account_id)), NOW)
    with centre.call(now=EVENING) as call:
        assert use_cases.erase_returned(call) == 1
    with centre.call(now=EVENING) as call:
        assert use_cases.erase_returned(call) == 0
    with reading(centre.engine) as session:
        residents = {row.id: row.resident_id for row in session.scalars(select(Booking))}
    assert residents == {booking.id: booking.id, stranger.id: UUID(str(centre.li.account_id))}


@pytest.mark.parametrize("how", ["returned", "merged", "late"])
def test_several_accounts_are_locked_in_the_order_in_which_all_others_lock(centre: Centre, how: str) -> None:
    """The account that is erased first has the booking that is locked last."""
    early, late = sorted((person(), person()), key=lambda one: str(one.account_id))
    low = centre.book("10:00", "11:00", late)
    high = centre.book("11:00", "12:00", early)
    assert low.id < high.id
    job = threading.Thread(target=_many_at_once(centre, how, early, late))
    with transaction(centre.engine) as session:
        session.execute(select(Booking).where(Booking.id == low.id).with_for_update())
        job.start()
        wait_for_lock(centre)
        session.execute(select(Booking).where(Booking.id == high.id).with_for_update(nowait=True))
    job.join(10)
    owners = {booking.resident_id for booking in map(centre.stored, (low.id, high.id)) if booking is not None}
    assert not owners & {UUID(str(one.account_id)) for one in (early, late)}


def _many_at_once(centre: Centre, how: str, *people: Identity) -> Callable[[], None]:
    """What erases or moves the accounts of the people in one transaction."""
    ids, stays = [UUID(str(one.account_id)) for one in people], uuid4()
    with centre.call() as call:
        if how == "returned":
            for account_id in ids:
                erased.remember(call.session, account_id, NOW)
        else:
            # Without what the message itself moves: the bookings came later.
            rows = [{"account_id": account_id, "into": stays, "merged_at": NOW} for account_id in ids]
            call.session.execute(insert(MergedAccount), rows)

    def run() -> None:
        with centre.call() as call:
            if how == "returned":
                use_cases.erase_returned(call)
            elif how == "merged":
                merging.erase_merged(call, stays)
            else:
                merging.move_what_came_late(call)

    return run
