"""The e-bike plate counter of 六一社区 with a queue that runs today: people who wait, and some who were served."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.booking.counters.models import (
    CounterService,
    CounterWindow,
    QueueDay,
    Ticket,
    TicketCall,
    TicketNumber,
    TicketQueue,
)
from services.booking.counters.storage import queues

QUEUE, SPACE = "e-bike", "counter-e-bike"
SERVED, WAITING = 9, 14  # people of today
CLERK = demo_id("account", "clerk")  # works at the first window
MINUTES = (5, 7, 4, 6, 9, 5, 6, 8, 5)  # that the served ones took


def seed(call: Call, zone: ZoneInfo) -> None:
    """Add the queue, and for each day on which the demo is seeded a running day. What is there stays as it is."""
    queue_id = demo_id("ticket_queue", QUEUE)
    if call.session.get(TicketQueue, queue_id) is None:
        call.session.add(_queue(queue_id))
        call.session.flush()
    today = call.now.astimezone(zone).date()
    if call.session.get(QueueDay, (queue_id, today)) is not None:
        return
    window = call.session.get_one(CounterWindow, demo_id("counter_window", f"{QUEUE}-1"))
    if not window.is_open and queues.window_of_clerk(call.session, CLERK) is None:
        window.open(CLERK, call.now)
    end = datetime.combine(today + timedelta(days=1), time(), zone) - timedelta(minutes=1)
    call.session.add(QueueDay(queue_id=queue_id, day=today, community_id="liuyi", closes_at=end))
    _people(call, queue_id, today.isoformat())


def _queue(queue_id: UUID) -> TicketQueue:
    queue = TicketQueue(
        id=queue_id,
        community_id="liuyi",
        space_id=demo_id("space", SPACE),
        name={"zh-CN": "电动车上牌", "en": "E-bike plates"},
    )
    queue.services = [
        CounterService(id=_service("A"), letter="A", name={"zh-CN": "新车上牌", "en": "New plates"}, default_minutes=6),
        CounterService(id=_service("B"), letter="B", name={"zh-CN": "补牌换证", "en": "Replacements"}, default_minutes=4),
    ]
    queue.windows = [
        CounterWindow(id=demo_id("counter_window", f"{QUEUE}-1"), number=1, letters=["A", "B"]),
        CounterWindow(id=demo_id("counter_window", f"{QUEUE}-2"), number=2, letters=["B", "A"]),
    ]
    return queue


def _service(letter: str) -> UUID:
    return demo_id("counter_service", f"{QUEUE}-{letter}")


def _people(call: Call, queue_id: UUID, day: str) -> None:
    """They have come within the last hours, one every four minutes, most for a new plate."""
    first = call.now - timedelta(minutes=4 * (SERVED + WAITING))
    window_id = demo_id("counter_window", f"{QUEUE}-1")
    numbers = {"A": 0, "B": 0}
    date = datetime.fromisoformat(day).date()
    called_at = first + timedelta(minutes=10)
    for place in range(SERVED + WAITING):
        letter = "B" if place % 5 == 4 else "A"
        numbers[letter] += 1
        ticket = Ticket(
            id=demo_id("ticket", f"{day}-{place}"),
            community_id="liuyi",
            queue_id=queue_id,
            service_id=_service(letter),
            day=date,
            letter=letter,
            number=numbers[letter],
            via="desk" if place % 3 else "phone",
            taken_at=first + timedelta(minutes=4 * place),
        )
        call.session.add(ticket)
        if place < SERVED:
            called_at = max(called_at, ticket.taken_at + timedelta(minutes=1))
            ended_at = min(called_at + timedelta(minutes=MINUTES[place]), call.now)
            call.session.flush()
            ticket.state, ticket.ended_at, ticket.window_id = "done", ended_at, window_id
            call.session.add(_call_of(ticket, window_id, called_at, ended_at))
            called_at = ended_at
    for letter, last in numbers.items():
        calls = sum(1 for place in range(SERVED) if ("B" if place % 5 == 4 else "A") == letter)
        call.session.add(TicketNumber(service_id=_service(letter), day=date, last=last, calls=calls))


def _call_of(ticket: Ticket, window_id: UUID, called_at: datetime, ended_at: datetime) -> TicketCall:
    return TicketCall(
        ticket_id=ticket.id,
        queue_id=ticket.queue_id,
        service_id=ticket.service_id,
        window_id=window_id,
        day=ticket.day,
        first=True,
        called_at=called_at,
        last_called_at=called_at,
        started_at=called_at,
        ended_at=ended_at,
        outcome="done",
    )
