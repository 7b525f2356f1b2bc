"""A space that needs approval, through the gateway and all services: asked for, answered, and told."""

from datetime import datetime, timedelta
from typing import Any

from chassis.demo import demo_id
from tests.e2e.conftest import People, Person
from tests.patience import eventually

HALL = str(demo_id("space", "livestream-room"))


def times(days: int, start: str = "14:00", minutes: int = 60) -> dict[str, str]:
    """That many days ahead, by the clock of the demo."""
    day = (datetime.now().astimezone() + timedelta(days=days)).date()
    begins = datetime.fromisoformat(f"{day}T{start}:00+08:00")
    return {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(minutes=minutes)).isoformat()}


def told(who: Person, booking_id: str) -> set[str]:
    found = who.get("/notifications?limit=100")["items"]
    return {one["template"] for one in found if one["subject_id"] == booking_id}


def test_two_ask_for_one_time_and_one_gets_it(person: People) -> None:
    chen, li, clerk = person("chen"), person("li"), person("clerk")
    made = chen.post("/bookings", {"space_id": HALL, "attendees": 2, "purpose": "录音", **times(7)})
    assert (made["state"], made["competing"]) == ("requested", 0) and made["answer_by"] < made["starts_at"]
    other = li.post("/bookings", {"space_id": HALL, "attendees": 2, **times(7, "14:30")})
    assert other["competing"] == 1
    free = chen.get(f"/spaces/{HALL}/availability?from={quoted(made['starts_at'])}&to={quoted(made['ends_at'])}")
    assert free["free"], "a request takes nothing"
    waiting = clerk.get("/booking-requests?limit=100")
    assert {made["id"], other["id"]} <= {one["id"] for one in waiting["items"]} and waiting["count"] >= 2
    assert next(one for one in waiting["items"] if one["id"] == made["id"])["resident_name"]
    assert chen("POST", f"/bookings/{made['id']}/accept", json={}).status_code == 403

    given = clerk.post(f"/bookings/{made['id']}/accept", {})
    assert given["state"] == "confirmed"
    late = clerk("POST", f"/bookings/{made['id']}/decline", json={"reason": "other"})
    assert (late.status_code, late.json()["code"]) == (409, "booking.request_answered")
    lost = li.get(f"/bookings/{other['id']}")
    assert (lost["state"], lost["decline_reason"], lost["decided_by"]) == ("declined", "given_to_another", None)
    assert eventually(lambda: told(chen, made["id"]) >= {"booking_requested", "booking_accepted"}, seconds=30)
    assert eventually(lambda: told(li, other["id"]) >= {"booking_requested", "booking_declined"}, seconds=30)
    assert "booking_confirmed" not in told(chen, made["id"])
    assert chen("POST", f"/bookings/{made['id']}/reschedule", json=times(7, "16:00")).json()["code"] == "booking.needs_approval"
    chen.post(f"/bookings/{made['id']}/cancel", {})


def test_a_series_is_answered_at_once_and_told_once(person: People) -> None:
    chen, clerk = person("chen"), person("clerk")
    wish: dict[str, Any] = {"space_id": HALL, "rrule": "FREQ=DAILY;COUNT=3", "starts_at": "16:00", "minutes": 60}
    made = chen.post("/series", wish | {"starts_on": times(12)["starts_at"][:10]})
    asked = [one for one in made["dates"] if one["state"] == "requested"]
    assert len(asked) == 3
    clerk.post(f"/bookings/{asked[0]['booking_id']}/decline", {"reason": "unclear", "note": "请写明人数"})
    assert chen.get(f"/bookings/{asked[0]['booking_id']}")["decline_note"] == "请写明人数"
    given = clerk.post(f"/series/{made['id']}/accept", {})
    assert [one["state"] for one in given["dates"]] == ["declined", "booked", "booked"]
    assert eventually(lambda: told(chen, made["id"]) >= {"series_requested", "series_accepted"}, seconds=30)
    chen.post(f"/series/{made['id']}/cancel", {})
    again = chen.post("/series", wish | {"starts_on": times(12)["starts_at"][:10]})
    declined = clerk.post(f"/series/{again['id']}/decline", {"reason": "official_use"})
    assert {one["state"] for one in declined["dates"]} == {"declined"}


def test_an_admin_names_approvers_who_work_there(person: People) -> None:
    admin = person("admin")
    known = admin.get(f"/managed-spaces/{HALL}")
    assert (known["needs_approval"], known["approver_ids"]) == (True, [])
    stranger = admin("PATCH", f"/managed-spaces/{HALL}", json={"approver_ids": [str(demo_id("account", "chen"))]})
    (error,) = stranger.json()["errors"]
    assert (stranger.status_code, error["field"], error["code"]) == (422, "approver_ids", "unknown_colleague")
    named = admin("PATCH", f"/managed-spaces/{HALL}", json={"approver_ids": [str(demo_id("account", "clerk"))]})
    assert named.json()["approver_ids"] == [str(demo_id("account", "clerk"))]
    assert "approver_ids" not in person("chen").get(f"/spaces/{HALL}"), "residents do not see who decides"
    admin("PATCH", f"/managed-spaces/{HALL}", json={"approver_ids": []})


def quoted(moment: str) -> str:
    return moment.replace("+", "%2B")
