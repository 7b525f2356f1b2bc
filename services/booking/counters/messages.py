"""Messages about tickets of residents who are signed in. Visitors have none: nobody knows who they are. They carry ids, numbers
and public names only, never the address of the ticket."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS
from services.booking.counters.models import Ticket, TicketQueue

__all__ = ["ticket_message"]


def ticket_message(type_: str, ticket: Ticket, queue: TicketQueue, occurred_at: datetime, **facts: Any) -> Message:
    """A message of `type_` about a ticket with a resident, at `occurred_at` (aware). `facts` are the fields that only this type
    has. Call this after the change."""
    shared = {
        "ticket_id": ticket.id,
        "queue_id": queue.id,
        "queue_name": queue.name,
        "ticket": ticket.ticket,
        "resident_id": ticket.resident_id,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=ticket.id,
        version=ticket.version,
        community_id=ticket.community_id,
        occurred_at=occurred_at,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )
