"""Closures of outside calendars: an entry closes once, and one whose time changes is moved."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.rpc.identity import Identity
from services.booking.interface.refusals import ClosureImported, PlanOutdated
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, local


@pytest.fixture
def admin() -> Identity:
    return person("admin")


def close(centre: Centre, admin: Identity, start: str, end: str, uid: str = "school#a", **more: Any) -> Any:
    times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    about = {"community_id": "liuyi", "whole": False, "space_ids": [centre.court.id], "reason": "event", "decisions": []}
    return centre.do("close_spaces", admin, **(about | times | {"outside_uid": uid} | more))


def current(centre: Centre, admin: Identity) -> list[Any]:
    return list(centre.do("list_closures", admin).items)


def test_the_same_entry_at_the_same_time_is_refused_and_changes_nothing(centre: Centre, admin: Identity) -> None:
    first = close(centre, admin, "09:00", "11:00")
    before = len(centre.published())
    with pytest.raises(ClosureImported):
        close(centre, admin, "09:00", "11:00")
    assert [one.id for one in current(centre, admin)] == [first.id] and len(centre.published()) == before
    assert close(centre, admin, "09:00", "11:00", uid="swimming#a").outside_uid == "swimming#a"


def test_another_time_replaces_it_in_one_transaction(centre: Centre, admin: Identity) -> None:
    close(centre, admin, "09:00", "11:00")
    close(centre, admin, "14:00", "16:00")
    (left,) = current(centre, admin)
    assert left.starts_at == local(MONDAY, "14:00")
    centre.book("09:00", "11:00")
    centre.book("16:00", "17:00", centre.li)
    with pytest.raises(PlanOutdated):
        close(centre, admin, "16:00", "18:00")
    (left,) = current(centre, admin)
    assert left.starts_at == local(MONDAY, "14:00"), "a booking is in the way of the new time, so the old one stays"


def test_one_that_runs_ends_when_the_calendar_shortens_it(centre: Centre, admin: Identity) -> None:
    close(centre, admin, "09:00", "12:00")
    now = local(MONDAY, "10:00")
    close(centre, admin, "10:01", "11:00", now=now)
    ended, running = sorted(centre.do("list_closures", admin, now=now).items, key=lambda one: one.starts_at)
    assert ended.ended_at and running.ends_at == local(MONDAY, "11:00")
    with pytest.raises(ClosureImported):
        close(centre, admin, "10:02", "11:00", now=now + timedelta(minutes=1))


def test_two_imports_at_once_close_once(centre: Centre, admin: Identity) -> None:
    outcomes = all_at_once(
        [lambda: close(centre, admin, "09:00", "11:00"), lambda: close(centre, person("admin"), "09:00", "11:00")]
    )
    assert codes(outcomes) == {"won": 1, ClosureImported.code: 1}
    assert len(current(centre, admin)) == 1
