"""Admins add and change spaces, see what no longer fits, and leave a history."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, VersionMismatch
from services.booking.interface.refusals import CannotDivide, CodeTaken, HasParts, NotDivisible, OutOfUse, SpaceTaken
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, daily, local

ROOM = {
    "community_id": "liuyi",
    "kind": "room",
    "section": "neighbour",
    "name": {"zh-CN": "会客厅", "en": "Living room"},
    "capacity": 20,
    "opening_hours": daily("08:00-20:00"),
}


@pytest.fixture
def admin() -> Identity:
    return person("admin")


def add(centre: Centre, admin: Identity, code: str, **over: Any) -> Any:
    return centre.do("add_space", admin, **(ROOM | {"code": code} | over))


def test_a_new_space_can_be_booked_at_once_and_is_announced_and_recorded(centre: Centre, admin: Identity) -> None:
    space = add(centre, admin, "living-room")
    assert centre.book("09:00", "10:00", space=space).space_id == space.id
    (told,) = [row for row in centre.published() if row.type == "calendar.changed.v1"]
    assert told.data["changed"] == "space"
    (entry,) = centre.do("list_calendar_changes", admin, kind="space", subject_id=str(space.id)).items
    assert (entry.action, entry.before, entry.after["capacity"]) == ("created", None, 20)
    assert str(entry.actor_id) == admin.account_id


def test_only_what_changed_is_recorded_and_nothing_if_nothing_did(centre: Centre, admin: Identity) -> None:
    space = add(centre, admin, "living-room")
    changed = centre.do("change_space", admin, space_id=space.id, capacity=30, expected_version=1)
    assert (changed.version, changed.capacity) == (2, 30)
    again = centre.do("change_space", admin, space_id=space.id, capacity=30)
    assert again.version == 2
    entries = centre.do("list_calendar_changes", admin, subject_id=str(space.id)).items
    assert [(entry.action, entry.before, entry.after) for entry in entries][:-1] == [
        ("changed", {"capacity": 20}, {"capacity": 30})
    ]
    assert [row.data["changed"] for row in centre.published()] == ["space", "space"]


def test_the_second_of_two_admins_hears_of_the_first(centre: Centre, admin: Identity) -> None:
    centre.do("change_space", admin, space_id=centre.court.id, capacity=8, expected_version=1)
    with pytest.raises(VersionMismatch):
        centre.do("change_space", person("admin"), space_id=centre.court.id, capacity=9, expected_version=1)


def test_who_may_not(centre: Centre, admin: Identity) -> None:
    elsewhere = person("admin", community="yuxin")
    for verb, fields in (("change_space", {"capacity": 1}), ("preview_space", {}), ("get_managed_space", {})):
        with pytest.raises(Forbidden):
            centre.do(verb, centre.clerk, space_id=centre.court.id, **fields)
        with pytest.raises(NotFound):
            centre.do(verb, elsewhere, space_id=centre.court.id, **fields)
        with pytest.raises(NotFound):
            centre.do(verb, admin, space_id=uuid4(), **fields)
    with pytest.raises(InvalidField):
        centre.do("add_space", elsewhere, **(ROOM | {"code": "mine"}))
    assert centre.do("list_managed_spaces", elsewhere).items == []
    assert centre.do("list_calendar_changes", elsewhere).items == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"min_minutes": 121}, "min_minutes"),
        ({"slot_minutes": 360, "max_minutes": 120}, "slot_minutes"),
    ],
)
def test_lengths_that_fit_no_booking_are_refused(centre: Centre, admin: Identity, values: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidField) as error:
        centre.do("change_space", admin, space_id=centre.court.id, **values)
    assert error.value.details_for("en")["errors"][0]["field"] == field
    assert centre.do("get_managed_space", admin, space_id=centre.court.id).version == 1


def test_a_code_is_given_once_in_a_community(centre: Centre, admin: Identity) -> None:
    add(centre, admin, "living-room")
    with pytest.raises(CodeTaken):
        add(centre, admin, "living-room")


def test_two_at_once_add_the_same_code(centre: Centre) -> None:
    def attempt(_: int) -> str:
        try:
            return str(add(centre, person("admin"), "same").code)
        except CodeTaken as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["booking.space_code_taken"] * 3 + ["same"]


def test_bookings_of_the_whole_claim_a_part_that_is_added_later(centre: Centre, admin: Identity) -> None:
    whole = add(centre, admin, "hall", divisible=True)
    centre.book("09:00", "10:00", space=whole)
    part = add(centre, admin, "hall-east", parent_id=whole.id)
    with pytest.raises(SpaceTaken):
        centre.book("09:30", "10:30", space=part)
    second = add(centre, admin, "hall-west", parent_id=whole.id)
    with pytest.raises(SpaceTaken):
        centre.book("09:00", "10:00", space=second)
    centre.book("10:00", "11:00", space=second)
    with pytest.raises(SpaceTaken):
        centre.book("10:00", "11:00", space=whole)


def test_parts_need_a_divisible_parent_of_the_community(centre: Centre, admin: Identity) -> None:
    with pytest.raises(NotDivisible):
        add(centre, admin, "half", parent_id=centre.court.id)
    with pytest.raises(InvalidField):
        add(centre, admin, "half", parent_id=uuid4())
    whole = add(centre, admin, "hall", divisible=True)
    with pytest.raises(CannotDivide):
        add(centre, admin, "half", parent_id=whole.id, divisible=True)
    half = add(centre, admin, "half", parent_id=whole.id)
    with pytest.raises(HasParts):
        centre.do("change_space", admin, space_id=whole.id, divisible=False)
    with pytest.raises(CannotDivide):
        centre.do("change_space", admin, space_id=half.id, divisible=True)


def test_a_space_out_of_use_is_neither_listed_nor_free_nor_booked_and_comes_back(centre: Centre, admin: Identity) -> None:
    kept = centre.book("09:00", "10:00")
    centre.do("change_space", admin, space_id=centre.court.id, active=False)
    assert centre.do("list_spaces").items == []
    assert centre.free() == []
    window = {"start": local(MONDAY, "08:00"), "end": local(MONDAY, "09:00")}
    busy = centre.do("get_availability", space_id=centre.court.id, **window).busy
    assert [reason for _, _, reason, *_ in busy] == ["blocked"]
    with pytest.raises(OutOfUse):
        centre.book("10:00", "11:00")
    assert [space.id for space in centre.do("list_managed_spaces", admin, state="inactive").items] == [centre.court.id]
    assert centre.do("get_booking", centre.wang, booking_id=kept.id).state == "confirmed"
    centre.do("change_space", admin, space_id=centre.court.id, active=True)
    assert centre.book("10:00", "11:00")


def test_the_preview_lists_what_would_no_longer_fit_and_changes_nothing(centre: Centre, admin: Identity) -> None:
    early, late = centre.book("08:00", "09:00"), centre.book("20:00", "21:00", attendees=3)
    about = {"space_id": centre.court.id}

    def reasons(**values: Any) -> list[tuple[Any, str]]:
        preview = centre.do("preview_space", admin, **about, **values)
        assert preview.count == len(preview.items)
        return [(item.booking_id, item.reason) for item in preview.items]

    assert reasons() == []
    assert reasons(opening_hours=daily("10:00-22:00")) == [(early.id, "closed")]
    assert reasons(capacity=2) == [(late.id, "over_capacity")]
    assert reasons(min_minutes=90) == [(early.id, "too_short"), (late.id, "too_short")]
    assert reasons(max_minutes=30) == [(early.id, "too_long"), (late.id, "too_long")]
    assert reasons(active=False) == [(early.id, "out_of_use"), (late.id, "out_of_use")]
    season = {"name": {"zh-CN": "冬季"}, "first_day": MONDAY, "last_day": MONDAY, "opening_hours": daily("08:00-20:00")}
    assert reasons(seasons=[season]) == [(late.id, "closed")]
    assert centre.do("get_managed_space", admin, **about).version == 1
    centre.do("change_space", admin, **about, capacity=2)
    assert reasons(capacity=2) == [], "what does not fit already is not news"


def test_a_season_has_its_own_weekly_hours(centre: Centre, admin: Identity) -> None:
    season = {"name": {"zh-CN": "夜场"}, "first_day": MONDAY, "last_day": MONDAY, "opening_hours": daily("18:00-20:00")}
    centre.do("change_space", admin, space_id=centre.court.id, seasons=[season])
    assert centre.free() == [(int(local(MONDAY, "18:00").timestamp()), int(local(MONDAY, "20:00").timestamp()))]
