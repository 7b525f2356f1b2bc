from typing import Any

import pytest

from chassis.rpc.refusal import Forbidden, NotFound, Refusal, VersionMismatch
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import AttendeesFixed, OverCapacity, PurposeFixed
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, local


def change(centre: Centre, booking: Booking, attendees: int, acting: Any = None, **more: Any) -> Any:
    return centre.do("change_attendees", acting or centre.wang, booking_id=booking.id, attendees=attendees, **more)


def test_a_changed_number_is_stored_and_told_with_the_one_before(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    assert (change(centre, booking, 4).version, change(centre, booking, 3).version) == (2, 3)
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.attendees, stored.version) == (3, 3)
    rows = centre.published()[1:]
    assert [(row.type, row.version) for row in rows] == [("booking.attendees_changed.v1", n) for n in (2, 3)]
    assert [(row.data["previous_attendees"], row.data["attendees"]) for row in rows] == [(2, 4), (4, 3)]


def test_the_number_that_it_has_changes_and_tells_nothing(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    assert change(centre, booking, 2).version == 1
    assert len(centre.published()) == 1


def test_too_many_are_refused_and_nothing_is_written(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    with pytest.raises(OverCapacity) as refused:
        change(centre, booking, centre.court.capacity + 1)
    assert refused.value.code == "booking.over_capacity"
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.attendees, stored.version) == (2, 1)
    assert len(centre.published()) == 1


def test_what_has_started_or_was_cancelled_keeps_its_number(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    with pytest.raises(AttendeesFixed):
        change(centre, booking, 3, now=local(MONDAY, "10:00"))
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    with pytest.raises(AttendeesFixed):
        change(centre, booking, 3)


def test_only_its_resident_and_helpers_change_it_from_the_version_they_saw(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    with pytest.raises(NotFound):
        change(centre, booking, 3, centre.li)
    with pytest.raises(Forbidden):
        change(centre, booking, 3, person("supervisor"))
    with pytest.raises(Refusal) as refused:
        change(centre, booking, 3, expected_version=7)
    assert refused.value.kind == "precondition"
    assert change(centre, booking, 3, centre.clerk, expected_version=1).version == 2


def test_of_two_who_saw_the_same_number_one_changes_it(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=2)
    outcomes = all_at_once([lambda n=n: change(centre, booking, n, expected_version=1) for n in (3, 4)])
    assert codes(outcomes) == {"won": 1, "version_mismatch": 1}
    assert len(centre.published()) == 2


def test_the_purpose_is_changed_by_whoever_may_and_announced_to_nobody(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", purpose="练球")
    changed = centre.do("change_purpose", centre.wang, booking_id=booking.id, purpose="比赛", expected_version=1)
    assert (changed.purpose, changed.version) == ("比赛", 2)
    assert centre.do("change_purpose", centre.clerk, booking_id=booking.id, purpose="比赛").version == 2
    assert centre.do("change_purpose", centre.wang, booking_id=booking.id).purpose is None
    with pytest.raises(NotFound):
        centre.do("change_purpose", centre.li, booking_id=booking.id, purpose="x")
    with pytest.raises(VersionMismatch):
        centre.do("change_purpose", centre.wang, booking_id=booking.id, purpose="x", expected_version=1)
    with pytest.raises(PurposeFixed):
        centre.do("change_purpose", centre.wang, booking_id=booking.id, purpose="x", now=booking.starts_at)
    assert [row.type for row in centre.published()] == ["booking.confirmed.v1"]
