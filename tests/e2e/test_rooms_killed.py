"""The machine goes off while club events wait for their rooms: nothing is half held, and nobody waits for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Person, sign_in
from tests.e2e.test_erasure_killed import killed
from tests.e2e.test_rooms import evening
from tests.patience import eventually

SLOTS, WISHES = 2, 3  # club events for each of some times of one room


def rooms_of(organiser: Person, ids: list[str]) -> dict[str, dict[str, Any]]:
    return {one: organiser.get(f"/club-events/{one}") for one in ids}


@pytest.mark.timeout(900)
def test_rooms_are_given_once_however_often_the_machine_goes_off(home_folder: Callable[[], Any]) -> None:
    folder = home_folder()
    ids: list[str] = []
    with killed(folder) as url:
        organiser, visitor = sign_in(url, "organiser"), Person(url)
        room = next(
            space for space in visitor.get("/spaces", params={"limit": 100})["items"] if space["code"] == "maker-centre"
        )
        club = visitor.get("/clubs")["items"][0]
        for slot in range(SLOTS):
            content = {
                "title": {"zh-CN": "夜读"},
                "description": {"zh-CN": "带书"},
                "location": "创客中心",
                "section": "neighbour",
            }
            wanted = {"club_id": club["id"], "space_id": room["id"], "sessions": [evening(5 + slot) | {"capacity": 10}]}
            ids += [organiser.post("/club-events", content | wanted)["id"] for _ in range(WISHES)]
        for one in ids[::2]:
            organiser.post(f"/club-events/{one}/publish")
    with killed(folder) as url:
        for one in ids[1::2]:
            sign_in(url, "organiser").post(f"/club-events/{one}/publish")
    with killed(folder) as url:
        organiser, visitor = sign_in(url, "organiser"), Person(url)

        def settled() -> dict[str, dict[str, Any]] | None:
            found = rooms_of(organiser, ids)
            return None if any(one["state"] == "awaiting_room" for one in found.values()) else found

        found = eventually(settled, seconds=60)
        published = [one["sessions"][0] for one in found.values() if one["state"] == "published"]
        assert len(published) == SLOTS and len({one["starts_at"] for one in published}) == SLOTS
        day = {"from": evening(5)["starts_at"], "to": evening(5 + SLOTS)["starts_at"], "space_id": room["id"]}
        held = visitor.get("/claimed-times", params=day)["items"]
        assert {one["holder_id"] for one in held} >= {one["id"] for one in published}
        refused = {one["sessions"][0]["id"] for one in found.values() if one["state"] == "draft"}
        assert refused.isdisjoint({one["holder_id"] for one in held})
