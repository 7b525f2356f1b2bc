"""A space behind a lock, through the gateway: the resident gets a code, the desk sees it and leaves a trace."""

from datetime import datetime, timedelta
from typing import Any

from chassis.demo import demo_id
from tests.e2e.conftest import People, Person
from tests.patience import eventually

ROOM = str(demo_id("space", "reading-room"))


def book(who: Person) -> Any:
    """Tomorrow, at the first free time."""
    day = (datetime.now().astimezone() + timedelta(days=1)).date()
    window = {"from": f"{day}T00:00:00+08:00", "to": f"{day + timedelta(days=1)}T00:00:00+08:00"}
    free = who.get(f"/spaces/{ROOM}/availability", params=window)["free"][0]["starts_at"]
    ends_at = datetime.fromisoformat(free) + timedelta(minutes=60)
    return who.post("/bookings", {"space_id": ROOM, "starts_at": free, "ends_at": ends_at.isoformat()})


def test_a_code_from_the_lock_to_the_door(person: People) -> None:
    admin, chen, clerk = person("admin"), person("chen"), person("clerk")
    assert chen("GET", "/door-locks").status_code == 403
    unknown = {"community_id": "liuyi", "name": {"zh-CN": "大门"}, "kind": "http", "bridge": "hall", "device": "front-1"}
    refused = admin("POST", "/door-locks", json=unknown)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_bridge")
    lock = admin.post(
        "/door-locks", {"community_id": "liuyi", "name": {"zh-CN": "阅览室", "en": "Reading room"}, "kind": "porter"}
    )
    saved = admin("PATCH", f"/managed-spaces/{ROOM}", json={"lock_id": lock["id"], "code_minutes_before": 15}).json()
    assert (saved["lock_id"], saved["code_minutes_before"]) == (lock["id"], 15)
    assert "lock_id" not in chen.get(f"/spaces/{ROOM}")

    booking = book(chen)
    path = f"/bookings/{booking['id']}/door-code"
    eventually(lambda: chen.get(path)["state"] == "ready")
    code = chen.get(path)["door_code"]
    assert len(code) == 6 and chen.get(path)["doors"][0]["name"]["en"] == "Reading room"
    assert person("wang")("GET", path).status_code == 404

    day = datetime.fromisoformat(booking["starts_at"]).astimezone().date()
    window = {"from": f"{day - timedelta(days=1)}T00:00:00+08:00", "to": f"{day + timedelta(days=2)}T00:00:00+08:00"}
    listed = [one for one in clerk.get("/door-codes", params=window)["items"] if one["booking_id"] == booking["id"]]
    assert listed[0]["state"] == "ready" and "door_code" not in listed[0]
    revealed = [one for one in clerk.get("/door-codes/revealed", params=window)["items"] if one["booking_id"] == booking["id"]]
    assert revealed[0]["door_code"] == clerk.get(path)["door_code"] == code
    assert chen("GET", "/door-codes/revealed", params=window).status_code == 403

    chen.post(f"/bookings/{booking['id']}/cancel", {})
    assert (chen.get(path)["state"], chen.get(path)["door_code"]) == ("none", None)
    admin("PATCH", f"/managed-spaces/{ROOM}", json={"lock_id": None})
