"""What a loser is offered can be booked as it stands."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from services.booking.interface.refusals import SpaceTaken
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import SHANGHAI

Offer = tuple[UUID, str]


def offered(centre: Centre, start: str, end: str, **more: Any) -> list[Offer]:
    """(space, local times) of each alternative, which has really been booked, and given back."""
    with pytest.raises(SpaceTaken) as refused:
        centre.book(start, end, centre.li, **more)
    found = []
    for offer in refused.value.details["alternatives"]:
        starts_at, ends_at = (datetime.fromisoformat(offer[name]) for name in ("starts_at", "ends_at"))
        wish = {"space_id": UUID(offer["space_id"]), "starts_at": starts_at, "ends_at": ends_at}
        booking = centre.do("book_space", centre.li, **wish, attendees=more.get("attendees", 1))
        centre.do("cancel_booking", centre.li, booking_id=booking.id)
        found.append((booking.space_id, "-".join(at.astimezone(SHANGHAI).strftime("%H:%M") for at in (starts_at, ends_at))))
    return found


def test_the_nearest_time_comes_first_then_another_space(centre: Centre) -> None:
    other = centre.add_space()
    centre.book("10:00", "11:00")
    assert offered(centre, "10:00", "11:00") == [
        (centre.court.id, "09:00-10:00"),
        (other.id, "10:00-11:00"),
        (centre.court.id, "11:00-12:00"),
    ]


def test_a_quarter_less_of_the_same_time_is_offered_but_not_less_than_that(centre: Centre) -> None:
    centre.book("15:00", "15:30")
    assert (centre.court.id, "15:30-17:00") in offered(centre, "15:00", "17:00")
    centre.book("16:30", "17:00")
    assert not [times for _, times in offered(centre, "15:00", "17:00") if "15:00" < times < "16:30"]


def test_other_spaces_are_of_the_kind_and_section_and_large_enough(centre: Centre) -> None:
    for over in ({"kind": "room"}, {"section": "smart"}, {"capacity": 2}, {"community_id": "elsewhere"}, {"max_minutes": 30}):
        centre.add_space(**over)
    large = centre.add_space(capacity=9)
    centre.book("10:00", "11:00")
    assert {space for space, _ in offered(centre, "10:00", "11:00", attendees=3)} == {centre.court.id, large.id}


def test_only_the_same_day_is_offered_and_nothing_where_nothing_is_left(centre: Centre) -> None:
    for start, end in [("08:00", "10:00"), ("10:00", "12:00"), *((f"{h}:00", f"{h + 2}:00") for h in (14, 16, 18, 20))]:
        centre.book(start, end)
    assert offered(centre, "10:00", "11:00") == []


@pytest.mark.parametrize("taken", [0, 1])
def test_a_part_that_would_do_is_offered_for_its_taken_whole(centre: Centre, taken: int) -> None:
    """Also when the refused attempt had just claimed that part itself."""
    hall = centre.add_space(divisible=True, capacity=8, section="smart")
    parts = [centre.add_space(parent_id=hall.id, capacity=4, section="smart") for _ in range(2)]
    centre.book("10:00", "11:00", space=parts[taken])
    offers = offered(centre, "10:00", "11:00", space=hall, attendees=4)
    assert (parts[1 - taken].id, "10:00-11:00") in offers


def test_finding_them_takes_two_statements_however_many_spaces_there_are(centre: Centre) -> None:
    for _ in range(30):
        centre.add_space()
    centre.book("10:00", "11:00")
    statements: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with pytest.raises(SpaceTaken):
        centre.book("10:00", "11:00", centre.li)
    assert len(statements) == 4  # claim; expired holds; timetables, claims
