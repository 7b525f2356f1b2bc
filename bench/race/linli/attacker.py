"""Those who send requests: residents at the same few spaces and days, and an admin who closes and reopens them."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from bench.bookings import COMMUNITY
from bench.contenders import Linli
from bench.race.line import Line, Reply
from chassis.demo import demo_id
from chassis.rpc.identity import Identity
from chassis.rpc.wire import REFUSED

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 3
COURTS = ("badminton-hall", *(f"badminton-court-{n}" for n in (1, 2, 3)), *(f"table-tennis-{n}" for n in (1, 2)))
SPACES = [str(demo_id("space", code)) for code in COURTS]
ALLOWED = 3  # bookings of courts by one resident on one day
MOST_TRIES = 30
MOMENT = 0.5  # seconds
_NAMES = UUID("0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e11")
RESIDENTS = [
    Identity(account_id=str(uuid5(_NAMES, f"racer {number}")), party="resident", community_id=COMMUNITY) for number in range(24)
]
ADMIN = Identity(
    account_id=str(uuid5(_NAMES, "admin")), party="staff", roles=frozenset({"admin", "clerk"}), community_id=COMMUNITY
)
NOT_YET = {"idempotency_key_in_flight"}  # the answer of the key is still to come


@dataclass
class Tally:
    """What was sent and answered. `contradictions` are keys with two different answers, `odd` are answers that are neither a
    result nor a refusal. `promised` is the newest version of each booking that was answered."""

    attempts: int = 0
    lost: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    promised: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.attempts += other.attempts
        self.lost += other.lost
        self.outcomes += other.outcomes
        self.contradictions += other.contradictions
        self.odd += other.odd
        for booking_id, version in other.promised.items():
            self.promised[booking_id] = max(version, self.promised.get(booking_id, 0))


def of_the_moment() -> Identity:
    """The resident whom most attackers are at this moment, so that they meet each other's bookings at its limits."""
    return RESIDENTS[int(time.monotonic() / MOMENT) % len(RESIDENTS)]


class Attacker(threading.Thread):
    """One resident after the other. Ends after `attempts` requests, or when `stop` is set."""

    def __init__(self, linli: Linli, number: int, attempts: int, stop: threading.Event) -> None:
        super().__init__(name=f"attacker-{number}", daemon=True)
        self._line, self._chance, self._attempts, self._stop_now = Line(linli), Random(number), attempts, stop
        self._mine: dict[str, list[str]] = {who.account_id or "": [] for who in RESIDENTS}
        self.tally = Tally()

    def run(self) -> None:
        try:
            while self.tally.attempts < self._attempts and not self._stop_now.is_set():
                self._attempt()
        finally:
            self._line.close()

    def _attempt(self) -> None:
        who = self._chance.choice(RESIDENTS) if self._chance.random() < 0.3 else of_the_moment()
        mine = self._mine[who.account_id or ""]
        verb = (
            self._chance.choices(["book_space", "reschedule_booking", "cancel_booking"], [6, 2, 2])[0] if mine else "book_space"
        )
        payload: dict[str, Any] = {"space_id": self._chance.choice(SPACES)} if verb == "book_space" else {}
        if verb != "book_space":
            payload["booking_id"] = self._chance.choice(mine)
        if verb != "cancel_booking":
            payload |= self._times()
        answer = self._insist(who, verb, payload)
        if answer is None:
            return
        if answer["error"]:
            self.tally.outcomes[_code(answer)] += 1
            return
        result = answer["result"]
        self.tally.outcomes[verb] += 1
        self.tally.promised[result["id"]] = max(result["version"], self.tally.promised.get(result["id"], 0))
        if verb == "book_space":
            mine.append(result["id"])
        elif verb == "cancel_booking" and result["id"] in mine:
            mine.remove(result["id"])

    def _insist(self, who: Identity, verb: str, payload: dict[str, Any]) -> Reply | None:
        """One answer to a request that is sent up to three times at once, and again until it is answered."""
        key, answers, copies = f"race-{self.name}-{self.tally.attempts}", [], self._chance.choice([1, 1, 2, 3])
        for _ in range(MOST_TRIES):
            replies = self._line.ask(who, verb, payload, key, copies)
            self.tally.attempts += copies
            self.tally.lost += copies - len(replies)
            answers += [reply for reply in replies if not _is_temporary(reply)]
            if answers or self._stop_now.is_set():
                break
        self.tally.odd += [str(reply["error"])[:300] for reply in answers if reply["error"] and not _code(reply)]
        if len({_said(reply) for reply in answers}) > 1:
            self.tally.contradictions.append(f"{key}: {[_said(reply) for reply in answers]}")
        return answers[0] if answers else None

    def _times(self) -> dict[str, str]:
        day = datetime.now(ZONE).date() + timedelta(days=1 + self._chance.randrange(DAYS))
        starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE) + timedelta(minutes=30 * self._chance.randrange(20))
        length = timedelta(minutes=self._chance.choice([30, 60, 90]))
        return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + length).isoformat()}


class Closer(threading.Thread):
    """An admin who closes a court for an hour, decides about the bookings in the way, and reopens it."""

    def __init__(self, linli: Linli, stop: threading.Event) -> None:
        super().__init__(name="closer", daemon=True)
        self._line, self._chance, self._stop_now, self.tally = Line(linli), Random(1), stop, Tally()
        self.closed: list[str] = []

    def run(self) -> None:
        try:
            while not self._stop_now.wait(0.5):
                self._close()
                if len(self.closed) > 2:
                    self._one("end_closure", {"closure_id": self.closed.pop(0)})
        finally:
            self._line.close()

    def _close(self) -> None:
        day = (datetime.now(UTC) + timedelta(days=1 + self._chance.randrange(DAYS))).date()
        starts_at = datetime(day.year, day.month, day.day, 9 + self._chance.randrange(10), tzinfo=ZONE)
        about = {
            "community_id": COMMUNITY,
            "whole": False,
            "space_ids": [self._chance.choice(SPACES)],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        }
        plan = self._one("preview_closure", about)
        if plan is None:
            return
        decisions = [
            {"booking_id": hit["booking_id"], **({"move_to": _to(hit["offers"][0])} if hit["offers"] else {})}
            for hit in plan["items"]
        ]
        made = self._one("close_spaces", about | {"reason": "maintenance", "decisions": decisions})
        if made is not None:
            self.closed.append(made["id"])

    def _one(self, verb: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        replies = self._line.ask(ADMIN, verb, payload)
        if not replies:
            self.tally.lost += 1
            return None
        self.tally.outcomes[_code(replies[0]) or verb] += 1
        return replies[0]["result"] if not replies[0]["error"] else None


def _to(offer: dict[str, Any]) -> dict[str, Any]:
    return {name: offer[name] for name in ("space_id", "starts_at", "ends_at")}


def _code(reply: Reply) -> str:
    """The code of a refusal. Empty for a result, and for an error that is no refusal."""
    error = reply["error"]
    return str(error["exc_args"][0]) if error and error["exc_path"] == REFUSED else ""


def _is_temporary(reply: Reply) -> bool:
    """Nothing was decided: the request may come again."""
    return bool(_code(reply)) and (_code(reply) in NOT_YET or reply["error"]["exc_args"][1] == "unavailable")


def _said(reply: Reply) -> str:
    """What must be the same in every answer to a key."""
    if reply["error"]:
        return _code(reply) or "error"
    return f"{reply['result']['id']} {reply['result']['version']} {reply['result']['state']}"
