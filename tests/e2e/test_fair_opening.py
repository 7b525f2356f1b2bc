"""Times kept for elders and for the counter, through the gateway and booking. Wang is an elder by the year of birth."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import People, Person
from tests.unit.booking.spaces import SHANGHAI


@pytest.fixture
def court(person: People) -> Iterator[dict[str, Any]]:
    """A table for table tennis whose day in a week is kept: the morning for elders, the afternoon for the counter."""
    admin, day = person("admin"), _day()
    space = next(one for one in admin.get("/spaces?kind=court")["items"] if one["code"] == "table-tennis-3")
    at = f"/managed-spaces/{space['id']}"
    hours = {"weekday": day.isoweekday(), "opens": "09:00", "closes": "11:00"}
    shares = [
        {"kept_for": "elders", "hours": [hours], "until_hours": 12},
        {"kept_for": "counter", "hours": [hours | {"opens": "14:00", "closes": "16:00"}], "until_hours": 12},
    ]
    assert admin("PATCH", at, json={"shares": shares}).ok
    yield space
    assert admin("PATCH", at, json={"shares": []}).ok


def test_a_kept_time_is_for_elders_and_for_the_counter(person: People, visitor: Person, court: dict[str, Any]) -> None:
    wang, chen, clerk, day = person("wang"), person("chen"), person("clerk"), _day()
    window = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}

    def starts(who: Person, **more: Any) -> list[str]:
        found = who.get(f"/spaces/{court['id']}/availability", params=window | more)
        busy = {one["reason"]: one["opens_at"] for one in found["busy"] if one["opens_at"]}
        return sorted(busy)

    assert starts(visitor) == starts(chen) == ["kept_for_counter", "kept_for_elders"]
    assert starts(wang) == ["kept_for_counter"]
    assert starts(clerk, resident_id=chen.account["id"]) == ["kept_for_elders"]

    def wish(clock: int, **more: Any) -> dict[str, Any]:
        starts_at = day + timedelta(hours=clock)
        times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        return {"space_id": court["id"], "attendees": 2} | times | more

    refused = chen("POST", "/bookings", json=wish(9))
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.kept_for_elders")
    assert refused.json()["details"]["elder_age"] == 60 and refused.json()["details"]["alternatives"]
    assert "birth" not in refused.text
    mine = wang.post("/bookings", wish(9))
    assert chen("POST", "/bookings", json=wish(14)).json()["code"] == "booking.kept_for_counter"
    by_phone = clerk.post("/bookings", wish(14, resident_id=chen.account["id"]))
    said = clerk.post("/bookings", wish(10, resident_id=chen.account["id"], as_elder=True))
    for booking in (mine, by_phone, said):
        clerk.post(f"/bookings/{booking['id']}/cancel", {})
    kept = visitor.get("/kept-times", params=window | {"community_id": "liuyi", "kind": "court"})["items"]
    shown = next(one["kept"] for one in kept if one["space_id"] == court["id"])
    assert [(one["kept_for"], one["is_open"]) for one in shown] == [("elders", False), ("counter", False)]


def test_a_week_that_is_not_open_says_when_it_opens(person: People) -> None:
    chen = person("chen")
    space = next(one for one in chen.get("/spaces?kind=court")["items"] if one["code"] == "table-tennis-4")
    assert space["opening"]["weekday"] == 5
    far = _day() + timedelta(days=28, hours=9)
    wish = {"space_id": space["id"], "starts_at": far.isoformat(), "ends_at": (far + timedelta(hours=1)).isoformat()}
    refused = chen("POST", "/bookings", json=wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.not_open_yet")
    opens_at = datetime.fromisoformat(refused.json()["details"]["opens_at"])
    assert (opens_at.isoweekday(), opens_at.hour) == (6, 10)  # a day after who comes first


def _day() -> datetime:
    """The local midnight of the day after tomorrow."""
    return (datetime.now(SHANGHAI) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
