"""Residents wait for times that are taken. They accept, decline and give up at the same moment at which an offer is made."""

from typing import Any

from bench.race.linli.scene import CLERKS, COURT_IDS, somebody, soon
from bench.race.linli.tricks.trick import Ask, Json, Trick
from chassis.rpc.identity import Identity

WAIT = "wait"


class Waits(Trick):
    mine: list[tuple[Identity, str]]
    offers: list[tuple[Identity, str, str]]

    def ask(self) -> Ask:
        if not hasattr(self, "mine"):
            self.mine, self.offers = [], []
        chosen = self.chance.random()
        if self.offers and chosen < 0.4:
            who, wait_id, offer_id = self.offers[self.chance.randrange(len(self.offers))]
            answer = {"wait_id": wait_id, "offer_id": offer_id}
            if self.chance.random() < 0.6:
                return Ask(who, "accept_offer", answer)
            return Ask(who, "decline_offer", answer, WAIT)
        if chosen < 0.65:
            who = somebody(self.chance)
            return Ask(who, "list_waits", {"limit": 20}, None, lambda listed: self._remember(who, listed))
        if self.mine and chosen < 0.72:
            who, wait_id = self.chance.choice(self.mine)
            return Ask(who, "cancel_wait", {"wait_id": wait_id}, WAIT)
        return self._wait()

    def _wait(self) -> Ask:
        who = somebody(self.chance)
        wanted: dict[str, Any] = {
            "space_id": self.chance.choice([*COURT_IDS, *self.scene.rooms]),
            "alike": self.chance.random() < 0.3,
            **soon(self.chance),
        }
        acting = who
        if self.chance.random() < 0.1:
            acting, wanted = CLERKS[0], wanted | {"resident_id": who.account_id, "care": True}
        return Ask(acting, "wait_for_space", wanted, WAIT, lambda made: self.keep(self.mine, (who, made["id"])))

    def _remember(self, who: Identity, listed: Json) -> None:
        for one in listed["items"]:
            self.keep(self.mine, (who, one["id"]))
            if one["offer"]:
                self.keep(self.offers, (who, one["id"], one["offer"]["id"]))
