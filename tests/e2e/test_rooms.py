"""A club event and its room, over HTTP: events and booking talk by messages meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from gateway.demo import COMMUNITY
from tests.e2e.conftest import People, Person
from tests.patience import eventually


def evening(days: int) -> dict[str, str]:
    """The last hour of a room of the demo, which nothing else in these tests uses."""
    day = (datetime.now().astimezone() + timedelta(days=days)).date()
    return {"starts_at": f"{day}T20:10:00+08:00", "ends_at": f"{day}T21:10:00+08:00"}


def settled(organiser: Person, club_event_id: str) -> dict[str, Any]:
    """The club event when booking has answered."""

    def answered() -> dict[str, Any] | None:
        rooms = organiser.get(f"/club-events/{club_event_id}/rooms")["sessions"]
        if any(one["room"] == "waiting" for one in rooms):
            return None
        found: dict[str, Any] = organiser.get(f"/club-events/{club_event_id}")
        return found

    found: dict[str, Any] = eventually(answered, seconds=20)
    return found


def test_a_club_event_gets_its_room_and_another_one_is_offered_a_different_time(person: People, visitor: Person) -> None:
    organiser, chen = person("organiser"), person("chen")
    room = next(space for space in visitor.get("/spaces", params={"limit": 100})["items"] if space["code"] == "maker-centre")
    club = visitor.get("/clubs")["items"][0]

    def draft(days: int) -> dict[str, Any]:
        content = {"title": {"zh-CN": "夜读"}, "description": {"zh-CN": "带书"}, "location": "创客中心", "section": "neighbour"}
        wanted = {"club_id": club["id"], "space_id": room["id"], "sessions": [evening(days) | {"capacity": 10}]}
        made: dict[str, Any] = organiser.post("/club-events", content | wanted)
        return made

    first, second = draft(5), draft(5)
    for one in (first, second):
        assert organiser.post(f"/club-events/{one['id']}/publish")["state"] in ("awaiting_room", "published", "draft")
        one["state"] = settled(organiser, one["id"])["state"]
    assert (first["state"], second["state"]) == ("published", "draft")

    wish = {"space_id": room["id"], "starts_at": evening(5)["starts_at"].replace("20:10", "20:30")}
    refused = chen("POST", "/bookings", json=wish | {"ends_at": evening(5)["starts_at"].replace("20:10", "21:00")})
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.space_taken")
    day = {"from": evening(5)["starts_at"][:10] + "T00:00:00+08:00", "to": evening(6)["starts_at"][:10] + "T00:00:00+08:00"}
    busy = visitor.get(f"/spaces/{room['id']}/availability", params=day)["busy"]
    assert {"zh-CN": "夜读"} in [one["title"] for one in busy if one["reason"] == "event"]
    held = visitor.get("/claimed-times", params=day | {"community_id": COMMUNITY, "space_id": room["id"]})["items"]
    assert first["sessions"][0]["id"] in [one["holder_id"] for one in held]

    (refusal,) = (one["refusal"] for one in organiser.get(f"/club-events/{second['id']}/rooms")["sessions"])
    offer = refusal["alternatives"][0]
    session_id = second["sessions"][0]["id"]
    times = {name: offer[name] for name in ("starts_at", "ends_at", "space_id")}
    organiser.post(f"/sessions/{session_id}/move", times | {"location": offer["space_name"]["zh-CN"]})
    organiser.post(f"/club-events/{second['id']}/publish")
    assert settled(organiser, second["id"])["state"] == "published"

    registration = chen.post(f"/sessions/{session_id}/registrations", {"seats": 1})
    organiser.post(f"/sessions/{session_id}/move", evening(6) | {"location": "创客中心", "space_id": room["id"]})
    settled(organiser, second["id"])
    moved = eventually(lambda: _moved(chen, registration["id"]), seconds=20)
    assert datetime.fromisoformat(moved["starts_at"]) == datetime.fromisoformat(evening(6)["starts_at"])
    told = eventually(
        lambda: [one for one in chen.get("/notifications")["items"] if "夜读" in one["title"] and "变" in one["title"]]
    )
    assert told
    for one in (first, second):
        organiser.post(f"/club-events/{one['id']}/cancel", {"reason": "测试"})
    gone = eventually(
        lambda: not visitor.get("/claimed-times", params=day | {"community_id": COMMUNITY, "space_id": room["id"]})["items"]
    )
    assert gone


def _moved(resident: Person, registration_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] = resident.get(f"/registrations/{registration_id}")
    return found if found["version"] > 1 else None
