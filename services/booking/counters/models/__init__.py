"""Ticket queues and tickets: tables and rules."""

from services.booking.counters.models.queues import CounterService, CounterWindow, QueueDay, TicketNumber, TicketQueue
from services.booking.counters.models.tickets import Ticket, TicketCall

__all__ = ["CounterService", "CounterWindow", "QueueDay", "Ticket", "TicketCall", "TicketNumber", "TicketQueue"]
