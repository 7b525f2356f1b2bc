"""Codes of check-in through the gateway and booking. Who comes when is in tests/integration/booking/test_check_ins.py."""

from datetime import datetime, timedelta

from tests.e2e.conftest import People


def test_a_code_stands_for_its_booking_alone(person: People) -> None:
    chen, clerk = person("chen"), person("clerk")
    space = next(one for one in chen.get("/spaces?kind=court")["items"] if one["max_minutes"] >= 60)
    day = (datetime.now().astimezone() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    window = {"from": day.replace(hour=0).isoformat(), "to": (day.replace(hour=0) + timedelta(days=1)).isoformat()}
    free = chen.get(f"/spaces/{space['id']}/availability", params=window)["free"][0]["starts_at"]
    ends_at = datetime.fromisoformat(free) + timedelta(minutes=space["min_minutes"])
    booking = chen.post("/bookings", {"space_id": space["id"], "starts_at": free, "ends_at": ends_at.isoformat()})

    assert person("wang")("GET", f"/bookings/{booking['id']}/check-in-code").status_code == 404
    told = chen.get(f"/bookings/{booking['id']}/check-in-code")
    assert told["path"] == f"/q/{told['code']}"

    early = clerk("POST", "/check-ins", json={"code": told["code"]})
    assert (early.status_code, early.json()["code"]) == (409, "booking.not_check_in_time")
    forged = clerk(
        "POST", "/check-ins", json={"code": "b" + told["code"][1:] if told["code"][0] == "a" else "a" + told["code"][1:]}
    )
    assert (forged.status_code, forged.json()["code"]) == (422, "check_in.code_not_ours")
    assert chen("POST", "/check-ins", json={"code": told["code"]}).status_code == 403
    assert chen("POST", f"/bookings/{booking['id']}/check-in").status_code == 403
    assert clerk("POST", f"/bookings/{booking['id']}/no-show").json()["code"] == "booking.not_missable"
    chen.post(f"/bookings/{booking['id']}/cancel", {})
