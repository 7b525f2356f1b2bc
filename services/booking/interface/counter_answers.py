"""What callers are told of counters with a ticket queue."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Versioned, flag, identifier, moment, names, number, text, word
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from services.booking.interface.counter_words import LEFT_BECAUSE, TAKEN_VIA, TICKET_STATES

EXAMPLE_SECRET = "kJ2x0mVb7Qd9sT4uYw1ZaA"  # noqa: S105 - an example


def _estimate(description: str, example: int) -> fields.Integer:
    return number(example, maybe=True, description=f"{description}, in minutes; null while no window is open for it")


class Wait(Answer):
    """From `low_minutes` to `high_minutes`: a range, because nobody knows it better."""

    low_minutes = _estimate("the shortest wait to expect", 20)
    high_minutes = _estimate("the longest wait to expect", 35)


class QueueService(Wait):
    id = identifier()
    letter = text("A", description="the first letter of its tickets")
    name = names("电动车上牌", "E-bike plates")
    waiting = number(12, description="people who wait for it")


class WindowStanding(Answer):
    id = identifier()
    number = number(1, description="what is written above it")
    letters = fields.List(fields.String(), required=True, metadata={"example": ["A"], "description": "services, in order"})
    open = flag(example=True)
    ticket = text("A012", maybe=True, description="the number that is called or served there")
    ticket_state = word(TICKET_STATES, maybe=True)


class ShownCall(Answer):
    """A number that was called, for the display on the wall."""

    ticket = text("A012")
    window = number(1)
    called_at = moment(description="when it was last called")
    current = flag(example=True, description="false: it is over")
    times = number(1, description="how often it was called to this window")


class QueueStanding(Answer):
    """What everybody may see: no person is in it."""

    id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    space_id = identifier()
    name = names("电动车上牌", "E-bike plates")
    gives_tickets = flag(example=True)
    opens_at = moment(maybe=True, description="if it gives none: when it will next do so today")
    closes_at = moment(maybe=True, description="until when tickets are given today")
    waiting = number(12)
    services = fields.List(fields.Nested(QueueService), required=True)
    windows = fields.List(fields.Nested(WindowStanding), required=True)
    calls = fields.List(fields.Nested(ShownCall), required=True, metadata={"description": "the last calls, newest first"})
    as_of = moment(description="when this was so")


class TicketInLine(Wait):
    id = identifier()
    version = number(1)
    ticket = text("A012")
    letter = text("A", description="the service that it waits for now")
    state = word(TICKET_STATES)
    taken_at = moment()
    due_at = moment(maybe=True, description="the time of the appointment")
    on_time = flag(description="it goes before walk-ins from `due_at` on")
    window = number(1, maybe=True, description="the window to which it is called, or for which it waits")
    steps = fields.List(fields.String(), required=True, metadata={"example": ["start", "skip"]})


class Appointment(Answer):
    booking_id = identifier()
    number = text("6C1B9E4F")
    starts_at = moment()


class TodaySoFar(Answer):
    served = number(30)
    left = number(2)
    waited_median_minutes = number(18, maybe=True)
    waited_p90_minutes = number(35, maybe=True)


class CallBoard(QueueStanding):
    tickets = fields.List(
        fields.Nested(TicketInLine), required=True, metadata={"description": "those that are not over, in the order of calls"}
    )
    appointments = fields.List(
        fields.Nested(Appointment), required=True, metadata={"description": "of today, not over, and not checked in"}
    )
    today = fields.Nested(TodaySoFar, required=True)
    my_window_id = identifier(maybe=True, description="the window at which you work")


class Ticket(TicketInLine):
    community_id = text(EXAMPLE_COMMUNITY)
    queue_id = identifier()
    queue_name = names("电动车上牌", "E-bike plates")
    service_name = names("电动车上牌", "E-bike plates")
    via = word(TAKEN_VIA)
    secret = text(EXAMPLE_SECRET, description="whoever has it can follow the ticket and give it up")
    ahead = number(5, maybe=True, description="people who will be called before; null if it does not wait")
    called_at = moment(maybe=True)
    left_because = word(LEFT_BECAUSE, maybe=True)


class ManagedService(Answer):
    letter = text("A")
    name = names("电动车上牌", "E-bike plates")
    default_minutes = number(8)
    active = flag(example=True)


class ManagedWindow(Answer):
    number = number(1)
    letters = fields.List(fields.String(), required=True, metadata={"example": ["A", "B"]})
    active = flag(example=True)


class TicketQueue(Versioned):
    """As admins see it."""

    space_id = identifier()
    name = names("电动车上牌", "E-bike plates")
    wall_key = text(EXAMPLE_SECRET, description="the end of the address of the display on the wall")
    early_minutes = number(30)
    grace_minutes = number(10)
    most_waiting = number(500)
    active = flag(example=True)
    services = fields.List(fields.Nested(ManagedService), required=True)
    windows = fields.List(fields.Nested(ManagedWindow), required=True)


class QueueFigures(Answer):
    """One window on one day. `window` is null for the people who were never called."""

    day = fields.Date(required=True, metadata={"example": "2026-03-02"})
    window = number(1, maybe=True)
    served = number(30)
    left = number(2, description="who gave up, missed two calls or was left at the end of the day")
    waited_median_minutes = number(18, maybe=True, description="from taking the ticket to the first call")
    waited_p90_minutes = number(35, maybe=True)
    service_median_minutes = number(8, maybe=True, description="from the call to the end")
