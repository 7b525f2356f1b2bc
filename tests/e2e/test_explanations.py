"""Through the gateway and booking: the second of two learns why, and what stands in the way now."""

from tests.e2e.conftest import People
from tests.e2e.test_waits import taken_time


def test_the_second_of_two_learns_why(person: People) -> None:
    chen, li, clerk = person("chen"), person("li"), person("clerk")
    wish = taken_time(chen)
    booking = chen.get(f"/bookings/{wish.pop('booking_id')}")
    refused = li("POST", "/bookings", json=wish)
    assert refused.json()["code"] == "booking.space_taken"
    (attempt, *_) = li.get("/refused-attempts")["items"]
    assert attempt["code"] == "booking.space_taken"
    (holder, *_) = attempt["in_the_way"]
    assert (holder["kind"], holder["since"][:19], holder["number"]) == ("booking", booking["created_at"][:19], None)
    address = f"/refused-attempts/{attempt['id']}"
    assert clerk.get(address)["in_the_way"][0]["number"] == booking["number"]
    assert chen("GET", address).status_code == 404
    times = {"starts_at": wish["starts_at"], "ends_at": wish["ends_at"]}
    now = li("GET", f"/spaces/{wish['space_id']}/explanation", params=times).json()
    assert "booking.space_taken" in {one["code"] for one in now["obstacles"]} and not now["possible"]
    chen.post(f"/bookings/{booking['id']}/cancel", {})
    now = li("GET", f"/spaces/{wish['space_id']}/explanation", params=times).json()
    assert "booking.space_taken" not in {one["code"] for one in now["obstacles"]}
