"""What answers show of a queue and of tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.booking.bookings.models import Booking
from services.booking.counters.forecast import Wait
from services.booking.counters.models import CounterService, CounterWindow, Ticket, TicketCall
from services.booking.counters.standing import ServiceStanding, Standing
from services.booking.counters.storage.figures import Today


class WindowShown:
    def __init__(self, window: CounterWindow, ticket: Ticket | None) -> None:
        self.id, self.number, self.letters, self.open = window.id, window.number, window.letters, window.is_open
        self.ticket = ticket.ticket if ticket else None
        self.ticket_state = ticket.state if ticket else None


class CallShown:
    def __init__(self, call: TicketCall, ticket: Ticket, window: int) -> None:
        self.ticket, self.window, self.times = ticket.ticket, window, call.times
        self.called_at, self.current = call.last_called_at, call.ended_at is None


class QueueShown:
    """A queue for everybody: numbers, no persons."""

    def __init__(self, standing: Standing) -> None:
        self.standing, self.queue = standing, standing.queue
        self.id, self.community_id, self.space_id = self.queue.id, self.queue.community_id, self.queue.space_id
        self.name: Mapping[str, str] = self.queue.name
        self.gives_tickets, self.opens_at = standing.gives_tickets, standing.opens_at
        self.closes_at, self.as_of = standing.closes_at, standing.as_of
        self.waiting = len(standing.those_waiting)
        self.services: Sequence[ServiceStanding] = standing.services
        self.windows = [WindowShown(one, standing.ticket_at(one)) for one in self.queue.windows if one.active]
        numbers = {one.id: one.number for one in self.queue.windows}
        self.calls = [CallShown(one, ticket, numbers[one.window_id]) for one, ticket in standing.recent]


class TicketShown:
    """A ticket with its wait, which is None if it does not wait or nobody calls for its service."""

    def __init__(self, ticket: Ticket, standing: Standing, call: TicketCall | None = None) -> None:
        self._service: CounterService = standing.letters[ticket.service_id]
        self._wait: Wait | None = standing.waits.get(ticket.id) if ticket.state in ("waiting", "skipped") else None
        self._ticket, self._waiting = ticket, standing.those_waiting
        self.id, self.version, self.community_id = ticket.id, ticket.version, ticket.community_id
        self.ticket, self.state, self.taken_at, self.via = ticket.ticket, ticket.state, ticket.taken_at, ticket.via
        self.due_at, self.on_time, self.steps = ticket.due_at, ticket.on_time, ticket.steps
        self.secret, self.left_because = ticket.secret, ticket.left_because
        self.letter, self.service_name = self._service.letter, self._service.name
        self.queue_id, self.queue_name = standing.queue.id, standing.queue.name
        self.window = next((one.number for one in standing.queue.windows if one.id == ticket.window_id), None)
        self.called_at = call.last_called_at if call else None

    @property
    def low_minutes(self) -> int | None:
        return self._wait.low_minutes if self._wait else None

    @property
    def high_minutes(self) -> int | None:
        return self._wait.high_minutes if self._wait else None

    @property
    def ahead(self) -> int | None:
        """By the forecast. Before a window is open: those of the service that came earlier."""
        if self._wait or self.state != "waiting":
            return self._wait.ahead if self._wait else None
        return sum(one.service_id == self._ticket.service_id and one.taken_at < self.taken_at for one in self._waiting)

    @property
    def place(self) -> tuple[int, timedelta, datetime]:
        """What the board sorts by: at a window, then in the order of calls, then who comes back later."""
        if self.state in ("called", "serving"):
            return 0, timedelta(0), self.taken_at
        return (1, self._wait.about, self.taken_at) if self._wait else (2, timedelta(0), self.taken_at)


class AppointmentShown:
    def __init__(self, booking: Booking) -> None:
        self.booking_id, self.starts_at, self.number = booking.id, booking.starts_at, booking.number


class BoardShown(QueueShown):
    """The same for clerks, with the line."""

    def __init__(self, standing: Standing, today: Today, clerk_id: UUID) -> None:
        super().__init__(standing)
        self.tickets = sorted((TicketShown(one, standing) for one in standing.open_tickets), key=lambda one: one.place)
        self.appointments = [AppointmentShown(one) for one in standing.to_come]
        self.today = today
        self.my_window_id = next((one.id for one in self.queue.windows if one.clerk_id == clerk_id), None)
