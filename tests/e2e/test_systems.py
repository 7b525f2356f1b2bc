"""Other systems at work: an OAuth client that is a library's, a key, what they see, and what they do not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from chassis.demo import demo_id
from gateway.demo import systems as demo
from tests.e2e.conftest import People, Person
from tests.patience import eventually

REPORT = {
    "channel": "suggestion_box",
    "category": "facilities-light",
    "text": "热线转来：3 号楼前的路灯坏了。",
    "address": "六一路",
}


def new_system(admin: Person, *rights: str) -> dict[str, Any]:
    """A system, and how it proves who it is: `key` and `client`."""
    made: dict[str, Any] = admin.post("/systems", {"name": f"系统 {uuid4().hex[:6]}", "rights": list(rights)})
    for kind in ("key", "client"):
        made[kind] = admin.post(f"/systems/{made['id']}/keys", {"kind": kind})
    return made


def with_key(url: str, system: dict[str, Any]) -> Person:
    person = Person(url)
    person.session.headers["Authorization"] = f"Bearer {system['key']['secret']}"
    return person


def oauth(url: str, system: dict[str, Any], way: str = "client_secret_basic", **more: Any) -> OAuth2Session:
    """A client as the documentation of Authlib shows it. It reads the address of the endpoint from the metadata."""
    metadata = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10).json()
    client = system["client"]
    return OAuth2Session(
        client["prefix"],
        client["secret"],
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method=way,
        grant_type="client_credentials",
        **more,
    )


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_client_of_a_library_reports_and_follows_a_case(person: People, district_url: str, way: str) -> None:
    system = new_system(person("admin"), "cases:write")
    client = oauth(district_url, system, way)
    token = client.fetch_token()
    assert (token["token_type"], token["scope"]) == ("Bearer", "cases:write") and token["expires_in"] <= 3600
    reported = client.post(f"{district_url}/api/v1/cases", json=REPORT, timeout=10)
    assert reported.status_code == 201, reported.text
    case = reported.json()["case"]
    assert (case["system_id"], case["reporter_id"]) == (system["id"], None)
    clerk = person("clerk")
    seen = clerk.get(f"/cases/{case['id']}")
    assert (seen["system_id"], seen["system_name"], seen["text"]) == (system["id"], system["name"], REPORT["text"])
    clerk.post(f"/cases/{case['id']}/accept", {})
    path = f"{district_url}/api/v1/cases/{case['id']}"
    assert client.get(path, timeout=10).json()["state"] == "accepted"
    assert [line["actor_party"] for line in client.get(f"{path}/history", timeout=10).json()["items"]] == ["system", "staff"]
    followed = Person(district_url).post("/cases/lookup", {"number": case["number"], "token": reported.json()["lookup_token"]})
    assert followed["state"] == "accepted", "the citizen who called follows it with number and token"


def test_a_client_gets_fewer_rights_if_it_asks_for_fewer(person: People, district_url: str) -> None:
    system = new_system(person("admin"), "cases:read", "cases:write")
    client = oauth(district_url, system, scope="cases:read@liuyi")
    assert client.fetch_token()["scope"] == "cases:read@liuyi"
    assert client.get(f"{district_url}/api/v1/cases?scope=desk", timeout=10).status_code == 200
    refused = client.post(f"{district_url}/api/v1/cases", json=REPORT, timeout=10)
    assert (refused.status_code, refused.json()["details"]["needs"]) == (403, ["cases:write"])
    with pytest.raises(OAuthError, match="invalid_scope"):
        oauth(district_url, system, scope="bookings:read").fetch_token()
    wrong = dict(system, client=system["client"] | {"secret": "wrong"})
    with pytest.raises(OAuthError, match="invalid_client"):
        oauth(district_url, wrong).fetch_token()


def test_a_system_sees_the_cases_of_its_community_without_personal_data(person: People, district_url: str) -> None:
    reader = with_key(district_url, new_system(person("admin"), "cases:read", "bookings:read"))
    wang = person("wang")
    case = wang.post("/cases", REPORT)["case"]
    found = reader.get(f"/cases/{case['id']}")
    assert found["number"] == case["number"]
    assert [found[name] for name in ("text", "address", "reporter_id", "handler_id")] == [None] * 4
    cases = reader.get("/cases?scope=desk&limit=100")["items"]
    assert case["id"] in {one["id"] for one in cases}
    assert {(one["community_id"], one["text"], one["address"], one["reporter_id"]) for one in cases} == {
        ("liuyi", None, None, None)
    }
    bookings = reader.get("/bookings?scope=desk&limit=100")["items"]
    assert {one["community_id"] for one in bookings} == {"liuyi"}
    assert {(one["purpose"], one.get("resident_name")) for one in bookings} == {(None, None)}
    assert {tuple(one["can"]) for one in bookings} == {()}
    assert reader.get(f"/bookings/{bookings[0]['id']}")["id"] == bookings[0]["id"]
    for path in ("/cases", "/bookings"):
        assert reader.get(path)["items"] == [], "it has none of its own"


def test_what_is_of_another_community_is_not_there(person: People, district_url: str) -> None:
    everything = ("cases:read", "cases:write", "bookings:read", "messages:read")
    reader = with_key(district_url, new_system(person("admin.yuxin"), *everything))
    case = person("wang").post("/cases", REPORT)["case"]
    booking = person("clerk").get("/bookings?scope=desk")["items"][0]
    for path in (f"/cases/{case['id']}", f"/cases/{case['id']}/history", f"/bookings/{booking['id']}"):
        assert reader("GET", path).status_code == 404
    assert reader("POST", f"/cases/{case['id']}/close", json={}).status_code == 404
    assert {one["community_id"] for one in reader.get("/cases?scope=desk&limit=100")["items"]} <= {"yuxin"}
    assert {one["community_id"] for one in reader.get("/bookings?scope=desk&limit=100")["items"]} == {"yuxin"}
    elsewhere = reader("POST", "/cases", json=REPORT, params={"community_id": "liuyi"})
    assert (elsewhere.status_code, elsewhere.json()["details"]["needs"]) == (403, ["cases:write@liuyi"])
    assert reader.post("/cases", REPORT)["case"]["community_id"] == "yuxin"


def free_times(visitor: Person, space_id: str, count: int) -> list[dict[str, str]]:
    """Times of one slot that can be booked in the coming days."""
    space = visitor.get(f"/spaces/{space_id}")
    start = datetime.now(UTC)
    window = {"from": start.isoformat(), "to": (start + timedelta(days=7)).isoformat()}
    free = visitor.get(f"/spaces/{space_id}/availability", params=window)["free"]
    length, found = timedelta(minutes=max(space["min_minutes"], space["slot_minutes"])), []
    for span in free:
        begin, end = (datetime.fromisoformat(span[name]) for name in ("starts_at", "ends_at"))
        while begin + length <= end:
            found.append({"starts_at": begin.isoformat(), "ends_at": (begin + length).isoformat()})
            begin += length
    return found[-count:]


def test_a_hotline_books_moves_and_cancels_for_who_calls(person: People, visitor: Person, district_url: str) -> None:
    system = new_system(person("admin"), "bookings:write", "messages:read:booking.*")
    hotline, wang = with_key(district_url, system), person("wang")
    wang_id, space_id = wang.account["id"], str(demo_id("space", "table-tennis-1"))
    first, second = free_times(visitor, space_id, 2)
    body = {"space_id": space_id, "resident_id": wang_id, "purpose": "老人来电"} | first
    key = {"Idempotency-Key": f"call-{uuid4()}"}
    made, again = (hotline("POST", "/bookings", json=body, headers=key) for _ in range(2))
    assert made.status_code == again.status_code == 201, made.text
    booking = made.json()
    assert booking == again.json() and booking["resident_id"] == wang_id
    assert (booking["system_id"], booking["booked_by"], booking["purpose"]) == (system["id"], None, None)
    path = f"/bookings/{booking['id']}"
    moved = hotline.post(f"{path}/reschedule", second)
    assert (moved["changed_by_system_id"], moved["version"]) == (system["id"], 2)
    assert wang.get(path)["purpose"] == "老人来电" and "cancel" in wang.get(path)["can"]
    desk = person("clerk").get(path)
    assert (desk["system_name"], desk["changed_by_system_name"]) == (system["name"], system["name"])
    cancelled = hotline.post(f"{path}/cancel", {"reason": "来电取消"})
    assert (cancelled["state"], cancelled["cancelled_by"], cancelled["cancel_reason"]) == ("cancelled", "system", None)

    def told() -> bool:
        items = wang.get("/notifications?limit=20")["items"]
        return {one["template"] for one in items if one["subject_id"] == booking["id"]} >= {
            "booking_confirmed", "booking_rescheduled", "booking_cancelled_by_system",
        }  # fmt: skip

    eventually(told)
    assert hotline("POST", f"{path}/attendees", json={"attendees": 2}).status_code == 403
    for stranger in ("wang.yuxin", "clerk"):
        named = hotline("POST", "/bookings", json=body | second | {"resident_id": str(demo_id("account", stranger))})
        assert (named.status_code, named.json()["errors"][0]["field"]) == (422, "resident_id")
    elsewhere = with_key(district_url, new_system(person("admin.yuxin"), "bookings:write"))
    for method, step in (("GET", ""), ("POST", "/cancel"), ("POST", "/reschedule")):
        answer = elsewhere(method, f"{path}{step}", **({"json": second if step == "/reschedule" else {}} if step else {}))
        assert answer.status_code == 404, step


def test_the_stream_has_what_the_right_names(person: People, district_url: str) -> None:
    system = new_system(person("admin"), "messages:read:case.reported.v1@liuyi", "cases:write")
    reader = with_key(district_url, system)
    case = reader.post("/cases", REPORT)["case"]
    headers = {"Last-Event-ID": "0-0"}

    def sent() -> list[str] | None:
        with reader.session.get(f"{district_url}/api/v1/messages/stream", headers=headers, stream=True, timeout=30) as answer:
            assert answer.status_code == 200, answer.text
            seen: list[str] = []
            for line in answer.iter_lines(decode_unicode=True):
                seen.append(line)
                if case["id"] in line:
                    return seen
                if line.startswith(": still here"):
                    return None
        return None

    lines = eventually(sent)
    assert {line for line in lines or () if line.startswith("event: ")} == {"event: case.reported.v1"}
    data = [line for line in lines or () if line.startswith("data: ")]
    assert all('"communityid":"liuyi"' in line for line in data) and system["id"] in data[-1]
    assert reader("GET", "/messages/stream?types=booking.*").status_code == 403


def test_the_key_of_the_demo_works_here(district_url: str) -> None:
    """It is in the documentation, so that one can try it. Outside of the demo it is unknown (admission)."""
    hotline = Person(district_url)
    hotline.session.headers["X-API-Key"] = demo.KEY
    assert hotline.get("/cases")["items"] == []
    assert hotline("GET", "/bookings").json()["details"]["needs"] == ["bookings:read"]
