"""A guardian books for a child, sees and cancels that, and sees nothing else."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from chassis.rpc.refusal import Forbidden, NotFound
from tests.integration.booking.conftest import Centre, person

CHILD = uuid4()


def test_a_guardian_books_for_the_child(centre: Centre) -> None:
    mother, father = (replace(person(), children=frozenset({str(CHILD)})) for _ in range(2))
    booked = centre.book("10:00", "11:00", mother, resident_id=CHILD)
    assert (booked.resident_id, booked.booked_by) == (CHILD, UUID(mother.account_id))
    own = centre.book("15:00", "16:00", mother)
    assert {one.id for one in centre.do("list_bookings", mother, scope="mine").items} == {booked.id, own.id}
    assert [one.id for one in centre.do("list_bookings", mother, scope="mine", resident_id=CHILD).items] == [booked.id]
    # The other guardian sees what concerns the child, and nothing of the first guardian.
    assert [one.id for one in centre.do("list_bookings", father, scope="mine").items] == [booked.id]
    with pytest.raises(NotFound):
        centre.do("get_booking", father, booking_id=own.id)
    cancelled = centre.do("cancel_booking", father, booking_id=booked.id)
    assert (cancelled.state, cancelled.cancelled_by) == ("cancelled", "resident")


def test_who_is_no_guardian_books_for_nobody(centre: Centre) -> None:
    mother = replace(person(), children=frozenset({str(CHILD)}))
    with pytest.raises(Forbidden):
        centre.book("10:00", "11:00", mother, resident_id=uuid4())
    booked = centre.book("10:00", "11:00", mother, resident_id=CHILD)
    grown_up = replace(mother, children=frozenset())
    for verb in ("get_booking", "cancel_booking"):
        with pytest.raises(NotFound):
            centre.do(verb, grown_up, booking_id=booked.id)
    assert centre.do("list_bookings", grown_up, scope="mine").items == []
