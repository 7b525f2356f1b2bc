"""Waiting for a time through the gateway and all services: in line, offered, declined, accepted, and told."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.conftest import People, Person
from tests.patience import eventually


def taken_time(chen: Person) -> dict[str, Any]:
    """A time that Chen has booked, in three days."""
    space = next(one for one in chen.get("/spaces?kind=court")["items"] if one["max_minutes"] >= 60)
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=3)
    for hour in range(9, 20):
        starts_at = datetime.combine(day, time(hour), ZoneInfo("Asia/Shanghai"))
        wish = {
            "space_id": space["id"],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        }
        answer = chen("POST", "/bookings", json=wish)
        if answer.status_code == 201:
            return wish | {"booking_id": answer.json()["id"]}
    raise AssertionError("everything is taken")


def test_from_the_line_to_the_booking(person: People) -> None:
    chen, li, wang = person("chen"), person("li"), person("wang")
    wish = taken_time(chen)
    booking_id = wish.pop("booking_id")
    refused = li("POST", "/bookings", json=wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.space_taken")
    first, second = li.post("/waits", wish), wang.post("/waits", wish)
    assert (first["place"], second["place"]) == (1, 2)
    assert wang("GET", f"/waits/{first['id']}").status_code == 404
    twice = li("POST", "/waits", json=wish)
    assert (twice.status_code, twice.json()["code"]) == (409, "booking.already_waiting")

    chen.post(f"/bookings/{booking_id}/cancel", {})
    offer = eventually(lambda: li.get(f"/waits/{first['id']}")["offer"])
    held = li.get(f"/spaces/{wish['space_id']}/availability?from={day(wish, 0)}&to={day(wish, 1)}")
    assert "held" in {one["reason"] for one in held["busy"]}
    li.post(f"/waits/{first['id']}/decline", {"offer_id": offer["id"]})
    offer = eventually(lambda: wang.get(f"/waits/{second['id']}")["offer"])
    made = wang.post(f"/waits/{second['id']}/accept", {"offer_id": offer["id"]})
    assert (made["starts_at"][:16], made["state"]) == (offer["starts_at"][:16], "confirmed")
    late = li("POST", f"/waits/{first['id']}/accept", json={"offer_id": offer["id"]})
    assert (late.status_code, late.json()["code"]) == (409, "booking.offer_over")

    def told() -> bool:
        found = wang.get("/notifications?limit=100")["items"]
        # At night, what is offered is told in the morning, so here only the booking.
        return ("booking_confirmed", made["id"]) in {(one["template"], one["subject_id"]) for one in found}

    assert eventually(told)
    wang.post(f"/bookings/{made['id']}/cancel", {})


def day(wish: dict[str, Any], days: int) -> str:
    start = datetime.fromisoformat(wish["starts_at"]).replace(hour=0) + timedelta(days=days)
    return start.isoformat().replace("+", "%2B")
