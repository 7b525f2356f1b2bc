"""The interfaces of the services that the gateway calls."""

from chassis.rpc.interface import Interface
from services.booking.interface import BOOKING
from services.cases.interface import CASES
from services.events.interface import EVENTS
from services.notify.interface import NOTIFY

INTERFACES: tuple[Interface, ...] = (BOOKING, CASES, EVENTS, NOTIFY)
