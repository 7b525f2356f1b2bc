"""Residents book, move, change and cancel single bookings of the courts, and of rooms with a limit for households."""

from bench.race.linli.scene import COURT_IDS, RESIDENTS, somebody, soon, wish
from bench.race.linli.tricks.trick import Ask, Json, Trick


class Bookings(Trick):
    mine: dict[str, list[str]]

    def spaces(self) -> list[str]:
        return COURT_IDS

    def ask(self) -> Ask:
        if not hasattr(self, "mine"):
            self.mine = {who.account_id or "": [] for who in RESIDENTS}
        who = somebody(self.chance)
        mine = self.mine[who.account_id or ""]
        verbs = ["book_space", "reschedule_booking", "cancel_booking", "change_attendees"]
        verb = self.chance.choices(verbs, [6, 2, 2, 1])[0] if mine else "book_space"
        if verb == "book_space":
            payload = wish(self.chance, self.spaces())
            return Ask(who, verb, payload, heard=lambda made: self.keep(mine, made["id"]))
        chosen = self.chance.choice(mine)
        if verb == "change_attendees":
            return Ask(who, verb, {"booking_id": chosen, "attendees": self.chance.randint(1, 4)})
        if verb == "cancel_booking":
            return Ask(who, verb, {"booking_id": chosen}, heard=lambda gone: self._forget(mine, gone))
        return Ask(who, verb, {"booking_id": chosen, **self._place(), **soon(self.chance)})

    def _place(self) -> Json:
        """Sometimes another space."""
        return {"space_id": self.chance.choice(self.spaces())} if self.chance.random() < 0.3 else {}

    @staticmethod
    def _forget(mine: list[str], gone: Json) -> None:
        if gone["id"] in mine:
            mine.remove(gone["id"])


class Rooms(Bookings):
    """Two residents of a household share one limit."""

    def spaces(self) -> list[str]:
        return self.scene.rooms
