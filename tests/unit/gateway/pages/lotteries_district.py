"""Lotteries in the fake district: one is open, one is drawn. Whoever enters is in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from services.booking.lotteries.drawing import canonical
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json

DAY = timedelta(days=1)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class FakeLotteries:
    """The verbs of lotteries. The district has `spaces`."""

    spaces: list[Json]
    lotteries: list[Json]
    entries: list[Json]

    def begin_lotteries(self) -> None:
        self.lotteries = [self.example_lottery("open"), self.example_lottery("drawn")]
        self.entries = []

    def example_lottery(self, state: str) -> Json:
        """Three times of the first court."""
        space = next(space for space in self.spaces if space["code"] == "badminton-1")
        drawn = state == "drawn"
        times = [
            {
                "space_id": space["id"], "space_name": space["name"], "starts_at": centre.at(f"{hour}:00") + 3 * DAY,
                "ends_at": centre.at(f"{hour + 1}:00") + 3 * DAY, "wishes": 2 if drawn else None,
                "given": number == 1 if drawn else None, "number": number,
            }
            for number, hour in enumerate((18, 19, 20), 1)
        ]  # fmt: skip
        return {
            "id": centre.uid("lottery", state), "version": 1, "community_id": "liuyi", "section": space["section"],
            "title": {"zh-CN": "周末晚上羽毛球", "en": "Badminton on weekend evenings"}, "state": state,
            "opens_at": centre.NOW - DAY, "closes_at": centre.NOW + DAY, "draws_at": centre.NOW + 2 * DAY,
            "first_starts_at": times[0]["starts_at"], "last_ends_at": times[-1]["ends_at"], "most_wins": 1, "entered": 2,
            "number_of_times": 3, "commitment": DIGEST, "left_out": 1, "drawn_at": centre.NOW if drawn else None,
            "cancelled_because": None, "note": None, "can": [] if drawn else ["close", "cancel"], "times": times,
        }  # fmt: skip

    def list_lotteries(self, p: Json, _: CallContext) -> Json:
        over = p.get("over", False)
        return {
            "items": [one for one in self.lotteries if (one["state"] in ("drawn", "cancelled")) == over],
            "next_cursor": None,
        }

    def get_lottery(self, p: Json, _: CallContext) -> Json:
        for one in self.lotteries:
            if one["id"] == p["lottery_id"]:
                return one
        raise Refused("not_found", "not_found", "没有找到。", {})

    def get_lottery_record(self, p: Json, c: CallContext) -> Json:
        lottery, drawn = self.get_lottery(p, c), self.get_lottery(p, c)["state"] == "drawn"
        wishes = [{"time": 1, "outcome": "won", "round": 1}], [{"time": 1, "outcome": "taken", "round": 1, "by": 1}]
        known: dict[str, Any] = {
            "entries": [{"entry": 1, "wishes": [1]}, {"entry": 2, "wishes": [1]}], "entries_digest": DIGEST, "secret": "s",
            "seed": DIGEST, "gone": [], "absent": [], "refused": [],
            "result": [{"entry": number, "wishes": one} for number, one in enumerate(wishes, 1)],
        }  # fmt: skip
        about = {"format": "linli-lottery-1", "lottery_id": lottery["id"], "commitment": DIGEST, "most_wins": 1, "times": []}
        assert canonical(known)
        return about | (known if drawn else dict.fromkeys(known))

    def enter_lottery(self, p: Json, c: CallContext) -> Json:
        lottery = self.get_lottery(p, c)
        who = p.get("resident_id") or c.identity.account_id
        self.entries = [one for one in self.entries if (one["lottery_id"], one["resident_id"]) != (lottery["id"], who)]
        by_number = {time["number"]: time for time in lottery["times"]}
        nothing = dict.fromkeys(("outcome", "round", "by", "booking_id"))
        made = {
            "id": str(uuid4()), "version": 1, "community_id": "liuyi", "lottery_id": lottery["id"],
            "lottery_title": lottery["title"], "lottery_state": lottery["state"], "resident_id": who, "number": None,
            "attendees": p.get("attendees", 1), "state": "entered", "entered_at": centre.NOW, "can": ["change", "withdraw"],
            "wishes": [by_number[number] | nothing for number in p["wishes"]],
        }  # fmt: skip
        self.entries.append(made)
        return made

    def list_lottery_entries(self, p: Json, c: CallContext) -> Json:
        desk = p["scope"] == "desk"
        mine = [one for one in self.entries if desk or one["resident_id"] == c.identity.account_id]
        wanted = p.get("lottery_id")
        return {"items": [one for one in mine if wanted in (None, one["lottery_id"])], "next_cursor": None}

    def get_lottery_entry(self, p: Json, _: CallContext) -> Json:
        return next(one for one in self.entries if one["id"] == p["entry_id"])

    def withdraw_entry(self, p: Json, _: CallContext) -> Json:
        entry = next(one for one in self.entries if one["id"] == p["entry_id"])
        entry.update(state="withdrawn", can=[])
        return entry

    def make_lottery(self, p: Json, _: CallContext) -> Json:
        made = self.example_lottery("open") | {"id": str(uuid4()), "title": p["title"]}
        self.lotteries.append(made)
        return made

    def preview_lottery(self, p: Json, c: CallContext) -> Json:
        self.get_lottery(p, c)
        return {
            "trial_seed": "trial:5b1c", "entries": 12, "with_first_wish": 4, "with_some": 9, "with_nothing": 3, "times": 3,
            "given": 3, "gone": 0, "wanted": [{"number": 1, "wishes": 7}],
        }  # fmt: skip

    def close_lottery(self, p: Json, c: CallContext) -> Json:
        lottery = self.get_lottery(p, c)
        lottery.update(state="closed", can=["draw", "cancel"], version=2)
        return lottery

    def draw_lottery(self, p: Json, c: CallContext) -> Json:
        lottery = self.get_lottery(p, c)
        lottery.update(state="drawn", can=[], version=3)
        return lottery

    def cancel_lottery(self, p: Json, c: CallContext) -> Json:
        lottery = self.get_lottery(p, c)
        lottery.update(state="cancelled", can=[], cancelled_because=p["because"], note=p.get("note"))
        return lottery

    def see_lottery_quarters(self, p: Json, _: CallContext) -> Json:
        rows = [
            {"quarter": n, "households": 3, "entries": 4, "won": n - 1, "with_nothing": 3 if n == 1 else 0} for n in range(1, 5)
        ]
        return {"items": rows, "next_cursor": None}
