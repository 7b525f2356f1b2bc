"""The door of a space over HTTP: display, walk-in, check-in, revoked. Rules: tests/integration/booking/test_doors.py."""

from uuid import uuid4

from tests.e2e.conftest import People, Person

ALWAYS = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]


def test_from_the_display_to_the_booking(person: People, visitor: Person) -> None:
    admin, wang, li = person("admin"), person("wang"), person("li")
    about = {"community_id": "liuyi", "code": f"door-{uuid4().hex[:8]}", "kind": "room", "section": "neighbour", "capacity": 4}
    about |= {"name": {"zh-CN": "门口测试室"}, "opening_hours": ALWAYS, "takes_walk_ins": True, "min_notice_minutes": 600}
    space = admin.post("/managed-spaces", about)
    keys = f"/managed-spaces/{space['id']}/door"
    assert admin.get(keys)["door_key"] is None
    key = admin.post(f"{keys}/renew")["door_key"]
    assert wang("GET", keys).status_code == 403

    shown = visitor.get(f"/doors/{key}")
    assert (shown["now"]["use"], shown["space_id"]) == ("free", space["id"]) and shown["free_ends"]
    code = f"/door-codes/{shown['code']}"
    assert visitor("GET", code).status_code == 401
    assert wang("POST", f"{code}/check-in").json()["code"] == "booking.nothing_to_check_in"
    assert wang("GET", f"/door-codes/{'a' * 48}").json()["code"] == "booking.door_code_unknown"
    there = wang.get(code)
    assert there["booking"] is None and there["may_walk_in"]

    wish = {"space_id": space["id"], "ends_at": there["door"]["free_ends"][0], "door_code": shown["code"]}
    assert wang("POST", "/walk-ins", json={"space_id": space["id"]}).json()["code"] == "booking.no_walk_in"
    made = wang.post("/walk-ins", wish)
    assert (made["state"], made["checked_in_by"]) == ("confirmed", "resident")
    assert li("POST", "/walk-ins", json=wish).json()["code"] == "booking.space_taken"
    assert wang.post(f"{code}/check-in")["id"] == made["id"]
    assert wang.get(code)["booking"]["id"] == made["id"] and li.get(code)["booking"] is None
    assert person("clerk").get(f"/spaces/{space['id']}/walk-in")["free_ends"] == []

    admin.post(f"{keys}/close")
    assert visitor("GET", f"/doors/{key}").status_code == 404
    assert wang("POST", f"{code}/check-in").json()["code"] == "booking.door_code_unknown"
    admin("PATCH", f"/managed-spaces/{space['id']}", json={"active": False})
