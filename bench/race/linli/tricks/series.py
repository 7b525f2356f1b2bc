"""Residents book series over the same days, change them from a date on, put dates back, and cancel them."""

from datetime import datetime, timedelta

from bench.race.linli.scene import COURT_IDS, DAYS, ZONE, somebody
from bench.race.linli.tricks.trick import Ask, Trick
from chassis.rpc.identity import Identity

SERIES = "series"


class SeriesOfBookings(Trick):
    mine: list[tuple[Identity, str]]

    def ask(self) -> Ask:
        if not hasattr(self, "mine"):
            self.mine = []
        if not self.mine or self.chance.random() < 0.4:
            return self._book()
        who, series_id = self.chance.choice(self.mine)
        verb = self.chance.choice(["change_series", "add_series_date", "cancel_series", "cancel_series"])
        payload = {"series_id": series_id}
        if verb == "cancel_series":
            return Ask(who, verb, payload, SERIES)
        if verb == "add_series_date":
            return Ask(who, verb, payload | {"day": self._day()}, SERIES)
        heard = lambda made: self.keep(self.mine, (who, made["id"]))  # noqa: E731  the second half is a series of its own
        return Ask(who, verb, payload | {"from_day": self._day(), "starts_at": self._clock()}, SERIES, heard)

    def _book(self) -> Ask:
        who = somebody(self.chance)
        wanted = {
            "space_id": self.chance.choice([*COURT_IDS, *self.scene.rooms, *self.scene.asked]),
            "rrule": f"FREQ=DAILY;COUNT={DAYS}",
            "starts_on": (datetime.now(ZONE).date() + timedelta(days=1)).isoformat(),
            "starts_at": self._clock(),
            "minutes": self.chance.choice([30, 60]),
            "only_if_all": self.chance.random() < 0.2,
        }
        return Ask(who, "book_series", wanted, SERIES, lambda made: self.keep(self.mine, (who, made["id"])))

    def _clock(self) -> str:
        return f"{9 + self.chance.randrange(10):02}:{self.chance.choice([0, 30]):02}"

    def _day(self) -> str:
        return (datetime.now(ZONE).date() + timedelta(days=1 + self.chance.randrange(DAYS))).isoformat()
