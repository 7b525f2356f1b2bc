"""Find a space for a time: over all spaces of a community, with what else is possible that day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.refusal import Refusal
from services.booking.availability import finding
from services.booking.bookings.use_cases.equip_booking import list_equipment
from services.booking.interface.finding import MOST_OTHERS
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_equipment import add_projectors, book
from tests.unit.booking.spaces import MONDAY, local

PROJECTOR = [{"name": {"zh-CN": "投影仪", "en": "Projector"}}]


def find(centre: Centre, start: str = "10:00", end: str = "11:00", who: Any = None, **wish: Any) -> Any:
    times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    return centre.do("find_free_spaces", who or centre.wang, **(times | wish))


def codes(found: Any) -> list[str]:
    return [one.space.code for one in found]


@pytest.fixture
def rooms(centre: Centre) -> dict[str, Any]:
    return {
        "small": centre.add_space(code="small", kind="room", capacity=6, equipment=PROJECTOR),
        "large": centre.add_space(code="large", kind="room", capacity=60, equipment=PROJECTOR),
        "plain": centre.add_space(code="plain", kind="room", capacity=30),
    }


def test_the_smallest_that_is_large_enough_comes_first(centre: Centre, rooms: dict[str, Any]) -> None:
    assert codes(find(centre, kind="room").items) == ["small", "plain", "large"]
    assert codes(find(centre, kind="room", attendees=8).items) == ["plain", "large"]
    assert codes(find(centre, attendees=8, equipment="投影").items) == ["large"]
    assert codes(find(centre, equipment="PROJ").items) == ["small", "large"]
    for odd in ("%", "_", "name", "zh"):
        assert find(centre, equipment=odd).items == [], odd


def test_one_that_is_taken_is_offered_at_its_nearest_time(centre: Centre, rooms: dict[str, Any]) -> None:
    centre.book("14:00", "15:30", centre.li, space=rooms["small"])
    found = find(centre, "15:00", "16:00", kind="room", equipment="投影")
    assert codes(found.items) == ["large"]
    (other,) = found.others
    assert (other.space.code, other.starts_at, other.ends_at) == ("small", local(MONDAY, "15:30"), local(MONDAY, "16:30"))
    booked = centre.do("book_space", centre.wang, space_id=other.space.id, starts_at=other.starts_at, ends_at=other.ends_at)
    assert booked.state == "confirmed"


def test_everything_that_is_found_can_be_booked(centre: Centre, rooms: dict[str, Any]) -> None:
    centre.add_space(code="quarter", slot_minutes=15, max_minutes=30)
    centre.add_space(code="long", min_minutes=120)
    centre.add_space(code="soon", min_notice_minutes=60 * 24 * 30)
    whole = centre.add_space(code="hall", divisible=True, capacity=40)
    part = centre.add_space(code="hall-1", parent_id=whole.id, capacity=20)
    centre.book("14:00", "15:00", centre.li, space=part)
    found = find(centre, "14:00", "15:00")
    assert not {"quarter", "long", "soon", "hall", "hall-1"} & set(codes(found.items))
    assert "hall" in codes(found.others) and "soon" not in codes(found.others)
    for one in [*found.items, *found.others]:
        wish = {"space_id": one.space.id, "starts_at": one.starts_at, "ends_at": one.ends_at}
        if one.space.code != "hall-1":  # its time may be the hall's
            centre.do("cancel_booking", centre.wang, booking_id=centre.do("book_space", centre.wang, **wish).id)


def test_closed_hours_and_closures_are_not_found(centre: Centre, rooms: dict[str, Any]) -> None:
    admin = person("admin")
    closed = {"community_id": "liuyi", "whole": False, "space_ids": [rooms["small"].id]}
    span = {"starts_at": local(MONDAY, "09:00"), "ends_at": local(MONDAY, "12:00")}
    centre.do("close_spaces", admin, **closed, **span, reason="maintenance", decisions=[])
    found = find(centre, equipment="投影")
    assert (codes(found.items), codes(found.others)) == (["large"], ["small"])
    assert find(centre, "03:00", "04:00", kind="room").items == []


def test_whom_a_space_is_open_to(centre: Centre) -> None:
    centre.add_space(code="ours", kind="counter", open_to="community")
    stranger = person(community="elsewhere")
    with centre.call(stranger) as call:
        assert call.community_id == "elsewhere"
    assert codes(find(centre, kind="counter").items) == ["ours"]
    assert codes(find(centre, who=ANONYMOUS, kind="counter").items) == ["ours"]


@pytest.mark.parametrize(("start", "days", "code"), [("03:00", -7, "booking.in_past"), ("10:00", 8, "booking.too_long")])
def test_times_that_nobody_can_book(centre: Centre, start: str, days: int, code: str) -> None:
    starts_at = local(MONDAY, start)
    if days < 0:
        starts_at += timedelta(days=days)
    with pytest.raises(Refusal) as error:
        centre.do("find_free_spaces", centre.wang, starts_at=starts_at, ends_at=starts_at + timedelta(days=abs(days)))
    assert error.value.code == code


def test_two_statements_and_a_bounded_list(centre: Centre) -> None:
    for number in range(MOST_OTHERS + 5):
        space = centre.add_space(code=f"busy-{number:02}", kind="counter")
        centre.book("10:00", "11:00", centre.li, space=space)
    sent: list[str] = []

    def count(*args: Any) -> None:
        sent.append(args[2])

    event.listen(centre.engine, "before_cursor_execute", count)
    try:
        found = find(centre, kind="counter")
    finally:
        event.remove(centre.engine, "before_cursor_execute", count)
    assert (found.items, len(found.others)) == ([], MOST_OTHERS)
    assert len([statement for statement in sent if statement.lstrip().upper().startswith("SELECT")]) == 2


def test_a_centre_with_very_many_spaces_is_looked_through_from_the_smallest_on(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        space = centre.add_space(code=f"room-{number}", kind="room", capacity=4 + number // 3)
        if number % 2:
            centre.book("10:00", "11:00", person(), space=space)
    at_once = find(centre, kind="room", attendees=4)
    monkeypatch.setattr(finding, "BATCH", 2)
    in_turn = find(centre, kind="room", attendees=4)
    assert codes(at_once.items) == codes(in_turn.items) == [f"room-{number}" for number in (0, 2, 4, 6, 8)]
    assert codes(at_once.others) == codes(in_turn.others) != []
    monkeypatch.setattr(finding, "MOST_FREE", 2)
    statements: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    assert codes(find(centre, kind="room", attendees=4).items) == ["room-0", "room-2"]
    assert sum("FROM space" in one for one in statements) == 2, "two batches of two: enough was found"


def test_equipment_that_can_be_taken_there_counts_if_it_is_free_then(centre: Centre, rooms: dict[str, Any]) -> None:
    kind, _ = add_projectors(centre, 1, space_ids=[rooms["plain"].id])
    assert codes(find(centre, kind="room", equipment="投影").items) == ["small", "plain", "large"]
    assert [one.brought and one.brought["en"] for one in find(centre, kind="room", equipment="proj").items] == [
        None,
        "Projector",
        None,
    ]
    book(centre, kind, 1, "10:30", "11:30", space=rooms["plain"])
    centre.book("14:00", "15:00", centre.li, space=rooms["plain"])
    assert codes(find(centre, kind="room", equipment="投影").items) == ["small", "large"]
    other = find(centre, "14:00", "15:00", kind="room", equipment="投影").others
    assert [(one.space.code, one.brought["zh-CN"]) for one in other] == [("plain", "投影仪")]


def test_equipment_that_wants_more_notice_is_not_found(centre: Centre, rooms: dict[str, Any]) -> None:
    kind, _ = add_projectors(centre, 1, space_ids=[rooms["plain"].id], min_notice_minutes=60 * 24 * 30)
    assert codes(find(centre, kind="room", equipment="投影").items) == ["small", "large"]
    times = {"start": local(MONDAY, "10:00"), "end": local(MONDAY, "11:00")}
    for acting, free in ((centre.wang, 0), (centre.clerk, 1)):  # staff go beyond the notice
        with centre.call(acting) as call:
            (one,) = list_equipment(call, space_id=rooms["plain"].id, **times)
        assert (one.id, one.free) == (kind.id, free)


def test_equipment_for_all_spaces_is_found_with_each(centre: Centre, rooms: dict[str, Any]) -> None:
    add_projectors(centre, 1)
    assert codes(find(centre, kind="room", equipment="投影").items) == ["small", "plain", "large"]
    assert codes(find(centre, kind="room", equipment="音箱").items) == []
