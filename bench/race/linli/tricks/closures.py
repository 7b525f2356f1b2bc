"""An admin closes a court for an hour, decides about the bookings in the way, and reopens it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bench.bookings import COMMUNITY
from bench.race.linli.scene import ADMIN, COURT_IDS, DAYS, ZONE
from bench.race.linli.tricks.trick import Ask, Json, Trick


class Closures(Trick):
    closed: list[str]
    plan: tuple[Json, Json] | None = None  # what is to be closed, and its preview

    def ask(self) -> Ask:
        if not hasattr(self, "closed"):
            self.closed = []
        if self.plan is not None:
            about, preview = self.plan
            self.plan = None
            decisions = [
                {"booking_id": hit["booking_id"], **({"move_to": _to(hit["offers"][0])} if hit["offers"] else {})}
                for hit in preview["items"]
            ]
            payload = about | {"reason": "maintenance", "decisions": decisions}
            return Ask(ADMIN, "close_spaces", payload, None, lambda made: self.closed.append(made["id"]))
        if len(self.closed) > 1:
            return Ask(ADMIN, "end_closure", {"closure_id": self.closed.pop(0)}, None)
        about = self._an_hour()
        return Ask(ADMIN, "preview_closure", about, None, lambda preview: self._decide(about, preview))

    def _decide(self, about: Json, preview: Json) -> None:
        self.plan = (about, preview)

    def _an_hour(self) -> dict[str, Any]:
        day = (datetime.now(UTC) + timedelta(days=1 + self.chance.randrange(DAYS))).date()
        starts_at = datetime(day.year, day.month, day.day, 9 + self.chance.randrange(10), tzinfo=ZONE)
        return {
            "community_id": COMMUNITY,
            "whole": False,
            "space_ids": [self.chance.choice(COURT_IDS)],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        }


def _to(offer: Json) -> Json:
    return {name: offer[name] for name in ("space_id", "starts_at", "ends_at")}
