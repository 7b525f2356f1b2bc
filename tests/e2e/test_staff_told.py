"""An admin says that the clerk hears of a space; the clerk hears, until muted."""

from datetime import datetime, timedelta

from chassis.demo import demo_id
from tests.e2e.conftest import People, Person
from tests.patience import eventually

ROOM, CLERK = str(demo_id("space", "vr-hall")), str(demo_id("account", "clerk"))


def told(who: Person, booking_id: str) -> set[str]:
    return {one["template"] for one in who.get("/notifications?limit=100")["items"] if one["subject_id"] == booking_id}


def book(who: Person, hour: int) -> str:
    day = datetime.now().astimezone() + timedelta(days=5)
    starts_at = datetime.fromisoformat(f"{day.date()}T{hour}:00:00+08:00")
    times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
    made: str = who.post("/bookings", {"space_id": ROOM, **times})["id"]
    return made


def test_the_clerk_hears_of_a_booking_and_of_its_end(person: People) -> None:
    admin, chen, clerk = person("admin"), person("chen"), person("clerk")
    clerk("PUT", "/me/staff-messages", json={"muted": []})  # other tests of this district may have muted some
    space = f"/managed-spaces/{ROOM}"
    stranger = admin("PATCH", space, json={"staff_told": {"new": [str(demo_id("account", "chen"))]}})
    error = stranger.json()["errors"][0]
    assert (stranger.status_code, error["field"], error["code"]) == (422, "staff_told", "unknown_colleague")
    timeless = admin("PATCH", space, json={"staff_told": {"tomorrow": [CLERK]}})
    assert (timeless.status_code, timeless.json()["errors"][0]["code"]) == (422, "no_list_time")
    saved = admin("PATCH", space, json={"staff_told": {"new": [CLERK], "changes": [CLERK]}}).json()
    assert saved["staff_told"] == {"new": [CLERK], "changes": [CLERK]}
    assert "staff_told" not in chen.get(f"/spaces/{ROOM}")

    booking = book(chen, 16)
    eventually(lambda: told(clerk, booking) == {"staff_booking_new"}, seconds=30)
    assert clerk("PUT", "/me/staff-messages", json={"muted": ["new"]}).json() == {"muted": ["new"]}
    other = book(chen, 18)
    for one in (booking, other):
        chen.post(f"/bookings/{one}/cancel", {})
    eventually(lambda: told(clerk, other) == {"staff_booking_cancelled"}, seconds=30)
    eventually(lambda: told(clerk, booking) == {"staff_booking_new", "staff_booking_cancelled"}, seconds=30)
    assert chen("GET", "/me/staff-messages").status_code == 403
    clerk("PUT", "/me/staff-messages", json={"muted": []})
    admin("PATCH", space, json={"staff_told": {}})
