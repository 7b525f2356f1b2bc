"""Admins set up queues: what for, how many windows, how early and how late."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN
from services.booking.counters import standing
from services.booking.counters.models import CounterService, CounterWindow, TicketQueue
from services.booking.counters.storage import queues, tickets
from services.booking.counters.use_cases.see_queues import check_desk
from services.booking.interface.counter_refusals import CounterHasQueue, NotACounter, StillNeeded
from services.booking.spaces import storage as spaces

PLAIN = ("early_minutes", "grace_minutes", "most_waiting", "name", "active")
_Parts = Sequence[Mapping[str, Any]]


def list_managed_queues(call: Call) -> Sequence[TicketQueue]:
    """Of the communities in which the caller is an admin, also those out of use; at most MOST_QUEUES. Raises Unauthenticated,
    Forbidden."""
    call.acting.require_role(ADMIN)
    return queues.list_queues(call.session, call.acting.reach, active=False)


def get_managed_queue(call: Call, *, ticket_queue_id: UUID) -> TicketQueue:
    """Raises Unauthenticated, Forbidden, NotFound."""
    return check_desk(call, queues.find_queue(call.session, ticket_queue_id), ticket_queue_id, (ADMIN,))


def add_ticket_queue(call: Call, *, space_id: UUID, services: _Parts, windows: _Parts, **values: Any) -> TicketQueue:
    """Raises Unauthenticated, Forbidden, NotFound, InvalidField, NotACounter, CounterHasQueue."""
    call.acting.require_role(ADMIN)
    space = spaces.find_space(call.session, space_id)
    if space is None or space.community_id not in call.acting.reach:
        raise NotFound(space_id=str(space_id))
    if space.kind != "counter" or space.is_out_of_use:
        raise NotACounter()
    if (there := queues.queue_of_space(call.session, space_id)) is not None:
        raise CounterHasQueue(ticket_queue_id=str(there))
    queue = TicketQueue(community_id=space.community_id, space_id=space_id, **values)
    queue.services = [CounterService(**one) for one in services]
    queue.windows = [CounterWindow(**one) for one in windows]
    _check_letters(queue)
    call.session.add(queue)
    call.session.flush()
    return queue


def change_ticket_queue(
    call: Call,
    *,
    ticket_queue_id: UUID,
    services: _Parts = (),
    windows: _Parts = (),
    expected_version: int | None = None,
    **values: Any,
) -> TicketQueue:
    """Change what is given. Services are known by their letters, windows by their numbers; new ones are added, none is deleted.
    Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, InvalidField, StillNeeded."""
    get_managed_queue(call, ticket_queue_id=ticket_queue_id)
    day, _ = standing.local_day(call.session, get_managed_queue(call, ticket_queue_id=ticket_queue_id), call.now)
    queue = queues.find_queue(call.session, ticket_queue_id, lock=True)
    if queue is None:
        raise NotFound(ticket_queue_id=str(ticket_queue_id))
    queue.expect_version(expected_version)
    queues.lock_day(call.session, queue, day)
    queues.lock_windows(call.session, queue.id)
    waiting = tickets.open_tickets(call.session, queue.id, day)
    for name in PLAIN:
        if name in values:
            setattr(queue, name, values[name])
    by_letter, by_number = {one.letter: one for one in queue.services}, {one.number: one for one in queue.windows}
    for given in services:
        if (service := by_letter.get(given["letter"])) is None:
            queue.services.append(CounterService(**given))
            continue
        if not given["active"] and any(one.service_id == service.id for one in waiting):
            raise StillNeeded(what=service.letter)
        _set(service, given)
    for given in windows:
        if (window := by_number.get(given["number"])) is None:
            queue.windows.append(CounterWindow(**given))
            continue
        if not given["active"] and window.is_open:
            raise StillNeeded(what=str(window.number))
        _set(window, given)
    if not queue.active and (waiting or any(one.is_open for one in queue.windows)):
        raise StillNeeded(what=queue.name["zh-CN"])
    _check_letters(queue)
    queue.changed()
    call.session.flush()
    return queue


def renew_wall_link(call: Call, *, ticket_queue_id: UUID) -> TicketQueue:
    """Raises Unauthenticated, Forbidden, NotFound."""
    get_managed_queue(call, ticket_queue_id=ticket_queue_id)
    queue = queues.find_queue(call.session, ticket_queue_id, lock=True)
    if queue is None:
        raise NotFound(ticket_queue_id=str(ticket_queue_id))
    queue.renew_wall()
    return queue


def _set(part: CounterService | CounterWindow, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        setattr(part, name, value)


def _check_letters(queue: TicketQueue) -> None:
    """Raises InvalidField unless each window serves services of the queue."""
    known = {one.letter for one in queue.services}
    if any(letter not in known for window in queue.windows for letter in window.letters):
        raise InvalidField(UNKNOWN, "windows")
