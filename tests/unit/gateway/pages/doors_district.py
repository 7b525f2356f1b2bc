"""Doors in the fake district: the first court has a display, and Wang has a booking there."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from chassis.rpc.context import CallContext
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json

KEY = "hN3v0mVb7Qd9sT4uYw1ZaA"
CODE = "a" * 48


class FakeDoors:
    """The verbs of doors. The district has `spaces` and `bookings`."""

    spaces: list[Json]
    bookings: list[Json]
    appeals: list[Json]
    door_use = "free"
    door_closure: Any = None
    may_walk_in = True

    def get_door(self, _p: Json, _c: CallContext) -> Json:
        hour = timedelta(hours=1)
        now = {"starts_at": centre.NOW, "ends_at": centre.NOW + hour, "use": self.door_use, "title": None, "taken_as": None}
        later = now | {"starts_at": centre.NOW + hour, "ends_at": centre.NOW + 2 * hour, "use": "booked"}
        space = next(one for one in self.spaces if one["code"] == "badminton-1")
        return {
            "space_id": space["id"], "community_id": "liuyi", "space_name": space["name"], "location": None,
            "check_in": "display",
            "time_zone": "Asia/Shanghai", "as_of": centre.NOW, "now": now, "until": centre.NOW + hour, "times": [later],
            "closure": self.door_closure, "code": CODE, "code_until": centre.NOW + timedelta(minutes=10),
            "free_ends": [centre.NOW + hour] if self.door_use == "free" else [],
        }  # fmt: skip

    def get_at_door(self, p: Json, c: CallContext) -> Json:
        own = [one for one in self.bookings if one["resident_id"] == c.identity.account_id]
        door = self.get_door(p, c)
        return {"door": door, "booking": own[0] if own else None, "next_at": None, "may_walk_in": self.may_walk_in}

    def check_in_at_door(self, _p: Json, c: CallContext) -> Json:
        booking = next(one for one in self.bookings if one["resident_id"] == c.identity.account_id)
        booking |= {"checked_in_at": centre.NOW, "checked_in_by": "resident"}
        return booking

    def get_walk_in_times(self, p: Json, _c: CallContext) -> Json:
        ends = [centre.NOW + timedelta(hours=1)] if self.door_use == "free" else []
        return {"space_id": p["space_id"], "community_id": "liuyi", "starts_at": centre.NOW, "free_ends": ends}

    def walk_in(self, _p: Json, _c: CallContext) -> Json:
        return self.bookings[0]

    def get_door_keys(self, p: Json, _c: CallContext) -> Json:
        keys = {"door_key": KEY, "door_check_in": "poster", "poster_code": CODE}
        return {"space_id": p["space_id"], "community_id": "liuyi"} | keys

    def appeal_no_show(self, p: Json, c: CallContext) -> Json:
        booking = next(one for one in self.bookings if one["id"] == p["booking_id"])
        booking |= {"appealed_at": centre.NOW, "can": []}
        about = {name: booking[name] for name in ("space_id", "space_name", "starts_at", "resident_id")}
        made = {"id": str(uuid4()), "version": 1, "community_id": "liuyi", "text": None, "made_by": c.identity.account_id}
        made |= {"made_at": centre.NOW, "state": "open", "decided_at": None, "decided_by": None, "note": None} | about | p
        self.appeals.append(made)
        return made

    def get_appeal(self, p: Json, _c: CallContext) -> Json:
        return next(one for one in self.appeals if one["booking_id"] == p["booking_id"])

    def list_appeals(self, p: Json, _c: CallContext) -> Json:
        return {"items": [one for one in self.appeals if one["state"] == p["state"]], "next_cursor": None}

    def answer_appeal(self, p: Json, _c: CallContext) -> Json:
        found = next(one for one in self.appeals if one["id"] == p["appeal_id"])
        return found | {"state": p["outcome"], "decided_at": centre.NOW}

    def renew_door(self, p: Json, c: CallContext) -> Json:
        return self.get_door_keys(p, c)

    def close_door(self, p: Json, c: CallContext) -> Json:
        return self.get_door_keys(p, c) | {"door_key": None, "poster_code": None}
