"""The routes: who is notified of a message, with which template, and whether by SMS. One table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """The account in the message's field `to` is notified with `template`, in the app and by e-mail, and with `sms` also by
    SMS. Nobody is notified if the field is null (an anonymous reporter) or `when` returns False."""

    template: str
    to: str
    sms: bool = False
    when: Callable[[Data], bool] | None = None


def _withdrawn(data: Data) -> bool:
    return bool(data["cancelled_by"] == "resident")


def _called_off(data: Data) -> bool:
    return not _withdrawn(data)


def _closed_by_staff(data: Data) -> bool:
    """Reporters who close their own case know of it."""
    return bool(data["closed_by"] == "staff")


# The first words of the message types that notify subscribes to, by service.
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
    "case.handed_over.v1": (Route("case_assigned", "handler_id"),),
    "case.settled.v1": (Route("case_settled", "reporter_id", sms=True),),
    "case.closed.v1": (Route("case_closed", "reporter_id", when=_closed_by_staff),),
    "case.reopened.v1": (Route("case_reopened", "reporter_id"),),
    "registration.confirmed.v1": (Route("registration_confirmed", "resident_id"),),
    "registration.waitlisted.v1": (Route("registration_waitlisted", "resident_id"),),
    "registration.promoted.v1": (Route("registration_promoted", "resident_id", sms=True),),
    "registration.cancelled.v1": (
        Route("registration_cancelled", "resident_id", when=_withdrawn),
        Route("registration_called_off", "resident_id", when=_called_off, sms=True),
    ),
    # Each registration is cancelled, too, and its registration.cancelled.v1 notifies the resident.
    "club_event.cancelled.v1": (),
}


def types_of(source: str) -> tuple[str, ...]:
    """The message types of a service that notify subscribes to."""
    return tuple(type_ for type_ in ROUTES if type_.split(".", 1)[0] in KINDS[source])


def subject_of(type_: str, data: Data) -> tuple[str, UUID]:
    """Kind and id of the thing that the message is about: `("booking", <booking_id>)`."""
    kind = type_.split(".", 1)[0]
    return kind, data[f"{kind}_id"]


def routes_of(type_: str, data: Data) -> Iterator[tuple[UUID, Route]]:
    """The accounts to notify, with the route of each, sorted by account id. Every transaction locks recipients in this
    order, so that no two of them deadlock."""
    found = [(data[route.to], route) for route in ROUTES[type_] if route.when is None or route.when(data)]
    yield from sorted(((account, route) for account, route in found if account is not None), key=lambda pair: pair[0])
