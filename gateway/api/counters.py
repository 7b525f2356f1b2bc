"""Counters with a ticket queue. Everybody sees how long it takes and takes a ticket; clerks of the community call."""

from typing import Any

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.http import limits
from gateway.operations.tickets import take_ticket
from services.booking.interface.counters import (
    CALL_NEXT_TICKET,
    CLOSE_COUNTER_WINDOW,
    GET_CALL_BOARD,
    GET_QUEUE_FIGURES,
    GET_TICKET,
    GET_TICKET_QUEUE,
    GET_WALL,
    GIVE_UP_TICKET,
    LIST_MY_TICKETS,
    LIST_TICKET_QUEUES,
    OPEN_COUNTER_WINDOW,
    SET_QUEUE_TODAY,
    TAKE_TICKET,
    TAKE_TICKET_STEP,
)
from services.booking.interface.managed_queues import (
    ADD_TICKET_QUEUE,
    CHANGE_TICKET_QUEUE,
    GET_MANAGED_QUEUE,
    LIST_MANAGED_QUEUES,
    RENEW_WALL_LINK,
)

ticket_queues = Resource("ticket-queues", "窗口排队 · Counters with a live ticket queue")
managed_queues = Resource("managed-queues", "窗口排队管理 · Ticket queues for admins")
_DESK, _CLERK, _ADMIN = staff("clerk", "supervisor", "grid_worker", "organiser"), staff("clerk", "grid_worker"), staff("admin")
_QUEUE, _WINDOW = "/ticket-queues/<uuid:ticket_queue_id>", "/counter-windows/<uuid:counter_window_id>"
_MANAGED = "/managed-queues/<uuid:ticket_queue_id>"


def _take(payload: dict[str, Any]) -> dict[str, Any]:
    return take_ticket(payload)


ticket_queues.expose(
    LIST_TICKET_QUEUES,
    "GET /ticket-queues",
    of_community=True,
    links=links("ticket_queue_id", "getTicketQueue", "takeTicket", value=FIRST_ITEM),
)
ticket_queues.expose(GET_TICKET_QUEUE, f"GET {_QUEUE}")
ticket_queues.expose(
    TAKE_TICKET,
    f"POST {_QUEUE}/tickets",
    who=MAYBE_SIGNED_IN,
    status=201,
    hidden={"visitor"},
    spends=limits.TICKETS,
    send=_take,
    links=links("secret", "getTicket", "giveUpTicket", value="$response.body#/secret"),
)
ticket_queues.expose(LIST_MY_TICKETS, "GET /tickets", who=SIGNED_IN)
ticket_queues.expose(GET_TICKET, "GET /tickets/<secret>", spends=limits.TICKET_LOOKS, refuses=(422,))
ticket_queues.expose(GIVE_UP_TICKET, "POST /tickets/<secret>/give-up", spends=limits.TICKETS)
ticket_queues.expose(GET_WALL, "GET /walls/<wall_key>", spends=limits.TICKET_LOOKS, refuses=(422,))
ticket_queues.expose(GET_CALL_BOARD, f"GET {_QUEUE}/board", who=_DESK)
ticket_queues.expose(OPEN_COUNTER_WINDOW, f"POST {_WINDOW}/open", who=_CLERK)
ticket_queues.expose(CLOSE_COUNTER_WINDOW, f"POST {_WINDOW}/close", who=_CLERK)
ticket_queues.expose(CALL_NEXT_TICKET, f"POST {_WINDOW}/call-next", who=_CLERK)
ticket_queues.expose(TAKE_TICKET_STEP, "POST /tickets/<uuid:ticket_id>/steps", who=_CLERK)
ticket_queues.expose(SET_QUEUE_TODAY, f"PUT {_QUEUE}/today", who=_CLERK)
ticket_queues.expose(GET_QUEUE_FIGURES, f"GET {_QUEUE}/figures", who=_DESK)

_NEXT = links("ticket_queue_id", "getManagedQueue", "changeTicketQueue", value=FIRST_ITEM)
managed_queues.expose(LIST_MANAGED_QUEUES, "GET /managed-queues", who=_ADMIN, links=_NEXT)
managed_queues.expose(
    ADD_TICKET_QUEUE,
    "POST /managed-queues",
    who=_ADMIN,
    created="/managed-queues",
    links=links("ticket_queue_id", "getManagedQueue", "changeTicketQueue"),
)
managed_queues.expose(GET_MANAGED_QUEUE, f"GET {_MANAGED}", who=_ADMIN)
managed_queues.expose(CHANGE_TICKET_QUEUE, f"PATCH {_MANAGED}", who=_ADMIN)
managed_queues.expose(RENEW_WALL_LINK, f"POST {_MANAGED}/wall-link", who=_ADMIN)
