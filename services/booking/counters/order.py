"""Whom a window calls next. One rule, without I/O: the clerks' button and the forecast of waits use the same.

1. A ticket that was sent to this window, or whose clerk has left, comes first.
2. A window serves its services in their order: the second one only if nobody waits for the first.
3. Of one service, an appointment goes before walk-ins from its time on. But after a call of an appointment a walk-in is called,
   if one waits. So appointments never take more than every second call.
4. Otherwise who came first is first. An appointment that is there early waits in this line, too.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits. `due_at` is the time of an appointment that came in time; None for a walk-in, and for an appointment
    that came too late. `came_back`: its clerk has left. `only_window`: the window to which it was sent. Times are aware."""

    id: UUID
    service_id: UUID
    taken_at: datetime
    due_at: datetime | None = None
    came_back: bool = False
    only_window: UUID | None = None


class Line:
    """The tickets that wait. `appointment_last` says of a service whether its last call was of an appointment."""

    def __init__(self, tickets: Iterable[Waiting], appointment_last: Mapping[UUID, bool]) -> None:
        self._gone: set[UUID] = set()
        self._last = dict(appointment_last)
        self._in_front: dict[UUID, deque[Waiting]] = {}  # by service
        self._sent: dict[UUID, deque[Waiting]] = {}  # by window
        self._walk_ins: dict[UUID, deque[Waiting]] = {}
        self._early: dict[UUID, deque[Waiting]] = {}  # appointments in the order in which they came
        self._due: dict[UUID, deque[Waiting]] = {}  # the same, by their time
        by_arrival = sorted(tickets, key=lambda one: (one.taken_at, one.id))
        for one in by_arrival:
            self._add(one)
        for one in sorted(
            (one for one in by_arrival if _has_priority(one)), key=lambda one: (one.due_at, one.taken_at, one.id)
        ):
            self._due.setdefault(one.service_id, deque()).append(one)

    def next(self, services: Sequence[UUID], window_id: UUID, now: datetime) -> Waiting | None:
        """Take out whom the window calls at `now`. `services` are those that it serves, the most important first."""
        found = self._head(self._sent, window_id) or self._first_in_front(services)
        for service_id in services:
            found = found or self._of_service(service_id, now)
        if found is not None:
            self._gone.add(found.id)
            self._last[found.service_id] = found.due_at is not None
        return found

    def arrive(self, ticket: Waiting) -> None:
        """An appointment that comes at its time, later than all that wait."""
        self._add(ticket)
        self._due.setdefault(ticket.service_id, deque()).append(ticket)

    def _add(self, one: Waiting) -> None:
        if one.only_window is not None:
            self._sent.setdefault(one.only_window, deque()).append(one)
        elif one.came_back:
            self._in_front.setdefault(one.service_id, deque()).append(one)
        else:
            kind = self._early if one.due_at else self._walk_ins
            kind.setdefault(one.service_id, deque()).append(one)

    def _of_service(self, service_id: UUID, now: datetime) -> Waiting | None:
        walk_in, early, due = (self._head(kind, service_id) for kind in (self._walk_ins, self._early, self._due))
        if walk_in is None:
            return due if due is not None and _is_due(due, now) else early
        if self._last.get(service_id):
            return walk_in
        if due is not None and _is_due(due, now):
            return due
        return min(walk_in, early or walk_in, key=lambda one: (one.taken_at, one.id))

    def _first_in_front(self, services: Sequence[UUID]) -> Waiting | None:
        return next((found for service_id in services if (found := self._head(self._in_front, service_id))), None)

    def _head(self, kind: Mapping[UUID, deque[Waiting]], key: UUID) -> Waiting | None:
        line = kind.get(key)
        while line and line[0].id in self._gone:
            line.popleft()
        return line[0] if line else None


def _has_priority(one: Waiting) -> bool:
    return one.due_at is not None and one.only_window is None and not one.came_back


def _is_due(one: Waiting, now: datetime) -> bool:
    return one.due_at is not None and one.due_at <= now
