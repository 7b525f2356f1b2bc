"""Equipment over HTTP: an admin adds it, a resident books it with a space, a clerk sees it, and nobody else does."""

from datetime import datetime, timedelta
from typing import Any

from tests.e2e.conftest import People, Person


def free_time(person: Person, space: dict[str, Any]) -> dict[str, str]:
    day = (datetime.now().astimezone() + timedelta(days=4)).replace(hour=0, minute=0, second=0, microsecond=0)
    window = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
    start = person.get(f"/spaces/{space['id']}/availability", params=window)["free"][0]["starts_at"]
    end = datetime.fromisoformat(start) + timedelta(minutes=space["min_minutes"])
    return {"starts_at": start, "ends_at": end.isoformat()}


def test_from_the_cupboard_to_the_booking_and_back(person: People) -> None:
    admin, chen, clerk = person("admin"), person("chen"), person("clerk")
    name = {"zh-CN": "白板", "en": "Whiteboard"}
    kind = admin.post("/managed-equipment", {"community_id": "liuyi", "counted": "units", "name": name})
    unit = admin.post(f"/managed-equipment/{kind['id']}/units", {"label": "白板-1"})
    again = admin("POST", f"/managed-equipment/{kind['id']}/units", json={"label": "白板-1"})
    assert (again.status_code, again.json()["code"]) == (409, "booking.label_taken")
    assert chen("GET", f"/managed-equipment/{kind['id']}").status_code == 403

    rooms = [one for one in chen.get("/spaces?kind=court")["items"] if one["max_minutes"] >= 60][:2]
    time = free_time(chen, rooms[0])
    offered = chen.get(f"/spaces/{rooms[0]['id']}/equipment", params={"from": time["starts_at"], "to": time["ends_at"]})
    assert {one["name"]["en"]: one["free"] for one in offered["items"]}["Whiteboard"] == 1
    wish = {"equipment": [{"kind_id": kind["id"]}]}
    booking = chen.post("/bookings", {"space_id": rooms[0]["id"], **time, **wish})
    assert [(one["state"], one["units"]) for one in booking["equipment"]] == [("claimed", ["白板-1"])]

    refused = chen("POST", "/bookings", json={"space_id": rooms[1]["id"], **time, **wish})
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.equipment_taken")
    assert refused.json()["details"]["equipment"][0]["free"] == 0
    without = chen.post("/bookings", {"space_id": rooms[1]["id"], **time, **wish, "if_equipment_taken": "without"})
    assert without["equipment"][0]["state"] == "lost"

    preview = admin.post(f"/equipment-units/{unit['id']}/preview", {})
    assert [(one["booking_id"], one["lost"]) for one in preview["items"]] == [(booking["id"], True)]
    changed = chen("PUT", f"/bookings/{booking['id']}/equipment", json={"equipment": []})
    assert changed.ok and changed.json()["equipment"] == []
    early = clerk("POST", f"/bookings/{booking['id']}/equipment-loans", json={"kind_id": kind["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "booking.not_hand_out_time")
    day = {"from": time["starts_at"], "to": time["ends_at"]}
    assert person("wang")("PUT", f"/bookings/{booking['id']}/equipment", json={"equipment": []}).status_code == 404
    assert chen("GET", "/equipment-lending", params=day).status_code == 403
    needed = clerk.get("/equipment-lending", params=day)["items"]
    assert without["id"] in {one["booking_id"] for one in needed}
    for made in (booking, without):
        chen.post(f"/bookings/{made['id']}/cancel", {})
