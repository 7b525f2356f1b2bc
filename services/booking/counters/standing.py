"""How a queue stands at one moment: what the wall, the phones and the clerks see. Nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.booking.bookings.models import Booking
from services.booking.calendar.storage import zone_of
from services.booking.counters.forecast import OpenWindow, Wait, free_in, usual_time, waits
from services.booking.counters.models import CounterService, CounterWindow, QueueDay, Ticket, TicketCall, TicketQueue
from services.booking.counters.order import Line, Waiting
from services.booking.counters.storage import queues, tickets
from services.booking.spaces.storage import load_timetable

__all__ = ["Hours", "Standing", "hours_today", "load", "local_day"]


@dataclass(frozen=True, slots=True)
class Hours:
    """When tickets are given on one day. Times are aware; None if the counter is closed all day."""

    opens_at: datetime | None
    closes_at: datetime | None

    def gives(self, day: QueueDay | None, now: datetime) -> bool:
        closes_at = self.closes(day)
        if day is not None and day.closed_at is not None:
            return False
        if closes_at is None or now >= closes_at:
            return False
        # A clerk who says how long tickets are given may do so on a day without hours.
        return (self.opens_at is None or now >= self.opens_at) or (day is not None and day.closes_at is not None)

    def closes(self, day: QueueDay | None) -> datetime | None:
        return day.closes_at if day is not None and day.closes_at is not None else self.closes_at


def local_day(session: Session, queue: TicketQueue, now: datetime) -> tuple[date, ZoneInfo]:
    zone = zone_of(session, queue.community_id)
    return now.astimezone(zone).date(), zone


def hours_today(session: Session, queue: TicketQueue, day: date, zone: ZoneInfo) -> Hours:
    """By the opening hours of the counter: from some minutes before it first opens until it last closes on that day. One
    statement."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    timetable = load_timetable(session, queue.space_id, start, end)
    spans = timetable.open_spans(int(start.timestamp()), int(end.timestamp())) if timetable else []
    if not spans or (timetable and timetable.space.is_out_of_use):
        return Hours(None, None)
    first, last = datetime.fromtimestamp(spans[0][0], UTC), datetime.fromtimestamp(spans[-1][1], UTC)
    return Hours(first - queue.early, last)


@dataclass(frozen=True)
class ServiceStanding:
    service: CounterService
    waiting: int
    wait: Wait | None

    @property
    def id(self) -> UUID:
        return self.service.id

    @property
    def letter(self) -> str:
        return self.service.letter

    @property
    def name(self) -> Mapping[str, str]:
        return self.service.name

    @property
    def low_minutes(self) -> int | None:
        return self.wait.low_minutes if self.wait else None

    @property
    def high_minutes(self) -> int | None:
        return self.wait.high_minutes if self.wait else None


@dataclass(frozen=True)
class Standing:
    """What was read at `as_of`. `open_tickets` are in the order in which they were taken."""

    queue: TicketQueue
    as_of: datetime
    day: date
    hours: Hours
    queue_day: QueueDay | None
    open_tickets: Sequence[Ticket]
    going_on: Mapping[UUID, TicketCall]
    recent: Sequence[tuple[TicketCall, Ticket]]
    numbers: Mapping[UUID, tuple[int, bool]]
    usual: Mapping[UUID, timedelta]
    to_come: Sequence[Booking]

    @property
    def gives_tickets(self) -> bool:
        return self.queue.active and self.hours.gives(self.queue_day, self.as_of)

    @property
    def opens_at(self) -> datetime | None:
        opens_at = self.hours.opens_at
        return opens_at if opens_at is not None and opens_at > self.as_of and not self.gives_tickets else None

    @property
    def closes_at(self) -> datetime | None:
        return self.hours.closes(self.queue_day)

    @property
    def those_waiting(self) -> list[Ticket]:
        return [one for one in self.open_tickets if one.state in ("waiting", "skipped")]

    @property
    def active_services(self) -> list[CounterService]:
        return [one for one in self.queue.services if one.active]

    @cached_property
    def letters(self) -> dict[UUID, CounterService]:
        return {one.id: one for one in self.queue.services}

    def services_of(self, window: CounterWindow) -> list[UUID]:
        """The services that the window serves, in its order."""
        by_letter = {one.letter: one.id for one in self.queue.services}
        return [by_letter[letter] for letter in window.letters if letter in by_letter]

    def line(self, extra: Sequence[Waiting] = ()) -> Line:
        """Those who can be called now. A skipped ticket stands where it comes back."""
        can = [one.in_line for one in callable_now(self.those_waiting, self.numbers, self.as_of)]
        return Line([*can, *extra], {service: last for service, (_, last) in self.numbers.items()})

    @cached_property
    def waits(self) -> dict[UUID, Wait]:
        """Of the tickets that can be called, and of somebody new of each service, by `newcomer`."""
        windows = [OpenWindow(one.id, self.services_of(one), self._free_in(one)) for one in self.queue.windows if one.is_open]
        new = [Waiting(newcomer(one.id), one.id, self.as_of) for one in self.active_services]
        return waits(self.line(new), windows, self.usual, self.as_of, self._coming())

    @property
    def services(self) -> list[ServiceStanding]:
        counts = {one.id: 0 for one in self.queue.services}
        for ticket in self.those_waiting:
            counts[ticket.service_id] += 1
        return [ServiceStanding(one, counts[one.id], self.waits.get(newcomer(one.id))) for one in self.active_services]

    def ticket_at(self, window: CounterWindow) -> Ticket | None:
        return next(
            (one for one in self.open_tickets if one.window_id == window.id and one.state in ("called", "serving")), None
        )

    def _free_in(self, window: CounterWindow) -> timedelta:
        call = self.going_on.get(window.id)
        if call is None:
            return timedelta(0)
        return free_in(self.usual.get(call.service_id, timedelta(minutes=5)), self.as_of - call.called_at)

    def _coming(self) -> list[Waiting]:
        """Appointments that have not checked in. They are for the first service: which one it will be, they say when they
        come."""
        services = self.active_services
        if not services:
            return []
        return [
            Waiting(one.id, services[0].id, one.starts_at, due_at=one.starts_at)
            for one in self.to_come
            if one.starts_at > self.as_of
        ]


def callable_now(waiting: Sequence[Ticket], numbers: Mapping[UUID, tuple[int, bool]], now: datetime) -> list[Ticket]:
    """Those that wait, and those that were skipped and come back now."""
    ready = [one for one in waiting if one.state == "waiting"]
    with_others = {one.service_id for one in ready}
    for one in waiting:
        calls = numbers.get(one.service_id, (0, False))[0]
        if one.state == "skipped" and one.returns(calls, now, alone=one.service_id not in with_others):
            ready.append(one)
    return ready


def newcomer(service_id: UUID) -> UUID:
    """The id of somebody who takes a ticket now, in a forecast. The largest there is, so that equals go first."""
    return UUID(int=(0xFFFFFFFF << 96) | (uuid5(service_id, "newcomer").int >> 32))


def load(session: Session, queue: TicketQueue, now: datetime) -> Standing:
    """Nine statements, however long the line is."""
    day, zone = local_day(session, queue, now)
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    measured = tickets.measured(session, queue.id, day)
    service_ids = [one.id for one in queue.services]
    return Standing(
        queue=queue,
        as_of=now,
        day=day,
        hours=hours_today(session, queue, day, zone),
        queue_day=queues.find_day(session, queue.id, day),
        open_tickets=tickets.open_tickets(session, queue.id, day),
        going_on=tickets.calls_at_windows(session, [one.id for one in queue.windows]),
        recent=tickets.last_calls(session, queue.id, day),
        numbers=queues.numbers_of(session, service_ids, day),
        usual={one.id: usual_time(measured.get(one.id, ()), one.default_minutes) for one in queue.services},
        to_come=tickets.appointments_to_come(session, queue.space_id, now - queue.grace, midnight),
    )
