"""What an admin sees before approval, approvers or parts of a space change. Nothing is written."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField
from services.booking.interface.refusals import CodeTaken, NotDivisible
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_managed_spaces import ROOM

PART: dict[str, Any] = ROOM | {"code": "half"}


@pytest.fixture
def admin() -> Identity:
    return person("admin")


def test_switching_approval_off_names_the_requests_that_wait_and_keeps_what_is_booked(centre: Centre, admin: Identity) -> None:
    hall = centre.add_space(needs_approval=True, answer_notice_minutes=60)
    first, second = centre.book("09:00", "10:00", space=hall), centre.book("11:00", "12:00", space=hall)
    centre.do("accept_request", centre.clerk, booking_id=first.id)
    told = len(centre.published())
    seen = centre.do("preview_space", admin, space_id=hall.id, needs_approval=False)
    assert (seen.approval, seen.other_approvers, seen.waiting_count, seen.coming_count) == ("ends", False, 1, 1)
    assert [(one.booking_id, one.answer_by) for one in seen.waiting] == [(second.id, second.answer_by)]
    assert centre.do("get_managed_space", admin, space_id=hall.id).needs_approval and len(centre.published()) == told
    # It comes true: the request still waits, the desk answers it, and the booking is as it was.
    centre.do("change_space", admin, space_id=hall.id, needs_approval=False)
    assert centre.do("get_booking", centre.wang, booking_id=second.id).state == "requested"
    assert centre.do("get_booking", centre.wang, booking_id=first.id).state == "confirmed"
    assert centre.do("accept_request", centre.clerk, booking_id=second.id).state == "confirmed"


def test_new_approvers_answer_the_requests_that_wait(centre: Centre, admin: Identity) -> None:
    hall, mediator = centre.add_space(needs_approval=True, answer_notice_minutes=60), person("mediator")
    asked = centre.book("09:00", "10:00", space=hall)
    chosen = [UUID(mediator.account_id or "")]
    seen = centre.do("preview_space", admin, space_id=hall.id, approver_ids=chosen)
    assert (seen.approval, seen.other_approvers, seen.waiting_count) == (None, True, 1)
    centre.do("change_space", admin, space_id=hall.id, approver_ids=chosen)
    assert not centre.do("preview_space", admin, space_id=hall.id, approver_ids=chosen).other_approvers
    with pytest.raises(Forbidden):
        centre.do("accept_request", centre.clerk, booking_id=asked.id)
    assert centre.do("accept_request", mediator, booking_id=asked.id).state == "confirmed"


def test_switching_approval_on_keeps_what_is_booked(centre: Centre, admin: Identity) -> None:
    centre.book("09:00", "10:00")
    seen = centre.do("preview_space", admin, space_id=centre.court.id, needs_approval=True)
    assert (seen.approval, seen.waiting_count, seen.coming_count, seen.count) == ("starts", 0, 1, 0)


def test_a_new_part_is_taken_when_the_whole_is_booked_and_the_preview_says_when(centre: Centre, admin: Identity) -> None:
    whole = centre.add_space(divisible=True)
    late, early = centre.book("14:00", "15:00", space=whole), centre.book("09:00", "10:00", space=whole)
    centre.do("cancel_booking", centre.wang, booking_id=centre.book("16:00", "17:00", space=whole).id)
    told = len(centre.published())
    seen = centre.do("preview_new_space", admin, **PART, parent_id=whole.id)
    assert ([one.booking_id for one in seen.items], seen.count) == ([early.id, late.id], 2)
    assert len(centre.published()) == told
    part = centre.do("add_space", admin, **PART, parent_id=whole.id)
    taken = [claim for claim in centre.claims() if claim.resource_id == part.id]
    assert {claim.booking_id for claim in taken} == {early.id, late.id}, "the part is taken exactly when the preview said"


def test_the_preview_of_a_new_space_refuses_what_adding_it_refuses(centre: Centre, admin: Identity) -> None:
    assert centre.do("preview_new_space", admin, **PART).count == 0
    assert centre.do("preview_new_space", admin, **PART).count == 0, "the first one did not add it"
    with pytest.raises(NotDivisible):
        centre.do("preview_new_space", admin, **PART, parent_id=centre.court.id)
    with pytest.raises(InvalidField):
        centre.do("preview_new_space", admin, **PART, parent_id=uuid4())
    with pytest.raises(CodeTaken):
        centre.do("preview_new_space", admin, **(PART | {"code": centre.court.code}))
    with pytest.raises(Forbidden):
        centre.do("preview_new_space", centre.clerk, **PART)
    with pytest.raises(InvalidField):
        centre.do("preview_new_space", person("admin", community="yuxin"), **PART)
