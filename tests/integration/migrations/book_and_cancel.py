"""Run with the code of the last release: a resident books a court and cancels. Argument: the URL. Prints both states."""

import sys
from datetime import UTC, datetime

from tour.free_time import first_free
from tour.people import People

api = People(sys.argv[1]).resident("wang").api
court = api.items("/spaces", kind="court")[0]
starts_at, ends_at = first_free(api, court, datetime.now(UTC))
booking = api.post("/bookings", {"space_id": court["id"], "starts_at": starts_at, "ends_at": ends_at, "attendees": 2})
cancelled = api.post(f"/bookings/{booking['id']}/cancel", {"reason": "rain"})
print(booking["state"], cancelled["state"])
