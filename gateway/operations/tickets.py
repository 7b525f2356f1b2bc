"""Taking a ticket of a queue. A visitor is told apart by the device."""

from typing import Any

from gateway.calls import calls
from gateway.http import current
from gateway.http.visitors import visitor_id
from services.booking.interface.counters import TAKE_TICKET


def take_ticket(payload: dict[str, Any]) -> dict[str, Any]:
    """Call booking.take_ticket with the JSON `payload`, without the field `visitor`. Raises the refusals of the service."""
    if current.identity().account_id is None and current.identity().system_id is None:
        payload = payload | {"visitor": visitor_id()}
    return calls.send(TAKE_TICKET, payload)
