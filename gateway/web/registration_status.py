"""Whether a resident can register for a session now, as lists and pages show it."""

from gateway.web import times
from gateway.web.service_calls import Json


def registration_status(event: Json, session: Json) -> str:
    """open | soon (registration has not begun) | closed | running | over | cancelled."""
    now = times.now()
    if event["state"] == "cancelled" or session.get("cancelled_at"):
        return "cancelled"
    if event["state"] != "published":
        return "closed"
    if times.local(session["ends_at"]) <= now:
        return "over"
    if times.local(session["starts_at"]) <= now:
        return "running"
    if (opens := session.get("registration_opens_at")) and now < times.local(opens):
        return "soon"
    if (closes := session.get("registration_closes_at")) and now >= times.local(closes):
        return "closed"
    return "open"
