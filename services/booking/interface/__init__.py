"""The verbs of `booking`."""

from chassis.rpc.interface import Interface
from services.booking.interface import (
    availability,
    bookings,
    changes,
    claims,
    closures,
    counters,
    finding,
    limits,
    managed_queues,
    managed_spaces,
    questions,
    requests,
    series,
    single_days,
    spaces,
    statistics,
    waits,
)

BOOKING = Interface(
    "booking",
    spaces,
    availability,
    finding,
    bookings,
    series,
    questions,
    waits,
    requests,
    limits,
    claims,
    managed_spaces,
    single_days,
    closures,
    changes,
    statistics,
    counters,
    managed_queues,
)
