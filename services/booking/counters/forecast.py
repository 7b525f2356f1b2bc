"""How long people will wait, computed from today. Without I/O.

The day is played forward with the rule of the calls (order.py): each open window calls, serves for the usual time of the
service, and calls again. Appointments that are still to come arrive at their time. What comes out is shown as a range, and the
range is wider, the more people are in front."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from math import ceil, floor, sqrt
from statistics import median
from uuid import UUID

from services.booking.counters.order import Line, Waiting

MEASURED = 10  # the last services of today that count
STEP = 5  # minutes: nobody knows it better
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window that works. It serves `services` in this order, and is free in `free_in`."""

    id: UUID
    services: Sequence[UUID]
    free_in: timedelta


@dataclass(frozen=True, slots=True)
class Wait:
    """In `about` a ticket will be called, `ahead` others of its service before it. `spread` is how much that may be off."""

    about: timedelta
    ahead: int
    spread: timedelta

    @property
    def low_minutes(self) -> int:
        return max(1, floor((self.about - self.spread) / timedelta(minutes=STEP)) * STEP)

    @property
    def high_minutes(self) -> int:
        return max(STEP, ceil((self.about + self.spread) / timedelta(minutes=STEP)) * STEP)


def usual_time(measured: Sequence[timedelta], default_minutes: int) -> timedelta:
    """The median of the last services of today (`measured`, the newest first). Before there are three, the default counts as
    often as is missing, so that the first person does not decide."""
    last = [one.total_seconds() for one in measured[:MEASURED]]
    last += [default_minutes * 60.0] * max(0, 3 - len(last))
    return max(SHORTEST, timedelta(seconds=median(last)))


def free_in(usual: timedelta, elapsed: timedelta) -> timedelta:
    """When somebody who is served since `elapsed` is done, if it usually takes `usual`. Who takes longer than usual takes a
    while longer."""
    return max(usual - elapsed, usual / 4)


def waits(
    line: Line,
    windows: Iterable[OpenWindow],
    usual: Mapping[UUID, timedelta],
    now: datetime,
    coming: Sequence[Waiting] = (),
) -> dict[UUID, Wait]:
    """The waits of all tickets of the line that will be called, by ticket. `usual` is the usual time of each service. `coming`
    are appointments that will arrive at their `due_at`. A ticket for whose service no window is open is not in it. The line is
    empty afterwards."""
    open_windows = list(windows)
    at_work = {service: sum(service in one.services for one in open_windows) for service in usual}
    clock = [(one.free_in, number, one) for number, one in enumerate(open_windows)]
    heapify(clock)
    to_come = sorted((one for one in coming if one.due_at), key=lambda one: (one.due_at, one.id), reverse=True)
    ahead: dict[UUID, int] = {}
    found: dict[UUID, Wait] = {}
    while clock:
        after, number, window = heappop(clock)
        while to_come and (to_come[-1].due_at or now) <= now + after:
            line.arrive(to_come.pop())
        called = line.next(window.services, window.id, now + after)
        if called is None:
            later = next((one for one in reversed(to_come) if one.service_id in window.services), None)
            if later is not None and later.due_at is not None:
                heappush(clock, (later.due_at - now, number, window))
            continue
        before = ahead.get(called.service_id, 0)
        ahead[called.service_id] = before + 1
        takes = usual[called.service_id]
        found[called.id] = Wait(after, before, _spread(after, before, takes, at_work[called.service_id]))
        heappush(clock, (after + takes, number, window))
    return found


def _spread(about: timedelta, ahead: int, takes: timedelta, windows: int) -> timedelta:
    """The times of services vary about as much as they last, and of many people the long and the short ones level out: with
    their square root. A tenth is for what the usual time itself is off."""
    return takes * (0.7 * sqrt(ahead + 1) / max(1, windows)) + about * 0.1
