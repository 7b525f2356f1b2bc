"""Series in the fake district: a date is free unless a booking of the space overlaps it."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from services.booking.series.recurrence import Recurrence
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json

TAKEN = {"zh-CN": "该时段已被预约。", "en": "The space is already taken at that time."}


class FakeSeries:
    """The verbs of series. The district has `spaces` and `bookings`."""

    spaces: list[Json]
    bookings: list[Json]
    series: list[Json]
    questions: list[Json]

    def preview_series(self, p: Json, _: CallContext) -> Json:
        dates = [self._wanted(p, day) for day in _days(p)]
        free = sum(one["state"] == "free" for one in dates)
        return {"space_id": p["space_id"], "community_id": "liuyi", "rrule": p["rrule"], "free": free, "dates": dates}

    def book_series(self, p: Json, c: CallContext) -> Json:
        dates = [self._wanted(p, day) for day in _days(p)]
        refused = [one for one in dates if one["state"] == "refused"]
        if refused and p.get("only_if_all"):
            raise Refused("booking.series_incomplete", "conflict", "有的日期订不上，所以一次都没有预约。", {"dates": []})
        made = self.made(p, dates, p.get("resident_id") or c.identity.account_id, str(uuid4()))
        self.series.append(made)
        return made

    def example(self, code: str) -> Json:
        """Four Wednesdays of Wang."""
        space = next(space for space in self.spaces if space["code"] == code)
        wanted = {"space_id": space["id"], "rrule": "FREQ=WEEKLY;BYDAY=WE;COUNT=4", "starts_on": "2026-03-11"}
        wanted |= {"starts_at": "18:00", "minutes": 60, "purpose": "球友打球"}
        dates = [self._wanted(wanted, day) for day in _days(wanted)]
        return self.made(wanted, dates, centre.uid("account", "wang"), centre.uid("series", "wang-1"))

    def made(self, p: Json, dates: list[Json], who: str | None, id_: str) -> Json:
        space = next(space for space in self.spaces if space["id"] == p["space_id"])
        return {
            "id": id_, "version": 1, "community_id": "liuyi", "space_id": space["id"], "space_name": space["name"],
            "section": space["section"], "resident_id": who, "booked_by": who, "rrule": p["rrule"], "except_days": [],
            "starts_on": p["starts_on"], "ends_on": dates[-1]["day"], "starts_at": p["starts_at"], "minutes": p["minutes"],
            "attendees": p.get("attendees", 1), "purpose": p.get("purpose"), "equipment": [],
            "created_at": centre.NOW,
            "can": ["change", "cancel", "add_date"],
            "dates": [_booked(one) for one in dates],
        }  # fmt: skip

    def list_series(self, p: Json, c: CallContext) -> Json:
        mine = [one for one in self.series if p["scope"] == "desk" or one["resident_id"] == c.identity.account_id]
        return {"items": mine, "next_cursor": None}

    def question(self) -> Json:
        """An open question about the first date of the series; two days from now."""
        series, start = self.series[0], centre.at("18:00") + timedelta(days=2)
        made = {
            "id": centre.uid("question", "wang-1"), "version": 1, "community_id": "liuyi",
            "booking_id": series["dates"][0]["booking_id"], "series_id": series["id"], "space_id": series["space_id"],
            "space_name": series["space_name"], "resident_id": series["resident_id"], "starts_at": start,
            "ends_at": start + timedelta(hours=1), "asked_at": centre.NOW, "answer_by": start - timedelta(days=1),
            "state": "open", "settled_at": None, "settled_by": None, "can": ["answer"],
            "kind": "needed", "closure_id": None, "moved_from": None, "frees": True,
        }  # fmt: skip
        self.questions.append(made)
        return made

    def list_questions(self, p: Json, c: CallContext) -> Json:
        def is_wanted(one: Json) -> bool:
            mine = p["scope"] == "desk" or one["resident_id"] == c.identity.account_id
            return mine and all(
                one[name] == p[name] for name in ("state", "series_id", "booking_id", "closure_id") if name in p
            )

        return {"items": [one for one in self.questions if is_wanted(one)], "next_cursor": None}

    def get_question(self, p: Json, _: CallContext) -> Json:
        found = next((one for one in self.questions if one["id"] == p["question_id"]), None)
        if found is None:
            raise Refused("not_found", "not_found", "没有找到。", {})
        return found

    def answer_question(self, p: Json, c: CallContext) -> Json:
        found = self.get_question(p, c)
        found |= {"state": "not_needed" if p["answer"] == "not_needed" else "needed", "settled_at": centre.NOW, "can": []}
        return found

    def question_about_move(self) -> Json:
        """An open question about a booking that a closure moved by an hour; silence means yes."""
        made = self.question() | {"kind": "moved", "closure_id": centre.uid("closure", "1"), "frees": False}
        made |= {"series_id": None, "answer_by": made["starts_at"], "can": ["answer", "choose"]}
        made["moved_from"] = {
            "space_id": made["space_id"], "space_name": {"zh-CN": "台球室", "en": "Billiards"},
            "starts_at": made["starts_at"] - timedelta(hours=1), "ends_at": made["starts_at"],
            "reason": {"zh-CN": "设备维护", "en": "Maintenance"},
        }  # fmt: skip
        self.questions[-1] = made
        return made

    def find_like_times(self, p: Json, c: CallContext) -> Json:
        found = self.get_question(p, c)
        time = {name: found[name] for name in ("space_id", "space_name")} | {"unlikeness": 60}
        start = found["starts_at"] + timedelta(hours=1)
        return {"items": [time | {"starts_at": start, "ends_at": start + timedelta(hours=1)}]}

    def choose_like_time(self, p: Json, c: CallContext) -> Json:
        found = self.get_question(p, c)
        found |= {"state": "another", "settled_at": centre.NOW, "can": []}
        return found

    def exempt_series(self, p: Json, c: CallContext) -> Json:
        found = self.get_series(p, c)
        found |= {"not_asked": "exempt", "not_asked_reason": p["reason"], "can": ["change", "cancel", "add_date", "ask"]}
        return found

    def ask_series(self, p: Json, c: CallContext) -> Json:
        found = self.get_series(p, c)
        found |= {"not_asked": None, "not_asked_reason": None, "can": ["change", "cancel", "add_date"]}
        return found

    def get_series(self, p: Json, _: CallContext) -> Json:
        return self._one(p)

    def cancel_series(self, p: Json, _: CallContext) -> Json:
        found = self._one(p)
        for one in found["dates"]:
            if one["state"] == "booked" and one["day"] >= p.get("from_day", ""):
                one["state"] = "cancelled"
        return found

    def add_series_date(self, p: Json, _: CallContext) -> Json:
        found = self._one(p)
        for one in found["dates"]:
            if one["day"] == p["day"]:
                one |= {"state": "booked", "booking_id": str(uuid4())}
        return found

    def change_series(self, p: Json, _: CallContext) -> Json:
        found = self._one(p)
        found |= {name: p[name] for name in ("starts_at", "minutes", "attendees", "space_id") if name in p}
        return found

    def _one(self, p: Json) -> Json:
        for one in self.series:
            if one["id"] == p["series_id"]:
                return one
        raise Refused("not_found", "not_found", "没有找到。", {})

    def _wanted(self, p: Json, day: date) -> Json:
        start = datetime.combine(day, time.fromisoformat(p["starts_at"]), centre.ZONE)
        end = start + timedelta(minutes=p["minutes"])
        shown: dict[str, Any] = {
            "day": day.isoformat(),
            "starts_at": start,
            "ends_at": end,
            "state": "free",
            "alternatives": [],
        }
        taken = [one for one in self.bookings if one["space_id"] == p["space_id"] and one["starts_at"] < end]
        if any(start < one["ends_at"] for one in taken):
            later = {"starts_at": end, "ends_at": end + (end - start)}
            other = {"space_id": p["space_id"], "space_name": self.spaces[0]["name"]} | later
            shown |= {"state": "refused", "code": "booking.space_taken", "message": TAKEN, "alternatives": [other]}
        return shown


def _booked(one: Json) -> Json:
    return one | {"state": "booked", "booking_id": str(uuid4())} if one["state"] == "free" else one


def _days(p: Json) -> list[date]:
    return Recurrence.parse(p["rrule"]).days(date.fromisoformat(p["starts_on"]))
