"""Bookings of a merged account belong to the one that stays, in whatever order and however often the messages come."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.database import erased
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.booking.merged_accounts import use_cases
from tests.integration.booking.conftest import NOW, Centre, person

ORDERS = list(permutations(range(3)))


def hear(centre: Centre, *pairs: tuple[UUID, UUID]) -> None:
    for account_id, into in pairs:
        with transaction(centre.engine) as session:
            use_cases.account_merged(Call(session, NOW), account_id=account_id, into=into, merged_at=NOW)


def owners(centre: Centre) -> set[tuple[UUID, UUID]]:
    with centre.engine.connect() as connection:
        return {(row.resident_id, row.booked_by) for row in connection.execute(text("SELECT * FROM booking"))}


@pytest.mark.parametrize("order", ORDERS)
def test_a_chain_in_any_order_and_twice(centre: Centre, order: tuple[int, ...]) -> None:
    a, b, c, d = (person() for _ in range(4))
    for hour, one in enumerate((a, b, c)):
        centre.book(f"{9 + hour:02d}:00", f"{10 + hour:02d}:00", one)
    chain = [(UUID(one.account_id), UUID(into.account_id)) for one, into in ((a, b), (b, c), (c, d))]
    for _ in range(2):
        hear(centre, *[chain[n] for n in order])
        assert owners(centre) == {(UUID(d.account_id), UUID(d.account_id))}


def test_what_comes_late_for_an_erased_person_is_erased(centre: Centre) -> None:
    old, stays = person(), uuid4()
    with transaction(centre.engine) as session:
        erased.remember(session, stays, NOW)
    booking = centre.book("09:00", "10:00", old)
    hear(centre, (UUID(old.account_id), stays))
    assert owners(centre) == {(booking.id, booking.id)}


def test_an_erasure_covers_what_was_merged_and_forgets_the_merges(centre: Centre) -> None:
    first, second, stays = person(), person(), uuid4()
    hear(centre, (UUID(first.account_id), UUID(second.account_id)), (UUID(second.account_id), stays))
    booking = centre.book("09:00", "10:00", first)  # it was on its way
    with transaction(centre.engine) as session:
        use_cases.erase_merged(Call(session, NOW), stays)
    assert owners(centre) == {(booking.id, booking.id)}
    with centre.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM merged_account")) == 0


def test_what_was_on_its_way_moves_later(centre: Centre) -> None:
    old, stays = person(), uuid4()
    hear(centre, (UUID(old.account_id), stays))
    centre.book("09:00", "10:00", old)
    with transaction(centre.engine) as session:
        use_cases.move_what_came_late(Call(session, NOW + timedelta(days=2)))
    assert owners(centre) == {(UUID(old.account_id), UUID(old.account_id))}, "after a day nothing comes any more"
    with transaction(centre.engine) as session:
        use_cases.move_what_came_late(Call(session, NOW + timedelta(hours=1)))
    assert owners(centre) == {(stays, stays)}
