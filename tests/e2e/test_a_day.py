"""What residents, staff and other systems do in a day, through the gateway and all services."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests
from PIL import Image

from chassis import service_registry
from tests.e2e.conftest import People, Person, sign_in
from tests.patience import eventually


def free_times(person: Person, space: dict[str, Any], count: int) -> list[dict[str, str]]:
    """`count` times that can be booked in the coming days, one hour long at most, apart from each other."""
    now = datetime.now().astimezone()
    days = min(space["horizon_days"], 10)
    window = {"from": now.isoformat(), "to": (now + timedelta(days=days)).isoformat()}
    free = person.get(f"/spaces/{space['id']}/availability", params=window)["free"]
    length = timedelta(minutes=max(space["min_minutes"], space["slot_minutes"]))
    gap = timedelta(minutes=space["buffer_before_minutes"] + space["buffer_after_minutes"])
    slot = timedelta(minutes=space["slot_minutes"])
    found: list[dict[str, str]] = []
    for span in free:
        start = datetime.fromisoformat(span["starts_at"])
        while start + length <= datetime.fromisoformat(span["ends_at"]) and len(found) < count:
            if start > now + timedelta(minutes=max(space["min_notice_minutes"], space["cancel_notice_minutes"]) + 90):
                found.append({"starts_at": start.isoformat(), "ends_at": (start + length).isoformat()})
            step = length + gap
            start += slot * -(-step // slot)
    assert len(found) == count
    return found


@pytest.fixture(scope="session")
def court(visitor: Person) -> dict[str, Any]:
    space: dict[str, Any] = visitor.get("/spaces?kind=court")["items"][0]
    return space


def read_events(answer: requests.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, data) of the events of a stream as they arrive."""
    event_id = ""
    for line in answer.iter_lines(chunk_size=1):
        if line.startswith(b"id: "):
            event_id = line[4:].decode()
        elif line.startswith(b"data: "):
            yield event_id, orjson.loads(line[6:])


@contextmanager
def stream(person: Person, path: str, **headers: str) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    with person.session.get(f"{person.url}/api/v1{path}", headers=headers, stream=True, timeout=30) as answer:
        assert answer.status_code == 200, answer.text
        yield read_events(answer)


def test_two_want_the_same_court(person: People, court: dict[str, Any]) -> None:
    [when] = free_times(person("wang"), court, 1)
    body = {"space_id": court["id"], **when}
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda who: person(who)("POST", "/bookings", json=body), ["wang", "li"]))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (201, 409)
    assert lost.json()["code"] == "booking.space_taken"
    assert lost.json()["details"]["alternatives"]
    assert lost.headers["Content-Type"] == "application/problem+json"


def test_the_same_request_twice_is_one_booking(person: People, court: dict[str, Any]) -> None:
    [when] = free_times(person("zhang"), court, 1)
    body, key = {"space_id": court["id"], **when}, {"Idempotency-Key": str(uuid4())}
    zhang = person("zhang")
    first, again = (zhang("POST", "/bookings", json=body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = zhang("POST", "/bookings", json=body | {"attendees": 3}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_booking_is_private_and_changes_know_versions(person: People, court: dict[str, Any]) -> None:
    wang, li = person("wang"), person("li")
    first, second = free_times(wang, court, 2)
    made = wang("POST", "/bookings", json={"space_id": court["id"], **first})
    path, etag = f"/bookings/{made.json()['id']}", made.headers["ETag"]
    assert li("GET", path).status_code == 404
    assert li("POST", f"{path}/cancel", json={}).status_code == 404
    assert wang("GET", path, headers={"If-None-Match": wang("GET", path).headers["ETag"]}).status_code == 304
    moved = wang("POST", f"{path}/reschedule", json=second, headers={"If-Match": etag})
    assert moved.status_code == 200, moved.text
    stale = wang("POST", f"{path}/cancel", json={}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert wang("POST", f"{path}/cancel", json={}, headers={"If-Match": moved.headers["ETag"]}).json()["state"] == "cancelled"


def test_bad_times_are_refused_by_the_service(person: People, court: dict[str, Any]) -> None:
    past = {"starts_at": "2020-03-02T09:00:00+08:00", "ends_at": "2020-03-02T10:00:00+08:00"}
    answer = person("wang")("POST", "/bookings", json={"space_id": court["id"], **past})
    assert answer.status_code == 422
    assert answer.json()["code"] == "booking.in_past"


def test_a_space_that_does_not_exist_is_not_found(person: People, court: dict[str, Any]) -> None:
    """At a time when another could be booked, so that nothing else is wrong."""
    [when] = free_times(person("wang"), court, 1)
    unknown = str(uuid4())
    answer = person("wang")("POST", "/bookings", json={"space_id": unknown, **when})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["details"] == {"space_id": unknown}
    assert person("wang")("GET", f"/spaces/{unknown}").status_code == 404


def test_a_grid_worker_books_for_an_elder_who_is_told_live(person: People, court: dict[str, Any], district_url: str) -> None:
    grid, wang = person("grid"), sign_in(district_url, "wang")
    resident = grid.post("/residents/lookup", {"phone": "19900000001"})
    assert resident["name"]
    with stream(wang, "/notifications/stream") as heard:
        [when] = free_times(grid, court, 1)
        booking = grid.post("/bookings", {"space_id": court["id"], "resident_id": resident["id"], **when})
        assert (booking["resident_id"], booking["booked_by"]) == (resident["id"], grid.account["id"])
        event_id, notification = next(item for item in heard if item[1]["subject_id"] == booking["id"])
    assert event_id == notification["id"] and notification["title"]
    listed = wang.get("/notifications")["items"]
    assert notification["id"] in {item["id"] for item in listed}


def test_a_photo_report_is_settled_and_its_reporter_told(person: People) -> None:
    chen, clerk, handler = person("chen"), person("clerk"), person("handler")
    picture = BytesIO()
    Image.new("RGB", (320, 240), (10, 120, 60)).save(picture, "PNG")
    photo = chen.post("/photos", files={"photo": ("lamp.png", picture.getvalue(), "image/png")})
    category = chen.get("/categories")["items"][-1]["code"]
    channel = next(item["code"] for item in chen.get("/channels")["items"] if item["min_photos"])
    report = {"channel": channel, "category": category, "text": "3 号楼前的路灯坏了。", "photo_ids": [photo["id"]]}
    case = chen.post("/cases", report)["case"]
    assert person("li")("GET", f"/cases/{case['id']}").status_code == 404
    seen = clerk("GET", f"/cases/{case['id']}/photos/{photo['id']}")
    assert Image.open(BytesIO(seen.content)).size == (320, 240)
    clerk.post(f"/cases/{case['id']}/accept", {"note": "…"})
    illegal = clerk("POST", f"/cases/{case['id']}/accept", json={})
    assert (illegal.status_code, illegal.json()["code"]) == (409, "case.illegal_transition")
    department = clerk.get("/departments")["items"][0]["id"]
    handler_id = clerk.get("/staff?role=handler")["items"][0]["id"]
    clerk.post(f"/cases/{case['id']}/dispatch", {"department_id": department, "handler_id": handler_id})
    settled = handler.post(f"/cases/{case['id']}/settle", {"settlement": "已更换灯泡。"})
    assert (settled["state"], settled["handler_name"]) == ("settled", "孙立")

    def told() -> bool:
        return any(item["subject_id"] == case["id"] for item in chen.get("/notifications")["items"])

    eventually(told)
    assert chen.post(f"/cases/{case['id']}/close", {"satisfied": True})["state"] == "closed"


def test_a_visitor_reports_and_follows_by_token(visitor: Person) -> None:
    channels = visitor.get("/channels")["items"]
    channel = next(c["code"] for c in channels if not c["sign_in_required"] and not c["staff_roles"] and not c["min_photos"])
    category = visitor.get("/categories")["items"][-1]["code"]
    answer = visitor.post("/cases", {"channel": channel, "category": category, "text": "建议增加长椅。"})
    case = answer["case"]
    found = visitor.post("/cases/lookup", {"number": case["number"], "token": answer["lookup_token"]})
    assert found["state"] == "reported" and "text" not in found
    for wrong in ({"number": case["number"], "token": "wrong"}, {"number": "LY-0", "token": answer["lookup_token"]}):
        assert visitor("POST", "/cases/lookup", json=wrong).status_code == 404
    assert visitor("GET", f"/cases/{case['id']}").status_code == 401


def test_public_reads_follow_what_happens(person: People, visitor: Person) -> None:
    """People who register here see it at once. That a change made elsewhere arrives is for
    tests/integration/gateway/test_broadcasts.py."""
    ma = person("ma")
    event, session = next(
        (event, session)
        for event in visitor.get("/club-events?state=published&limit=100")["items"]
        for session in event["sessions"]
        if session["seats_left"] > 0 and ma("POST", f"/sessions/{session['id']}/registrations", json={}).status_code == 201
    )

    def taken() -> int:
        found = visitor.get(f"/club-events/{event['id']}")["sessions"]
        return int(next(item["taken"] for item in found if item["id"] == session["id"]))

    eventually(lambda: taken() == session["taken"] + 1)


def test_another_system_hears_each_message_once_and_in_order(person: People, court: dict[str, Any], district_url: str) -> None:
    key = person("admin").post("/api-keys", {"label": "12345 热线", "scopes": ["messages:read"]})
    system = Person(district_url)
    system.session.headers["X-API-Key"] = key["secret"]
    wang = person("wang")
    with stream(system, "/messages/stream?types=booking.*") as heard:
        [when] = free_times(wang, court, 1)
        booking = wang.post("/bookings", {"space_id": court["id"], **when})
        wang.post(f"/bookings/{booking['id']}/cancel", {})
        mine = (item for item in heard if item[1]["subject"] == booking["id"])
        (place, confirmed), (_, cancelled) = next(mine), next(mine)
    assert [confirmed["type"], cancelled["type"]] == ["booking.confirmed.v1", "booking.cancelled.v1"]
    assert confirmed["sequence"] < cancelled["sequence"]
    assert confirmed["data"]["booking_id"] == booking["id"]
    with stream(system, "/messages/stream?types=booking.*", **{"Last-Event-ID": place}) as again:
        assert next(again)[1]["id"] == cancelled["id"]
    person("admin")("DELETE", f"/api-keys/{key['id']}")
    assert system("GET", "/messages/stream").status_code == 401


def test_the_district_says_how_it_is(district_url: str) -> None:
    alive, ready = (requests.get(f"{district_url}/{name}", timeout=10) for name in ("livez", "readyz"))
    assert (alive.status_code, alive.json()) == (200, {"ok": True})
    assert ready.status_code == 200 and ready.json()["degraded"] is False
    names = {component["name"] for component in ready.json()["components"]}
    assert set(service_registry.names()) <= names
    assert all(set(component) == {"name", "ok", "degraded"} for component in ready.json()["components"])
