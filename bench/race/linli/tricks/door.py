"""Residents book times that begin within minutes. They check in, end early, and are marked as no-shows and put back, while the
job makes no-shows of those who have not come."""

from typing import Any

from bench.race.linli.scene import CLERKS, now_or_nearly, somebody
from bench.race.linli.tricks.trick import Ask, Trick
from chassis.rpc.identity import Identity

STEPS = ["check_in", "mark_no_show", "undo_no_show", "end_booking", "cancel_booking"]


class Door(Trick):
    known: list[tuple[Identity, str]]
    MOST_KEPT = 60  # older ones are over

    def ask(self) -> Ask:
        if not hasattr(self, "known"):
            self.known = []
        if not self.known or self.chance.random() < 0.4:
            who = somebody(self.chance)
            wanted: dict[str, Any] = {"space_id": self.chance.choice(self.scene.doors), **now_or_nearly(self.chance)}
            return Ask(who, "book_space", wanted, heard=lambda made: self.keep(self.known, (who, made["id"])))
        who, booking_id = self.chance.choice(self.known)
        step = self.chance.choices(STEPS, [4, 3, 3, 2, 1])[0]
        acting = who if step in ("end_booking", "cancel_booking") else self.chance.choice(CLERKS)
        return Ask(acting, step, {"booking_id": booking_id})
