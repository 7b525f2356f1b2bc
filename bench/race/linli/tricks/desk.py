"""Clerks book for residents beyond the limits, with a reason, at the moment at which these residents book themselves."""

from typing import Any

from bench.race.linli.scene import CLERKS, COURT_IDS, somebody, soon
from bench.race.linli.tricks.trick import Ask, Trick


class Desk(Trick):
    known: list[str]

    def ask(self) -> Ask:
        if not hasattr(self, "known"):
            self.known = []
        clerk = self.chance.choice(CLERKS)
        if not self.known or self.chance.random() < 0.5:
            wanted: dict[str, Any] = {
                "space_id": self.chance.choice([*COURT_IDS, *self.scene.rooms]),
                "resident_id": somebody(self.chance).account_id,
                **soon(self.chance),
            }
            if self.chance.random() < 0.5:
                wanted["beyond_reason"] = "比赛"
            return Ask(clerk, "book_space", wanted, heard=lambda made: self.keep(self.known, made["id"]))
        about: dict[str, Any] = {"booking_id": self.chance.choice(self.known), "staff_reason": "asked"}
        if self.chance.random() < 0.5:
            return Ask(clerk, "cancel_booking", about)
        return Ask(clerk, "reschedule_booking", about | soon(self.chance))
