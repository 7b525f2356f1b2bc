"""Residents and visitors take tickets, the same one several times at once. Clerks call, skip, send on, and go home."""

from typing import Any
from uuid import uuid4

from bench.race.linli.scene import CLERKS, somebody
from bench.race.linli.tricks.trick import Ask, Json, Trick
from chassis.rpc.identity import ANONYMOUS

STEPS = ["start", "finish", "skip", "call_again", "transfer"]


class Counter(Trick):
    secrets: list[str]
    tickets: list[Json]

    def ask(self) -> Ask:
        if not hasattr(self, "secrets"):
            self.secrets, self.tickets = [], []
        chosen, window = self.chance.random(), self.chance.randrange(len(self.scene.window_ids))
        clerk = CLERKS[window] if self.chance.random() < 0.9 else self.chance.choice(CLERKS)
        at_window: Json = {"counter_window_id": self.scene.window_ids[window]}
        if chosen < 0.3:
            return self._take()
        if chosen < 0.36 and self.secrets:
            return Ask(ANONYMOUS, "give_up_ticket", {"secret": self.chance.choice(self.secrets)}, None)
        if chosen < 0.46:
            return Ask(clerk, "open_counter_window", at_window, None, self._see)
        if chosen < 0.49:
            return Ask(clerk, "close_counter_window", at_window, None, self._see)
        if chosen < 0.75 or not self.tickets:
            seen = [one["id"] for one in self.tickets if one["window"] == window + 1]
            finished = {"finished_ticket_id": self.chance.choice(seen)} if seen else {}
            return Ask(clerk, "call_next_ticket", at_window | finished, None, self._see)
        return self._step()

    def _take(self) -> Ask:
        service = {"ticket_queue_id": self.scene.queue_id, "service_id": self.chance.choice(self.scene.service_ids)}
        heard = lambda made: self.keep(self.secrets, made["secret"])  # noqa: E731  the same for all who take one
        if self.chance.random() < 0.5:
            return Ask(somebody(self.chance), "take_ticket", service, None, heard)
        return Ask(ANONYMOUS, "take_ticket", service | {"visitor": uuid4().hex}, None, heard)

    def _step(self) -> Ask:
        ticket = self.chance.choice(self.tickets)
        step = self.chance.choices(STEPS, [3, 3, 3, 1, 2])[0]
        payload: dict[str, Any] = {"ticket_id": ticket["id"], "step": step}
        if step == "transfer":
            payload["service_id"] = self.chance.choice(self.scene.service_ids)
        number = ticket["window"] or 1
        return Ask(CLERKS[(number - 1) % len(self.scene.window_ids)], "take_ticket_step", payload, None, self._see)

    def _see(self, board: Json) -> None:
        self.tickets = board["tickets"][:12]
