"""What booking does when an account was erased."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, text

from chassis.database import erased
from chassis.database.engine import reading, transaction
from services.booking.bookings.models import Booking
from services.booking.erasure import use_cases
from tests.integration.booking.conftest import Centre
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
