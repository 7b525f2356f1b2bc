"""Counters with a ticket queue: everybody sees how long it takes, takes a ticket and follows it; clerks call."""

from datetime import timedelta
from typing import Any

from marshmallow import validates_schema

from chassis.rpc.interface import (
    Command,
    Expecting,
    FieldError,
    Flag,
    Id,
    Moment,
    OneOf,
    Pattern,
    Query,
    Request,
    Rule,
    list_of,
)
from chassis.rpc.interface.fields import demo_example
from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated
from services.booking.interface.counter_answers import EXAMPLE_SECRET, CallBoard, QueueFigures, QueueStanding, Ticket
from services.booking.interface.counter_refusals import (
    AppointmentNotNow,
    AtAnotherWindow,
    QueueClosed,
    QueueFull,
    StepNotPossible,
    WindowClosed,
    WindowServing,
    WindowTaken,
)
from services.booking.interface.counter_words import TICKET_STEPS
from services.booking.interface.hours import Day

TRANSFER_ONLY = Rule("only_to_send_on", "Only for sending on.", "只用于转办。")
TRANSFER_TO_ONE = Rule("send_to_one", "Choose a service or a window.", "请选择事项或窗口之一。")
LONGEST_FIGURES = timedelta(days=366)
FIGURES_TOO_LONG = Rule("figures_too_long", "At most {days} days.", "最多 {days} 天。")
DAYS_IN_ORDER = Rule("days_in_order", "The last day is not before the first.", "结束日期不能早于开始日期。")
NOT_A_TICKET_SECRET = Rule("not_a_ticket", "This is no link of a ticket.", "这不是排队号的链接。")
SECRET = r"[A-Za-z0-9_\-]{22}"  # noqa: S105 - a pattern
_DEMO_QUEUE = demo_example("ticket_queue", "e-bike")


class GetTicketQueue(Request):
    ticket_queue_id = Id(required=True, example=_DEMO_QUEUE)


class TakeTicket(Request):
    ticket_queue_id = Id(required=True, example=_DEMO_QUEUE)
    service_id = Id(
        example=demo_example("counter_service", "e-bike-A"), description="may be left out if the queue has one service only"
    )
    booking_id = Id(example=None, description="your appointment at this counter today: you check in")
    at_desk = Flag(load_default=False, example=False, description="for clerks: a ticket for somebody at the desk")
    visitor = Pattern(
        r"[0-9a-f]{32}", NOT_A_TICKET_SECRET, example=None, description="the device of a visitor; set by the gateway"
    )


class WithSecret(Request):
    secret = Pattern(SECRET, NOT_A_TICKET_SECRET, required=True, example=EXAMPLE_SECRET)


class GetWall(Request):
    wall_key = Pattern(SECRET, NOT_A_TICKET_SECRET, required=True, example=EXAMPLE_SECRET)


class WithWindow(Request):
    counter_window_id = Id(required=True, example=demo_example("counter_window", "e-bike-1"))


class CallNext(WithWindow):
    finished_ticket_id = Id(
        example=None,
        description="the ticket that you see at the window and that is done. If another one is there, nobody is called, so "
        "that a request that arrives twice calls once",
    )


class TakeTicketStep(Expecting):
    ticket_id = Id(required=True)
    step = OneOf(*TICKET_STEPS, required=True)
    service_id = Id(example=None, description="only for `transfer`")
    counter_window_id = Id(example=None, description="only for `transfer`")

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        given = [name for name in ("service_id", "counter_window_id") if data.get(name) is not None]
        if data.get("step") != "transfer" and given:
            raise FieldError(TRANSFER_ONLY, given[0])
        if data.get("step") == "transfer" and len(given) != 1:
            raise FieldError(TRANSFER_TO_ONE, "service_id")


class SetQueueToday(GetTicketQueue):
    closes_at = Moment(required=True, description="until when tickets are given today; now or earlier: no more")


class GetQueueFigures(GetTicketQueue):
    first_day = Day(required=True, example="2026-03-02", description="a local day")
    last_day = Day(required=True, example="2026-03-31")

    @validates_schema
    def _is_bounded(self, data: dict[str, Any], **_: Any) -> None:
        if data["last_day"] < data["first_day"]:
            raise FieldError(DAYS_IN_ORDER, "last_day")
        if data["last_day"] - data["first_day"] > LONGEST_FIGURES:
            raise FieldError(FIGURES_TOO_LONG, "last_day", days=LONGEST_FIGURES.days)


class _Nothing(Request):
    pass


_OF_A_STEP = (NotFound, Forbidden, StepNotPossible, WindowTaken)

LIST_TICKET_QUEUES = Query("booking.list_ticket_queues", "List ticket queues", takes=_Nothing(), gives=list_of(QueueStanding))
GET_TICKET_QUEUE = Query(
    "booking.get_ticket_queue",
    "See how a ticket queue stands",
    takes=GetTicketQueue(),
    gives=QueueStanding(),
    refuses=(NotFound,),
    description="The waits are for somebody who takes a ticket now.",
)
GET_WALL = Query("booking.get_wall", "See the display on the wall", takes=GetWall(), gives=QueueStanding(), refuses=(NotFound,))
TAKE_TICKET = Command(
    "booking.take_ticket",
    "Take a ticket, or check in for an appointment",
    takes=TakeTicket(),
    gives=Ticket(),
    refuses=(NotFound, Forbidden, Unauthenticated, QueueClosed, QueueFull, AppointmentNotNow),
    description="Whoever has an open ticket in this queue gets that one again.",
)
GET_TICKET = Query("booking.get_ticket", "Follow a ticket", takes=WithSecret(), gives=Ticket(), refuses=(NotFound,))
LIST_MY_TICKETS = Query("booking.list_my_tickets", "List your open tickets", takes=_Nothing(), gives=list_of(Ticket))
GIVE_UP_TICKET = Command(
    "booking.give_up_ticket",
    "Give up a ticket",
    takes=WithSecret(),
    gives=Ticket(),
    refuses=(NotFound, StepNotPossible),
)
GET_CALL_BOARD = Query(
    "booking.get_call_board", "See the call board", takes=GetTicketQueue(), gives=CallBoard(), refuses=(NotFound, Forbidden)
)
OPEN_COUNTER_WINDOW = Command(
    "booking.open_counter_window",
    "Begin to work at a window",
    takes=WithWindow(),
    gives=CallBoard(),
    refuses=(NotFound, Forbidden, WindowTaken, WindowClosed, AtAnotherWindow),
)
CLOSE_COUNTER_WINDOW = Command(
    "booking.close_counter_window",
    "Close a window",
    takes=WithWindow(),
    gives=CallBoard(),
    refuses=(NotFound, Forbidden, WindowServing),
    description="A number that was called and has not come goes back to the front of the line.",
)
CALL_NEXT_TICKET = Command(
    "booking.call_next_ticket",
    "Call the next number",
    takes=CallNext(),
    gives=CallBoard(),
    refuses=(NotFound, Forbidden, WindowClosed, WindowTaken),
)
TAKE_TICKET_STEP = Command(
    "booking.take_ticket_step",
    "Start, finish, skip, call again or send on",
    takes=TakeTicketStep(),
    gives=CallBoard(),
    refuses=_OF_A_STEP,
    description="A number that is skipped comes back once, after three others. Sent on to another service, it keeps its place "
    "by the time at which it was taken; sent to a window, it is the next one there.",
)
SET_QUEUE_TODAY = Command(
    "booking.set_queue_today",
    "Give tickets longer today, or no more",
    takes=SetQueueToday(),
    gives=CallBoard(),
    refuses=(NotFound, Forbidden),
)
GET_QUEUE_FIGURES = Query(
    "booking.get_queue_figures",
    "See how long people waited",
    takes=GetQueueFigures(),
    gives=list_of(QueueFigures),
    refuses=(NotFound, Forbidden),
)
