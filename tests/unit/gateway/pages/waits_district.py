"""Waiting for a time in the fake district: whoever asks is in line, and the tests make offers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json


class FakeWaits:
    """The verbs of waiting. The district has `spaces` and `bookings`."""

    spaces: list[Json]
    bookings: list[Json]
    waits: list[Json]

    def wait_for_space(self, p: Json, c: CallContext) -> Json:
        made = self.waiting(p, p.get("resident_id") or c.identity.account_id, str(uuid4()))
        self.waits.append(made)
        return made

    def ask_for_earlier(self, p: Json, c: CallContext) -> Json:
        booking = next(one for one in self.bookings if one["id"] == p["booking_id"])
        wanted = {"space_id": booking["space_id"], "starts_at": p["after"], "alike": p["alike"]}
        wanted["ends_at"] = (datetime.fromisoformat(p["after"]) + timedelta(hours=1)).isoformat()
        made = self.waiting(wanted, booking["resident_id"], str(uuid4())) | {"booking_id": booking["id"]}
        self.waits.append(made)
        return made

    def waiting(self, p: Json, who: str | None, id_: str) -> Json:
        space = next(space for space in self.spaces if space["id"] == p["space_id"])
        starts, ends = (datetime.fromisoformat(p[name]) for name in ("starts_at", "ends_at"))
        window = [datetime.fromisoformat(p[name]) if name in p else None for name in ("earliest_at", "latest_at")]
        return {
            "id": id_, "version": 1, "community_id": "liuyi", "space_id": space["id"], "space_name": space["name"],
            "section": space["section"], "alike": p.get("alike", False), "resident_id": who, "booking_id": None,
            "starts_at": starts, "ends_at": ends, "earliest_at": window[0] or starts, "latest_at": window[1] or ends,
            "attendees": p.get("attendees", 1), "care": p.get("care", False), "state": "waiting", "place": 2, "offer": None,
            "asked_at": centre.NOW, "open_until": starts - timedelta(minutes=15), "ended_at": None, "can": ["cancel"],
        }  # fmt: skip

    def example_wait(self, code: str) -> Json:
        """Wang waits for a time that Li has."""
        space = next(space for space in self.spaces if space["code"] == code)
        times = {"starts_at": centre.at("10:00").isoformat(), "ends_at": centre.at("11:00").isoformat()}
        return self.waiting({"space_id": space["id"], **times}, centre.uid("account", "wang"), centre.uid("wait", "wang-1"))

    def offered(self, wait: Json) -> Json:
        """A time is held for it now."""
        offer: dict[str, Any] = {name: wait[name] for name in ("space_id", "space_name", "starts_at", "ends_at")}
        offer |= {"id": str(uuid4()), "expires_at": centre.NOW + timedelta(hours=2)}
        wait.update(state="offered", place=None, offer=offer, can=["accept", "decline", "cancel"])
        return offer

    def list_waits(self, p: Json, c: CallContext) -> Json:
        mine = [one for one in self.waits if p["scope"] == "desk" or one["resident_id"] == c.identity.account_id]
        return {"items": [one for one in mine if one["ended_at"] is None], "next_cursor": None}

    def get_wait(self, p: Json, _: CallContext) -> Json:
        for one in self.waits:
            if one["id"] == p["wait_id"]:
                return one
        raise Refused("not_found", "not_found", "没有找到。", {})

    def cancel_wait(self, p: Json, c: CallContext) -> Json:
        return self._ended(self.get_wait(p, c), "withdrawn")

    def decline_offer(self, p: Json, c: CallContext) -> Json:
        return self._ended(self.get_wait(p, c), "declined")

    def accept_offer(self, p: Json, c: CallContext) -> Json:
        wait = self.get_wait(p, c)
        if wait["offer"] is None or wait["offer"]["id"] != p["offer_id"]:
            raise Refused("booking.offer_over", "conflict", "这个名额已经过时或已答复。", {})
        offer = wait["offer"]
        booking = self.bookings[0] | {name: offer[name] for name in ("space_id", "space_name", "starts_at", "ends_at")}
        booking |= {"id": offer["id"], "resident_id": wait["resident_id"]}
        self.bookings.append(booking)
        self._ended(wait, "fulfilled")
        return booking

    @staticmethod
    def _ended(wait: Json, state: str) -> Json:
        wait.update(state=state, place=None, offer=None, ended_at=centre.NOW, can=[])
        return wait
