"""A lottery through the gateway and all services: entered, closed, drawn, told, and drawn again from its public file."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from chassis.demo import demo_id
from services.booking.lotteries.command import lotteries
from tests.e2e.conftest import People, Person
from tests.patience import eventually

ZONE = ZoneInfo("Asia/Shanghai")


def plan(day: date, **over: Any) -> dict[str, Any]:
    """Two hours of a table on one morning, far beyond its horizon."""
    now = datetime.now(ZONE)
    return {
        "community_id": "liuyi",
        "title": {"zh-CN": "乒乓球", "en": "Table tennis"},
        "space_ids": [str(demo_id("space", "table-tennis-2"))],
        "first_day": day.isoformat(),
        "last_day": day.isoformat(),
        "weekdays": [day.isoweekday()],
        "from": "10:00",
        "to": "12:00",
        "minutes": 60,
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(days=1)).isoformat(),
        "draws_at": (now + timedelta(days=2)).isoformat(),
    } | over


def told(person: Person, lottery_id: str) -> set[str]:
    found = person.get("/notifications?limit=100")["items"]
    return {one["template"] for one in found if one["subject_id"] == lottery_id}


def test_from_the_plan_to_the_replay(person: People, visitor: Person, tmp_path: Path) -> None:
    admin, chen, zhang, clerk = person("admin"), person("chen"), person("zhang"), person("clerk")
    day = datetime.now(ZONE).date() + timedelta(days=100)
    assert chen("POST", "/lotteries", json=plan(day)).status_code == 403
    lottery = admin.post("/lotteries", plan(day))
    assert (lottery["state"], lottery["number_of_times"], lottery["can"]) == ("open", 2, ["close", "cancel"])
    wish = {
        "space_id": lottery["times"][0]["space_id"],
        **{name: lottery["times"][0][name] for name in ("starts_at", "ends_at")},
    }
    refused = chen("POST", "/bookings", json=wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.decided_by_lottery")

    one = f"/lotteries/{lottery['id']}"
    assert visitor("POST", f"{one}/entries", json={"wishes": [1]}).status_code == 401
    entry = chen("POST", f"{one}/entries", json={"wishes": [1]}).json()
    assert chen("POST", f"{one}/entries", json={"wishes": [1, 2]}).json()["id"] == entry["id"]
    zhang("POST", f"{one}/entries", json={"wishes": [1], "attendees": 2})
    assert zhang("GET", f"/lottery-entries/{entry['id']}").status_code == 404
    shown = clerk.get(f"/lottery-entries?scope=desk&lottery_id={lottery['id']}")["items"]
    assert {item["resident_name"] for item in shown} == {"陈浩", "张敏"}
    assert admin("POST", f"{one}/preview").json()["entries"] == 2
    assert admin("POST", f"{one}/draw").json()["code"] == "booking.lottery_not_closed"
    assert admin("POST", f"{one}/close").json()["state"] == "closed"
    assert chen("POST", f"{one}/entries", json={"wishes": [2]}).json()["code"] == "booking.lottery_not_open"
    assert admin("POST", f"{one}/draw").json()["state"] == "drawn"
    assert admin("POST", f"{one}/draw").json()["code"] == "booking.lottery_over"

    file = visitor.get(f"{one}/record")
    path = tmp_path / "lottery.json"
    path.write_text(json.dumps(file, ensure_ascii=False, indent=2), encoding="utf-8")
    answer = CliRunner().invoke(lotteries, ["replay", str(path)])
    assert answer.exit_code == 0 and json.loads(answer.stdout) == file["result"]
    result = {
        item["number"]: item for item in (chen.get(f"/lottery-entries/{entry['id']}"), *zhang.get("/lottery-entries")["items"])
    }
    outcomes = {one["entry"]: [wish["outcome"] for wish in one["wishes"]] for one in file["result"]}
    assert {number: [wish["outcome"] for wish in result[number]["wishes"]] for number in outcomes} == outcomes
    won = [wish["booking_id"] for item in result.values() for wish in item["wishes"] if wish["booking_id"]]
    assert won and all(clerk.get(f"/bookings/{booking_id}")["state"] == "confirmed" for booking_id in won)

    for who in (chen, zhang):
        mine = next(item for item in result.values() if item["resident_id"] == who.account["id"])
        wanted = {"lottery_won" if mine["state"] == "won" else "lottery_lost"}
        assert eventually(lambda who=who, wanted=wanted: told(who, lottery["id"]) == wanted)  # type: ignore[misc]
    for booking_id in won:
        clerk.post(f"/bookings/{booking_id}/cancel", {})


def test_a_cancelled_lottery_tells_who_entered(person: People) -> None:
    admin, chen = person("admin"), person("chen")
    lottery = admin.post("/lotteries", plan(datetime.now(ZONE).date() + timedelta(days=101)))
    chen("POST", f"/lotteries/{lottery['id']}/entries", json={"wishes": [1]})
    admin.post(f"/lotteries/{lottery['id']}/cancel", {"because": "spaces_needed"})
    assert eventually(lambda: told(chen, lottery["id"]) == {"lottery_cancelled"})
