"""Services that answer at once, from memory: what the pages are tested against where no district runs."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refusal, Refused
from services.cases.interface.cases import StepOfCase
from services.cases.interface.step import PREVIOUS
from services.cases.interface.workflow import BY_NAME, offered
from tests.doubles import ask
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.answers import one, page
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.doors_district import FakeDoors
from tests.unit.gateway.pages.equipment_district import FakeEquipment
from tests.unit.gateway.pages.explanations_district import FakeExplanations
from tests.unit.gateway.pages.lotteries_district import FakeLotteries
from tests.unit.gateway.pages.series_district import FakeSeries
from tests.unit.gateway.pages.waits_district import FakeWaits

STEPS_OF_CASE = StepOfCase(many=True)


class Away(Refusal):
    """What the gateway raises when a service does not answer."""

    code = "unavailable"
    kind = "unavailable"
    en = "The service does not answer now."
    zh = "服务暂时没有响应。"


class FakeDistrict(FakeDoors, FakeSeries, FakeWaits, FakeExplanations, FakeEquipment, FakeLotteries):
    """Remembers every call (`calls`), answers as the catalogue says, and refuses where told: `down` names services
    that are away, `refusals` what a method says instead of doing it."""

    def __init__(self) -> None:
        self.spaces, self.clubs, self.events = centre.spaces(), centre.clubs(), centre.club_events()
        self.cases, self.notifications = centre.cases(), centre.notifications()
        self.bookings: list[Json] = [self._booking("badminton-1", "15:00", "16:00", "wang", "wang-1")]
        self.bookings.append(self._booking("table-tennis", "10:00", "12:00", "li", "li-1"))
        self.registrations: list[Json] = []
        self.claimed_times: list[Json] = []
        self.rooms: list[Json] = []
        self.closures: list[Json] = []
        self.fewer: list[Json] = []
        self.series: list[Json] = [self.example("badminton-1")]
        self.questions: list[Json] = []
        self.waits: list[Json] = [self.example_wait("table-tennis")]
        self.attempts: list[Json] = [self.example_attempt()]
        self.obstacles: list[Json] = []
        self.begin_lotteries()
        self.misfits: list[Json] = []
        self.approval_preview: Json = {}  # what a preview says other than that nothing changes
        self.of_whole: list[Json] = []
        self.kept_times: list[Json] = []
        self.lottery_times: list[Json] = []
        self.openings: list[Json] = []
        self.equipment: list[Json] = []
        self.lending: list[Json] = []
        self.sessions_lending: list[Json] = []
        self.overdue: list[Json] = []
        self.hits: list[Json] = []
        self.calendar_days: list[Json] = []
        self.closed_times: list[Json] = []
        self.holidays: list[Json] = []  # busy times of any space
        self.day_hours: list[Json] = []
        self.no_shows: Json | None = None
        self.appeals: list[Json] = []
        self.limits: list[Json] = [centre.limit()]
        self.contact_points: list[Json] = []
        self.reminders = "app"
        self.muted: list[str] = []
        self.locks: list[Json] = [centre.door_lock()]
        self.door: Json = {}
        self.reminded: dict[str, Json] = {}
        self.answered: dict[str, Json] = {}
        self.photos: list[Json] = []  # of every space
        self.calls: list[tuple[str, Json, Any]] = []
        self.down: set[str] = set()
        self.refusals: dict[str, Refused] = {}

    def call(self, service: str, method: str, payload: Json, context: CallContext) -> Json:
        payload = orjson.loads(orjson.dumps(payload))
        self.calls.append((method, payload, context))
        if service in self.down:
            raise Away()
        if method in self.refusals:
            raise self.refusals[method]
        answer: Callable[[Json, CallContext], Any] = getattr(self, method)
        command = not method.startswith(("list_", "get_", "look_up"))
        if command and context.idempotency_key in self.answered:
            return self.answered[context.idempotency_key or ""]
        said = ask(lambda given: answer(given, context), service, method, payload, context)
        if command and context.key_from_caller:
            self.answered[context.idempotency_key or ""] = said
        return said

    def asked(self, method: str) -> list[Json]:
        return [payload for name, payload, _ in self.calls if name == method]

    # photos of spaces, which the gateway has itself
    def photos_of(self, space: Json) -> Json:
        about = {"space_id": space["id"], "community_id": space["community_id"]}
        return about | {"version": len(self.photos), "photos": self.photos}

    # booking
    def list_spaces(self, p: Json, _: CallContext) -> Json:
        wanted = {key: p[key] for key in ("section", "kind") if key in p}
        found = [space for space in self.spaces if all(space[key] == value for key, value in wanted.items())]
        return page([space for space in found if p.get("q", "") in space["name"]["zh-CN"]], p)

    def get_space(self, p: Json, _: CallContext) -> Json:
        return one(self.spaces, p["space_id"])

    def get_availability(self, p: Json, _: CallContext) -> Json:
        start, end = (datetime.fromisoformat(p[name]) for name in ("from", "to"))
        free, busy = [], []
        for booked in self.bookings:
            moving = booked["id"] == p.get("moving")
            if booked["space_id"] == p["space_id"] and booked["state"] == "confirmed" and not moving:
                busy.append({"starts_at": booked["starts_at"], "ends_at": booked["ends_at"], "reason": "booked"})
        busy += self.holidays
        day = centre.day_of(start)
        while (opens := datetime.combine(day, datetime.min.time(), tzinfo=centre.ZONE).replace(hour=8)) < end:
            closes, cursor = opens.replace(hour=20), max(opens, start, _half_hour(centre.NOW))
            for item in sorted(busy, key=lambda item: item["starts_at"]):
                if item["starts_at"].date() == day:
                    free.append({"starts_at": cursor, "ends_at": item["starts_at"]})
                    cursor = max(cursor, item["ends_at"])
            free.append({"starts_at": cursor, "ends_at": min(closes, end)})
            day += timedelta(days=1)
        window = {"from": start, "to": end}
        return {"space_id": p["space_id"], **window, "free": [f for f in free if f["starts_at"] < f["ends_at"]], "busy": busy}

    def get_centre_availability(self, p: Json, c: CallContext) -> Json:
        items = [self.get_availability({**p, "space_id": space["id"]}, c) for space in self.list_spaces(p, c)["items"]]
        return page(items)

    def list_closed_times(self, p: Json, _: CallContext) -> Json:
        return page(self.closed_times)

    def list_kept_times(self, p: Json, _: CallContext) -> Json:
        about = {"space_id": self.spaces[0]["id"], "kept": self.kept_times, "lotteries": self.lottery_times}
        return page([about] if self.kept_times or self.lottery_times else [])

    def list_managed_spaces(self, p: Json, _: CallContext) -> Json:
        return page(self.spaces, p)

    def get_managed_space(self, p: Json, _: CallContext) -> Json:
        return one(self.spaces, p["space_id"])

    def preview_space(self, _p: Json, _c: CallContext) -> Json:
        about = {"community_id": "liuyi", "kept": self.kept_times, "openings": self.openings}
        stays = {"approval": None, "other_approvers": False, "waiting": [], "waiting_count": 0, "coming_count": 0}
        return about | stays | {"items": self.misfits, "count": len(self.misfits)} | self.approval_preview

    def preview_new_space(self, _p: Json, _c: CallContext) -> Json:
        return {"community_id": "liuyi", "items": self.of_whole, "count": len(self.of_whole)}

    def add_space(self, p: Json, _: CallContext) -> Json:
        self.spaces.append(self.spaces[0] | p | {"id": str(uuid4()), "version": 1})
        return self.spaces[-1]

    def change_space(self, p: Json, _: CallContext) -> Json:
        found = one(self.spaces, p["space_id"])
        found.update({"seasons": p["seasons"]} if "seasons" in p else {})
        return found

    def list_locks(self, p: Json, _: CallContext) -> Json:
        return page(self.locks, p)

    def get_lock(self, p: Json, _: CallContext) -> Json:
        return one(self.locks, p["lock_id"])

    def get_lock_bridges(self, _p: Json, _c: CallContext) -> Json:
        return page([{"name": "hall"}])

    def add_lock(self, p: Json, _: CallContext) -> Json:
        self.locks.append(centre.door_lock(**p, id=str(uuid4())))
        return self.locks[-1]

    def change_lock(self, p: Json, _: CallContext) -> Json:
        return one(self.locks, p["lock_id"])

    def get_door_code(self, p: Json, _: CallContext) -> Json:
        return centre.door_code(one(self.bookings, p["booking_id"]), self.door)

    def list_door_codes(self, _p: Json, _c: CallContext) -> Json:
        return page([self.reveal_door_codes(_p, _c)["items"][0] | {"door_code": None}] if self.door else [])

    def reveal_door_codes(self, _p: Json, _c: CallContext) -> Json:
        return page([centre.door_code(self.bookings[0], self.door)] if self.door else [])

    def get_space_days(self, p: Json, _: CallContext) -> Json:
        use = {"open_minutes": 600, "booked_minutes": 90, "event_minutes": 60, "bookings": 2}
        return page([{"space_id": space["id"], "day": p["first_day"], **use} for space in self.spaces])

    def list_closures(self, p: Json, _: CallContext) -> Json:
        return page(self.closures, p)

    def get_closure(self, p: Json, _: CallContext) -> Json:
        return one(self.closures, p["closure_id"])

    def preview_closure(self, p: Json, _: CallContext) -> Json:
        hit = [booked for booked in self.bookings if booked["space_id"] in p["space_ids"]]
        return {
            "community_id": p["community_id"],
            "items": [self._hit(booked, p["decisions"]) for booked in hit],
            "claimed_times": self.claimed_times,
            "people": len(hit),
            "without_offer": 0,
            "fewer": self.fewer,
        }

    def _hit(self, booked: Json, decisions: list[Json]) -> Json:
        decided = next((one for one in decisions if one["booking_id"] == booked["id"]), None)
        locked = None if decided is None else "move" if decided.get("move_to") else "cancel"
        offer = {name: booked[name] for name in ("space_id", "space_name", "starts_at", "ends_at")}
        return offer | {
            "booking_id": booked["id"],
            "resident_id": booked["resident_id"],
            "started": False,
            "offers": [offer],
            "locked": locked,
        }

    def close_spaces(self, p: Json, _: CallContext) -> Json:
        made = {
            name: p.get(name) for name in ("community_id", "starts_at", "ends_at", "reason", "note", "whole", "outside_uid")
        }
        made |= {"id": str(uuid4()), "spaces": [], "state": "coming", "moved": 1, "cancelled": 0}
        self.closures.append(made)
        return made

    def block_time(self, p: Json, c: CallContext) -> Json:
        about = {"community_id": "liuyi", "whole": False, "outside_uid": None}
        made = self.close_spaces(p | about, c)
        space = one(self.spaces, p["space_id"])
        made |= {"version": 1, "moved": 0, "by_desk": True, "can": ["end"], "created_at": centre.NOW, "ended_at": None}
        made["spaces"] = [{"space_id": space["id"], "space_name": space["name"]}]
        return made

    def end_closure(self, p: Json, _: CallContext) -> Json:
        known = one(self.closures, p["closure_id"])
        return {"id": known["id"], "community_id": known["community_id"], "outcome": "taken_back"}

    def list_calendar_days(self, p: Json, _: CallContext) -> Json:
        return page([day for day in self.calendar_days if str(day["day"]).startswith(str(p["year"]))])

    def preview_calendar_day(self, _p: Json, _c: CallContext) -> Json:
        return {"items": self.misfits, "count": len(self.misfits)}

    def set_calendar_day(self, p: Json, c: CallContext) -> Json:
        name = p.get("name") or {"zh-CN": "放假"}
        decided = {"day": date.fromisoformat(p["day"]), "version": 1, "community_id": p.get("community_id")}
        return decided | {
            "kind": p["kind"], "weekday": p.get("weekday"), "name": name, "provisional": False, "source": "an admin",
            "affected": self.preview_calendar_day(p, c),
        }  # fmt: skip

    def reset_calendar_day(self, p: Json, c: CallContext) -> Json:
        return self.preview_calendar_day(p, c)

    def list_day_hours(self, p: Json, _: CallContext) -> Json:
        return page([row for row in self.day_hours if row["space_id"] == p["space_id"]], p)

    def preview_day_hours(self, p: Json, c: CallContext) -> Json:
        return self.preview_calendar_day(p, c)

    def set_day_hours(self, p: Json, c: CallContext) -> Json:
        made = {"day": date.fromisoformat(p["day"]), "version": 1, "space_id": p["space_id"], "community_id": "liuyi"}
        return made | {"hours": p["hours"], "note": p.get("note"), "affected": self.preview_calendar_day(p, c)}

    def remove_day_hours(self, p: Json, c: CallContext) -> Json:
        return self.preview_calendar_day(p, c)

    def list_calendar_changes(self, p: Json, _: CallContext) -> Json:
        return page([])

    def check_time(self, p: Json, _: CallContext) -> Json:
        return {name: p[name] for name in ("space_id", "starts_at", "ends_at")}

    def book_space(self, p: Json, c: CallContext) -> Json:
        space = one(self.spaces, p["space_id"])
        starts, ends = datetime.fromisoformat(p["starts_at"]), datetime.fromisoformat(p["ends_at"])
        for other in self.bookings:
            if other["space_id"] == space["id"] and starts < other["ends_at"] and other["starts_at"] < ends:
                length = ends - starts
                later = {"starts_at": other["ends_at"].isoformat(), "ends_at": (other["ends_at"] + length).isoformat()}
                alternative = {"space_id": space["id"], "space_name": space["name"], **later}
                raise Refused("booking.space_taken", "conflict", "该时段已被预约。", {"alternatives": [alternative]})
        who = p.get("resident_id") or c.identity.account_id
        made = self._made(space, starts, ends, who, str(uuid4()))
        made |= {"attendees": p.get("attendees", 1), "purpose": p.get("purpose")}
        self.bookings.append(made)
        return made

    def list_bookings(self, p: Json, c: CallContext) -> Json:
        mine = [b for b in self.bookings if p["scope"] == "desk" or b["resident_id"] == c.identity.account_id]
        wanted = [b for b in mine if p.get("state", b["state"]) in (b["state"], _kind_of(b)) and during(p, b)]
        first, after = int(p.get("cursor", 0)), int(p.get("cursor", 0)) + int(p.get("limit", 20))
        return page(wanted[first:after]) | {"next_cursor": str(after) if after < len(wanted) else None}

    def list_requests(self, p: Json, _: CallContext) -> Json:
        waiting = [b for b in self.bookings if b["state"] == "requested"]
        return page(waiting, p) | {"count": len(waiting)}

    def accept_request(self, p: Json, _: CallContext) -> Json:
        return one(self.bookings, p["booking_id"]) | {"state": "confirmed", "can": []}

    def decline_request(self, p: Json, _: CallContext) -> Json:
        return one(self.bookings, p["booking_id"]) | {"state": "declined", "decline_reason": p["reason"], "can": []}

    def get_booking(self, p: Json, _: CallContext) -> Json:
        return one(self.bookings, p["booking_id"])

    def cancel_booking(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found.update(state="cancelled", cancelled_at=centre.NOW, cancel_reason=p.get("reason"), can=[])
        return found

    def reschedule_booking(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found.update({key: datetime.fromisoformat(p[key]) for key in ("starts_at", "ends_at")})
        if "space_id" in p:
            space = one(self.spaces, p["space_id"])
            found.update(space_id=space["id"], space_name=space["name"])
        return found

    def change_attendees(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found["attendees"] = p["attendees"]
        return found

    def find_free_spaces(self, p: Json, _: CallContext) -> Json:
        times = {name: p[name] for name in ("starts_at", "ends_at")}
        names = ("kind", "section", "capacity", "location")
        found = [
            {"space_id": space["id"], "space_name": space["name"], **{name: space[name] for name in names}, **times}
            for space in centre.spaces()
            if space["capacity"] >= p.get("attendees", 1)
        ]
        return {"community_id": "liuyi", "items": found[:2], "others": found[2:3]}

    def list_claimed_times(self, p: Json, _: CallContext) -> Json:
        return page([item for item in self.claimed_times if during(p, item)])

    def end_booking(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found |= {"planned_ends_at": found["ends_at"], "can": []}
        return found

    def check_in(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        return found | {"checked_in_at": centre.NOW, "checked_in_by": "staff", "can": ["end"]}

    def mark_no_show(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found |= {"state": "no_show", "no_show_at": centre.NOW, "planned_ends_at": found["ends_at"], "can": ["undo"]}
        return found

    def undo_no_show(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found |= {"state": "confirmed", "no_show_at": None, "planned_ends_at": None, "can": []}
        return found

    def change_purpose(self, p: Json, _: CallContext) -> Json:
        found = one(self.bookings, p["booking_id"])
        found["purpose"] = p.get("purpose")
        return found

    def get_space_limits(self, _p: Json, c: CallContext) -> Json:
        known = c.identity.account_id is not None
        use = {"taken": 1, "left": 1, "again_at": None} if known else {"taken": None, "left": None, "again_at": None}
        found = page([{**one, **use, "limit_id": one["id"]} for one in self.limits if not one["ended_at"]])
        return found | {"no_shows": self.no_shows if known else None}

    def get_no_show_rule(self, p: Json, _: CallContext) -> Json:
        return {"tolerated": 2, "forget_days": 60, "days_ahead": 2, "active": True, "version": 1} | p

    def set_no_show_rule(self, p: Json, c: CallContext) -> Json:
        return self.get_no_show_rule(p, c) | p

    def list_limits(self, p: Json, _: CallContext) -> Json:
        return page([one for one in self.limits if p.get("ended") or not one["ended_at"]], p)

    def get_limit(self, p: Json, _: CallContext) -> Json:
        return one(self.limits, p["limit_id"])

    def list_limit_changes(self, p: Json, _: CallContext) -> Json:
        return page([{"before": None, "after": {"allowed": 2}, "action": "created", "at": centre.NOW}])

    def get_limit_preview(self, _p: Json, _c: CallContext) -> Json:
        return {"people_over": 3, "complete": True, "resident_ids": []}

    def add_limit(self, p: Json, _: CallContext) -> Json:
        made = self.limits[0] | p | {"id": str(uuid4())}
        self.limits.append(made)
        return made

    def change_limit(self, p: Json, _: CallContext) -> Json:
        one(self.limits, p["limit_id"])["allowed"] = p["allowed"]
        return one(self.limits, p["limit_id"])

    def end_limit(self, p: Json, _: CallContext) -> Json:
        one(self.limits, p["limit_id"]).update(ended_at=centre.NOW, can=[])
        return one(self.limits, p["limit_id"])

    # cases
    def list_channels(self, _p: Json, _c: CallContext) -> Json:
        citizen = {"min_photos": 0, "sign_in_required": False, "staff_roles": [], "anonymous_default": False}
        say = centre.both("说给社区听。", "Tell the community.")
        return page(
            [
                citizen | {"code": "photo", "name": centre.both("随手拍", "Photo report"), "description": say, "min_photos": 1},
                citizen | {"code": "suggestion_box", "name": centre.both("意见箱", "Suggestion box"), "description": say},
                citizen
                | {"code": "walk_in", "name": centre.both("接访", "Walk-in"), "description": say, "staff_roles": ["clerk"]},
            ]
        )

    def list_categories(self, _p: Json, _c: CallContext) -> Json:
        return page([{"code": c, "parent": parent, "name": centre.both(zh, en)} for c, parent, zh, en in centre.CATEGORIES])

    def list_grids(self, _p: Json, _c: CallContext) -> Json:
        names = "一二三四五六"
        return page(
            [
                {"id": f"liuyi-{n}", "community_id": "liuyi", "name": centre.both(f"第{names[n - 1]}网格", f"Grid {n}")}
                for n in range(1, 7)
            ]
        )

    def list_departments(self, _p: Json, _c: CallContext) -> Json:
        return page(
            [{"id": centre.uid("department", "light"), "code": "light", "name": centre.both("市政路灯所", "Street lights")}]
        )

    def list_cases(self, p: Json, _: CallContext) -> Json:
        return page([case for case in self.cases if p.get("state", case["state"]) == case["state"]])

    def get_case(self, p: Json, _: CallContext) -> Json:
        found = one(self.cases, p["case_id"])
        return found | {"steps": STEPS_OF_CASE.dump([BY_NAME[name] for name in found["allowed_actions"]])}

    def get_case_history(self, p: Json, _: CallContext) -> Json:
        found = one(self.cases, p["case_id"])
        line = {"at": found["reported_at"], "action": "report", "to_state": "reported", "actor_party": "resident", "note": None}
        return page([line | {"from_state": None, "public": True, "department_name": None}])

    def look_up_case(self, p: Json, _: CallContext) -> Json:
        for found in self.cases:
            if found["number"] == p["number"] and p["token"] == "right-token":
                steps = STEPS_OF_CASE.dump(offered(found["state"], {"reporter"}))
                return found | {"updates": [], "steps": steps}
        raise Refused("case.not_found", "not_found", "没有找到该事项。", {})

    def take_slip_step(self, p: Json, c: CallContext) -> Json:
        found = self.look_up_case(p, c)
        self.take_step({"case_id": found["id"], "step": p["step"]}, c)
        return self.look_up_case(p, c)

    def report_case(self, p: Json, c: CallContext) -> Json:
        new = centre.case(len(self.cases) + 6, "reported", p["text"], (p["category"], "路灯照明", "Street lighting"))
        self.cases.append(new)
        named = c.identity.account_id and not p.get("anonymous")
        return {"case": new} if named else {"case": new, "lookup_token": "right-token"}

    def take_step(self, p: Json, c: CallContext) -> Json:
        found, step = one(self.cases, p["case_id"]), BY_NAME[p["step"]]
        found.update(
            state="accepted" if step.target == PREVIOUS else step.target,
            allowed_actions=["dispatch"] if step.name == "accept" else [],
        )
        return self.get_case(p, c)

    # events
    def list_clubs(self, p: Json, _c: CallContext) -> Json:
        return page(self.clubs, p)

    def join_club(self, p: Json, _: CallContext) -> Json:
        one(self.clubs, p["club_id"])["joined"] = True
        return one(self.clubs, p["club_id"])

    def leave_club(self, p: Json, _: CallContext) -> Json:
        one(self.clubs, p["club_id"])["joined"] = False
        return one(self.clubs, p["club_id"])

    def list_club_events(self, p: Json, _: CallContext) -> Json:
        return page([event for event in self.events if p.get("section", event["section"]) == event["section"]], p)

    def get_club_event(self, p: Json, _: CallContext) -> Json:
        return one(self.events, p["club_event_id"])

    def register(self, p: Json, c: CallContext) -> Json:
        event, session = next((e, s) for e in self.events for s in e["sessions"] if s["id"] == p["session_id"])
        full = session["seats_left"] == 0
        made = {
            "id": str(uuid4()), "version": 1, "community_id": "liuyi", "registered_by": c.identity.account_id,
            "session_id": session["id"], "club_event_id": event["id"], "title": event["title"],
            "starts_at": session["starts_at"], "ends_at": session["ends_at"], "location": event["location"],
            "resident_id": c.identity.account_id, "seats": 1, "created_at": centre.NOW,
            "state": "waitlisted" if full else "confirmed", "position": 4 if full else None,
        }  # fmt: skip
        self.registrations.append(made)
        return made

    def list_registrations(self, p: Json, _: CallContext) -> Json:
        return page([r for r in self.registrations if p.get("club_event_id", r["club_event_id"]) == r["club_event_id"]])

    def get_registration(self, p: Json, _: CallContext) -> Json:
        return one(self.registrations, p["registration_id"])

    def cancel_registration(self, p: Json, _: CallContext) -> Json:
        one(self.registrations, p["registration_id"])["state"] = "cancelled"
        return one(self.registrations, p["registration_id"])

    def draft_club_event(self, p: Json, _: CallContext) -> Json:
        made = {**self.events[0], **p, "id": str(uuid4()), "state": "draft"}
        made["sessions"] = [{**self.events[0]["sessions"][0], **session} for session in p["sessions"]]
        self.events.append(made)
        return made

    def publish_club_event(self, p: Json, _: CallContext) -> Json:
        event = one(self.events, p["club_event_id"])
        event["state"] = "awaiting_room" if event["space_id"] else "published"
        return event

    def revise_club_event(self, p: Json, _: CallContext) -> Json:
        event = one(self.events, p["club_event_id"])
        event |= {name: p[name] for name in ("title", "description", "section") if name in p}
        return event

    def get_rooms(self, p: Json, _: CallContext) -> Json:
        return {"club_event_id": p["club_event_id"], "sessions": self.rooms}

    def move_session(self, p: Json, _: CallContext) -> Json:
        return next(event for event in self.events for session in event["sessions"] if session["id"] == p["session_id"])

    def cancel_session(self, p: Json, c: CallContext) -> Json:
        event = self.move_session(p, c)
        session = one(event["sessions"], p["session_id"])
        session |= {"cancelled_at": centre.NOW, "cancel_reason": p["reason"]}
        return event

    def cancel_club_event(self, p: Json, _: CallContext) -> Json:
        event = one(self.events, p["club_event_id"])
        event |= {"state": "cancelled", "cancel_reason": p["reason"]}
        return event

    # notify
    def list_notifications(self, p: Json, _: CallContext) -> Json:
        unread = [n for n in self.notifications if n["read_at"] is None]
        return page(unread if p.get("unread") else self.notifications) | {"unread_count": len(unread)}

    def mark_read(self, p: Json, _: CallContext) -> Json:
        one(self.notifications, p["notification_id"])["read_at"] = centre.NOW
        return one(self.notifications, p["notification_id"])

    def get_reminder_choice(self, _p: Json, _c: CallContext) -> Json:
        return {"reminders": self.reminders}

    def choose_reminders(self, p: Json, _: CallContext) -> Json:
        self.reminders = p["reminders"]
        return {"reminders": self.reminders}

    def get_staff_messages(self, _p: Json, _c: CallContext) -> Json:
        return {"muted": self.muted}

    def choose_staff_messages(self, p: Json, _: CallContext) -> Json:
        self.muted = p["muted"]
        return {"muted": self.muted}

    def get_reminded(self, p: Json, _: CallContext) -> Json:
        if p["secret"] not in self.reminded:
            raise Refused("notify.reminder_link_void", "gone", "这个链接无效或已失效。", {})
        return self.reminded[p["secret"]]

    def mark_all_read(self, _p: Json, _c: CallContext) -> Json:
        for notification in self.notifications:
            notification["read_at"] = centre.NOW
        return {"marked": len(self.notifications), "unread_count": 0}

    def list_contact_points(self, _p: Json, _c: CallContext) -> Json:
        return page(self.contact_points)

    def put_contact_point(self, p: Json, _: CallContext) -> Json:
        given = {"id": centre.uid("contact_point", p["address"]), "version": 1, "community_id": "liuyi", **p}
        given |= {"account_id": str(centre.WANG), "created_at": centre.NOW}
        self.contact_points = [point for point in self.contact_points if point["verified"]] + [given]
        return given

    def verify_contact_point(self, p: Json, _: CallContext) -> Json:
        found = one(self.contact_points, p["contact_point_id"])
        if p["code"] == "492039":
            found["verified"] = True
            self.contact_points = [found]
        return found

    def remove_contact_point(self, p: Json, _: CallContext) -> Json:
        self.contact_points.remove(one(self.contact_points, p["contact_point_id"]))
        return {"id": p["contact_point_id"], "removed": True}

    def set_language(self, p: Json, _: CallContext) -> Json:
        return p

    def _booking(self, code: str, start: str, end: str, who: str, name: str) -> Json:
        space = next(space for space in self.spaces if space["code"] == code)
        return self._made(space, centre.at(start), centre.at(end), centre.uid("account", who), centre.uid("booking", name))

    @staticmethod
    def _made(space: Json, starts: datetime, ends: datetime, who: str | None, id_: str) -> Json:
        return {
            "id": id_, "version": 1, "community_id": "liuyi", "space_id": space["id"], "space_name": space["name"],
            "section": space["section"], "resident_id": who, "booked_by": who, "starts_at": starts, "ends_at": ends,
            "state": "confirmed", "answer_by": None, "decided_at": None,
            "attendees": 4, "purpose": "球友打球", "created_at": centre.NOW, "beyond_moves": [],
            "cancelled_at": None, "cancel_reason": None, "equipment": [],
            "can": ["cancel", "move", "change_attendees", "change_purpose", "change_equipment"],
        }  # fmt: skip


def _kind_of(booked: Json) -> str:
    return "active" if booked["state"] in ("confirmed", "requested") else ""


def during(p: Json, booking: Json) -> bool:
    """Whether it falls between `from` and `to`, where they are given."""
    starts, ends = (datetime.fromisoformat(p[name]) if name in p else None for name in ("from", "to"))
    return (ends is None or booking["starts_at"] < ends) and (starts is None or booking["ends_at"] > starts)


def _half_hour(moment: datetime) -> datetime:
    local = moment.astimezone(centre.ZONE)
    return local.replace(minute=30, second=0) if local.minute < 30 else local.replace(minute=0) + timedelta(hours=1)
