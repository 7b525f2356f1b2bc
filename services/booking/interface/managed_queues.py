"""Ticket queues for admins of their community: services, windows, and the display on the wall."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Bilingual,
    Command,
    Count,
    Expecting,
    FieldError,
    Flag,
    Id,
    ListOf,
    Part,
    Pattern,
    Query,
    Request,
    Rule,
    demo_example,
    list_of,
)
from chassis.rpc.refusal import Forbidden, NotFound
from chassis.rpc.rules import DUPLICATE
from services.booking.interface.counter_answers import TicketQueue
from services.booking.interface.counter_refusals import CounterHasQueue, NotACounter, StillNeeded

MOST_SERVICES, MOST_WINDOWS, MOST_QUEUES = 8, 12, 50
NOT_A_LETTER = Rule("not_a_letter", "One letter from A to Z.", "应为 A 到 Z 的一个字母。")
_LETTER = r"[A-Z]"
_SERVICES = [{"letter": "A", "name": {"zh-CN": "低保", "en": "Subsistence allowance"}, "default_minutes": 8}]
_WINDOWS = [{"number": 1, "letters": ["A"]}]
_QUEUE = demo_example("ticket_queue", "e-bike")


def _letter(**more: Any) -> Pattern:
    return Pattern(_LETTER, NOT_A_LETTER, example="A", **more)


class ServiceOfQueue(Part):
    letter = _letter(required=True)
    name = Bilingual(most=40, zh="电动车上牌", en="E-bike plates", required=True)
    default_minutes = Count(
        required=True, least=1, most=240, example=8, description="how long it takes, until today's own times are known"
    )
    active = Flag(load_default=True)


class WindowOfQueue(Part):
    number = Count(required=True, least=1, most=99)
    letters = ListOf(
        _letter(), least=1, most=MOST_SERVICES, distinct=True, required=True, example=["A"], description="in order of priority"
    )
    active = Flag(load_default=True)


def _services(**more: Any) -> ListOf:
    said = "one that is left out stays as it is"
    return ListOf(fields.Nested(ServiceOfQueue), least=1, most=MOST_SERVICES, example=_SERVICES, description=said, **more)


def _windows(**more: Any) -> ListOf:
    said = "one that is left out stays as it is"
    return ListOf(fields.Nested(WindowOfQueue), least=1, most=MOST_WINDOWS, example=_WINDOWS, description=said, **more)


class _Queue(Request):
    early_minutes = Count(least=0, most=240, example=30, description="tickets are given so long before the counter opens")
    grace_minutes = Count(least=0, most=120, example=10, description="so late an appointment may be and keep its priority")
    most_waiting = Count(least=1, most=2000, example=500)
    services = _services()
    windows = _windows()

    @validates_schema
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        services, windows = data.get("services") or [], data.get("windows") or []
        if len({one["letter"] for one in services}) < len(services):
            raise FieldError(DUPLICATE, "services")
        if len({one["number"] for one in windows}) < len(windows):
            raise FieldError(DUPLICATE, "windows")


class AddTicketQueue(_Queue):
    space_id = Id(required=True, example=demo_example("space", "counter-civil"), description="a counter of your community")
    name = Bilingual(most=40, zh="民政业务", en="Civil affairs", required=True)

    services = _services(required=True)
    windows = _windows(required=True)


class ChangeTicketQueue(_Queue, Expecting):
    ticket_queue_id = Id(required=True, example=_QUEUE)
    name = Bilingual(most=40, zh="电动车上牌", en="E-bike plates")
    active = Flag()


class OfQueue(Request):
    ticket_queue_id = Id(required=True, example=_QUEUE)


class _Nothing(Request):
    pass


LIST_MANAGED_QUEUES = Query(
    "booking.list_managed_queues",
    "List ticket queues with their settings",
    takes=_Nothing(),
    gives=list_of(TicketQueue),
    refuses=(Forbidden,),
)
GET_MANAGED_QUEUE = Query(
    "booking.get_managed_queue",
    "Read a ticket queue with its settings",
    takes=OfQueue(),
    gives=TicketQueue(),
    refuses=(NotFound, Forbidden),
)
ADD_TICKET_QUEUE = Command(
    "booking.add_ticket_queue",
    "Add a ticket queue to a counter",
    takes=AddTicketQueue(),
    gives=TicketQueue(),
    refuses=(NotFound, Forbidden, NotACounter, CounterHasQueue),
)
CHANGE_TICKET_QUEUE = Command(
    "booking.change_ticket_queue",
    "Change a ticket queue",
    takes=ChangeTicketQueue(),
    gives=TicketQueue(),
    refuses=(NotFound, Forbidden, StillNeeded),
)
RENEW_WALL_LINK = Command(
    "booking.renew_wall_link",
    "Make a new address for the display on the wall",
    takes=OfQueue(),
    gives=TicketQueue(),
    refuses=(NotFound, Forbidden),
    description="The old address shows nothing from then on.",
)
