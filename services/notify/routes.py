"""Which message tells whom, with which text, through which channels: one table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """The account in field `to` is told with `template`, in the app and by e-mail; by SMS where it matters enough.
    Nobody is told where the field is null (an anonymous reporter) or `when` says no."""

    template: str
    to: str
    sms: bool = False
    when: Callable[[Data], bool] | None = None


def _withdrawn(data: Data) -> bool:
    return bool(data["cancelled_by"] == "resident")


def _called_off(data: Data) -> bool:
    return not _withdrawn(data)


# Service -> the kinds of things (first words of its types) that we hear of.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "booking": ("booking",),
    "cases": ("case",),
    "events": ("registration", "club_event"),
}

ROUTES: Final[Mapping[str, tuple[Route, ...]]] = {
    "booking.confirmed.v1": (Route("booking_confirmed", "resident_id"),),
    "booking.rescheduled.v1": (Route("booking_rescheduled", "resident_id"),),
    "booking.cancelled.v1": (
        Route("booking_cancelled", "resident_id", when=_withdrawn),
        Route("booking_called_off", "resident_id", when=_called_off, sms=True),
    ),
    "case.accepted.v1": (Route("case_accepted", "reporter_id"),),
    "case.declined.v1": (Route("case_declined", "reporter_id"),),
    "case.dispatched.v1": (Route("case_dispatched", "reporter_id"), Route("case_assigned", "handler_id")),
    "case.settled.v1": (Route("case_settled", "reporter_id", sms=True),),
    "case.closed.v1": (Route("case_closed", "reporter_id"),),
    "case.reopened.v1": (Route("case_reopened", "reporter_id"),),
    "registration.confirmed.v1": (Route("registration_confirmed", "resident_id"),),
    "registration.waitlisted.v1": (Route("registration_waitlisted", "resident_id"),),
    "registration.promoted.v1": (Route("registration_promoted", "resident_id", sms=True),),
    "registration.cancelled.v1": (
        Route("registration_cancelled", "resident_id", when=_withdrawn),
        Route("registration_called_off", "resident_id", when=_called_off, sms=True),
    ),
    # Everybody registered is told by the registration.cancelled.v1 that goes with it.
    "club_event.cancelled.v1": (),
}


def types_of(source: str) -> tuple[str, ...]:
    """The message types that we hear of a service."""
    return tuple(type_ for type_ in ROUTES if type_.split(".", 1)[0] in KINDS[source])


def subject_of(type_: str, data: Data) -> tuple[str, UUID]:
    """Kind and id of the thing that the message is about."""
    kind = type_.split(".", 1)[0]
    return kind, data[f"{kind}_id"]


def told(type_: str, data: Data) -> Iterator[tuple[UUID, Route]]:
    """Who is told, in the order of account ids: every transaction locks recipients in that order, so no two wait for
    each other."""
    found = [(data[route.to], route) for route in ROUTES[type_] if route.when is None or route.when(data)]
    yield from sorted(((account, route) for account, route in found if account is not None), key=lambda pair: pair[0])
