"""Explanations in the fake district: one attempt of Wang was refused, and a time is possible unless a test says otherwise."""

from datetime import timedelta

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json


class FakeExplanations:
    """The verbs of explanations. The district has `spaces`."""

    spaces: list[Json]
    attempts: list[Json]
    obstacles: list[Json]

    def example_attempt(self) -> Json:
        space = self.spaces[0]
        at = centre.at("09:00") + timedelta(seconds=3, milliseconds=400)
        return {
            "id": centre.uid("attempt", "wang-1"), "community_id": "liuyi", "at": at, "attempt": "book_space",
            "space_id": space["id"], "space_name": space["name"], "booking_id": None,
            "resident_id": centre.uid("account", "wang"), "by_another": False, "starts_at": centre.at("15:00"),
            "ends_at": centre.at("16:00"), "attendees": 4, "code": "booking.space_taken",
            "sentence": centre.both("该时段已被预约。", "The space is already taken at that time."), "details": {},
            "in_the_way": [self.holder(space)],
        }  # fmt: skip

    def holder(self, space: Json) -> Json:
        times = {"starts_at": centre.at("15:00"), "ends_at": centre.at("16:00")}
        since = centre.at("09:00") + timedelta(seconds=1)
        return {
            "kind": "booking",
            "space_id": space["id"],
            "space_name": space["name"],
            **times,
            "since": since,
            "number": None,
        }

    def explain_time(self, p: Json, c: CallContext) -> Json:
        times = {name: p[name] for name in ("space_id", "starts_at", "ends_at")}
        rules = [{"code": "horizon", "sentence": centre.both("最多提前14天预约。", "It is booked at most 14 days ahead.")}]
        found = {"possible": not self.obstacles, "obstacles": self.obstacles, "in_the_way": [], "rules": rules}
        return times | found

    def list_refused_attempts(self, p: Json, c: CallContext) -> Json:
        mine = [one for one in self.attempts if p["scope"] == "desk" or one["resident_id"] == c.identity.account_id]
        return {"items": mine, "next_cursor": None}

    def get_refused_attempt(self, p: Json, _: CallContext) -> Json:
        for one in self.attempts:
            if one["id"] == p["attempt_id"]:
                return one
        raise Refused("not_found", "not_found", "没有找到。", {})
