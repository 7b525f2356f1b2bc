"""Residents ask for the same times of spaces that need approval. Several clerks accept and decline at once."""

from typing import Any

from bench.race.linli.scene import CLERKS, somebody, soon, wish
from bench.race.linli.tricks.trick import Ask, Trick
from chassis.rpc.identity import Identity


class Requests(Trick):
    known: list[tuple[Identity, str]]

    def ask(self) -> Ask:
        if not hasattr(self, "known"):
            self.known = []
        clerk, chosen = self.chance.choice(CLERKS), self.chance.random()
        if chosen < 0.1:
            return Ask(clerk, "list_requests", {"limit": 20}, None, self._remember)
        if not self.known or chosen < 0.4:
            who = somebody(self.chance)
            return Ask(
                who,
                "book_space",
                wish(self.chance, self.scene.asked),
                heard=lambda made: self.keep(self.known, (who, made["id"])),
            )
        who, booking_id = self.chance.choice(self.known)
        about: dict[str, Any] = {"booking_id": booking_id}
        if chosen < 0.75:
            return Ask(clerk, "accept_request", about)
        if chosen < 0.85:
            return Ask(clerk, "decline_request", about | {"reason": "rules"})
        if chosen < 0.93:
            return Ask(who, "cancel_booking", about)
        return Ask(who, "reschedule_booking", about | soon(self.chance))

    def _remember(self, listed: dict[str, Any]) -> None:
        for one in listed["items"]:
            self.keep(self.known, (CLERKS[0], one["id"]))
