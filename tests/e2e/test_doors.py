"""The door of a space over HTTP: display, walk-in, check-in, revoked. Rules: tests/integration/booking/test_doors.py."""

from uuid import uuid4

from chassis.demo import demo_id
from tests.e2e.conftest import People, Person
from tests.patience import eventually

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
    code = f"/at-door/{shown['code']}"
    assert visitor("GET", code).status_code == 401
    assert wang("POST", f"{code}/check-in").json()["code"] == "booking.nothing_to_check_in"
    assert wang("GET", f"/at-door/{'a' * 48}").json()["code"] == "booking.door_code_unknown"
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


def test_an_appeal_against_a_no_show_is_answered_once(person: People) -> None:
    ma, clerk, chen = person("ma"), person("clerk"), person("chen")
    booking_id = str(demo_id("booking", "no-show"))
    assert "appeal" in ma.get(f"/bookings/{booking_id}")["can"]
    appeal = f"/bookings/{booking_id}/appeal"
    assert chen("POST", appeal, json={"reason": "was_there"}).status_code == 404
    assert ma("GET", appeal).status_code == 404
    made = ma.post(appeal, {"reason": "was_there", "text": "我们到了，忘了扫码"})
    assert ma("POST", appeal, json={"reason": "other"}).json()["code"] == "booking.not_appealable"
    [listed] = [one for one in clerk.get("/appeals")["items"] if one["id"] == made["id"]]
    assert listed["resident_name"] and ma("GET", "/appeals").status_code == 403
    answer = f"/appeals/{made['id']}/answer"
    assert clerk("POST", answer, json={"outcome": "refused"}).status_code == 422
    assert clerk.post(answer, {"outcome": "granted"})["state"] == "granted"
    again = clerk("POST", answer, json={"outcome": "refused", "note": "晚了"})
    assert (again.status_code, again.json()["code"]) == (409, "booking.appeal_answered")
    assert ma.get(f"/bookings/{booking_id}")["excused_at"] and ma.get(appeal)["decided_by"] is None
    eventually(lambda: any("已谅解" in one["title"] for one in ma.get("/notifications")["items"]))
