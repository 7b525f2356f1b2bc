"""A series through the gateway and all services: booked, changed, put back, cancelled, and told once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.e2e.conftest import People
from tests.patience import eventually


def test_a_series_from_its_preview_to_its_end(person: People) -> None:
    chen = person("chen")
    space = next(one for one in chen.get("/spaces?kind=court")["items"] if one["max_minutes"] >= 60)
    first = (datetime.now().astimezone() + timedelta(days=2)).date()
    minutes = max(60, space["min_minutes"])
    wish: dict[str, Any] = {"space_id": space["id"], "rrule": "FREQ=DAILY;COUNT=4", "starts_on": first.isoformat()}
    wish |= {"minutes": minutes, "attendees": 1}
    for hour in range(9, 20):  # the demo has bookings of its own
        wish["starts_at"] = f"{hour:02d}:00"
        preview = chen.post("/series/preview", wish)
        if preview["free"] >= 3:
            break
    assert preview["free"] >= 3 and len(preview["dates"]) == 4

    key = {"Idempotency-Key": str(uuid4())}
    made = chen.post("/series", wish, headers=key)
    assert chen.post("/series", wish, headers=key)["id"] == made["id"], "sent twice, booked once"
    booked = [one for one in made["dates"] if one["state"] == "booked"]
    assert len(booked) == preview["free"]
    booking = chen.get(f"/bookings/{booked[0]['booking_id']}")
    assert (booking["series_id"], booking["series_day"]) == (made["id"], booked[0]["day"])
    assert made["id"] in [one["id"] for one in chen.get("/series")["items"]]
    assert person("wang")("GET", f"/series/{made['id']}").status_code == 404

    chen.post(f"/bookings/{booked[0]['booking_id']}/cancel", {})
    back = chen.post(f"/series/{made['id']}/dates", {"day": booked[0]["day"]})
    assert next(one["state"] for one in back["dates"] if one["day"] == booked[0]["day"]) == "booked"

    changed = chen.post(f"/series/{made['id']}/change", {"from_day": booked[1]["day"], "attendees": 2})
    assert changed["id"] != made["id"] and changed["attendees"] == 2
    for series_id in (made["id"], changed["id"]):
        ended = chen.post(f"/series/{series_id}/cancel", {})
        assert not [one for one in ended["dates"] if one["state"] == "booked"]
    again = chen("POST", f"/series/{made['id']}/cancel", json={})
    assert (again.status_code, again.json()["code"]) == (409, "booking.no_date_to_come")

    def told() -> dict[str, int]:
        found = chen.get("/notifications?limit=100")["items"]
        of_series = [one["template"] for one in found if one["subject_id"] in (made["id"], changed["id"])]
        return {template: of_series.count(template) for template in set(of_series)}

    assert eventually(lambda: found if sum((found := told()).values()) == 4 else None) == {
        "series_booked": 1,
        "series_changed": 1,
        "series_cancelled": 2,
    }


def test_a_rule_that_is_none_is_refused_with_its_field(person: People) -> None:
    chen = person("chen")
    space = chen.get("/spaces?kind=court")["items"][0]
    wish = {"space_id": space["id"], "starts_on": "2026-03-02", "starts_at": "18:00", "minutes": 60}
    for rule, code in (("FREQ=SECONDLY;COUNT=3", "recurrence_not_supported"), ("FREQ=DAILY", "recurrence_without_end")):
        answer = chen("POST", "/series", json=wish | {"rrule": rule})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"], error["code"]) == (422, "rrule", code)


def test_the_club_of_the_demo_answers_whether_it_still_needs_its_evening(person: People) -> None:
    owner, clerk, stranger = person("ma"), person("clerk"), person("li")
    (question,) = owner.get("/questions?state=open")["items"]
    assert question["can"] == ["answer"] and question["space_name"]["zh-CN"] == "乒乓球3号台"
    assert [one["id"] for one in clerk.get("/questions?scope=desk&state=open")["items"]] == [question["id"]]
    assert stranger("GET", f"/questions/{question['id']}").status_code == 404
    answered = owner.post(f"/questions/{question['id']}/answer", {"answer": "needed"})
    assert (answered["state"], answered["settled_by"], answered["can"]) == ("needed", "resident", [])
    again = clerk("POST", f"/questions/{question['id']}/answer", json={"answer": "not_needed"})
    assert (again.status_code, again.json()["code"]) == (409, "booking.question_settled")
    exempt = clerk.post(f"/series/{question['series_id']}/exempt", {"reason": "社团"})
    assert (exempt["not_asked"], exempt["not_asked_reason"]) == ("exempt", "社团")
    assert owner.get(f"/series/{question['series_id']}")["not_asked_reason"] is None
    assert owner("POST", f"/series/{question['series_id']}/ask", json={}).status_code == 403
    assert clerk.post(f"/series/{question['series_id']}/ask", {})["not_asked"] is None
