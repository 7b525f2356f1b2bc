"""What the display beside a door shows: now, and the rest of the local day. Nothing here names a person or writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from chassis.rpc.call import Call
from services.booking.availability.explaining import Busy, explained
from services.booking.bookings import storage as bookings
from services.booking.calendar.intervals import Span, merge, subtract
from services.booking.claims import storage as claims
from services.booking.doors import codes
from services.booking.doors.walk_ins import possible_ends
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

LOOKS_AHEAD = timedelta(days=2)  # so that a display says tonight when the space opens tomorrow
_SHUT = {"closed", "holiday", "blocked"}
_TAKEN = {"booked", "held", "event", "lottery"}


@dataclass(frozen=True, slots=True)
class DoorTime:
    """A time with one use (DOOR_USES). Times are aware. A public event has its `title`. `taken_as` as in availability."""

    starts_at: datetime
    ends_at: datetime
    use: str
    title: dict[str, Any] | None = None
    taken_as: str | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """The display at `as_of`. `until` is when `now` ends; None if that is not within two days. `times` are the taken and closed
    times of the rest of the local day, sorted. `code` is accepted until `code_until`. `free_ends` are the ends of a booking
    that starts now; empty if nobody can take the space on the spot."""

    space: Space
    time_zone: str
    as_of: datetime
    now: DoorTime
    until: datetime | None
    times: list[DoorTime]
    closure: dict[str, Any] | None
    code: str | None
    code_until: datetime | None
    free_ends: list[datetime]


def door_of(call: Call, timetable: Timetable) -> Door:
    """The door of a space whose `timetable` covers LOOKS_AHEAD from now. Four statements at most."""
    space, now = timetable.space, call.now.replace(second=0, microsecond=0)
    end = now + LOOKS_AHEAD
    window = int(now.timestamp()), int(end.timestamp())
    blocked = bookings.blocked_spans(call.session, [timetable], now, end, call.now)[space.id]
    uses = _uses(call, timetable, blocked, now, end)
    midnight = datetime.combine(now.astimezone(timetable.days.zone).date() + timedelta(days=1), time(), timetable.days.zone)
    code = codes.display_code(space, call.now)
    free_ends = possible_ends(timetable, blocked, call.now, window[1]) if space.takes_walk_ins else []
    until = _end_of_state(uses)
    return Door(
        space=space,
        time_zone=str(timetable.days.zone),
        as_of=call.now,
        now=uses[0],
        until=until if until < end else None,
        times=[one for one in uses if one.use != "free" and one.starts_at < midnight],
        closure=_closure(timetable, window[0]),
        code=code[0] if code else None,
        code_until=code[1] if code else None,
        free_ends=[_moment(at) for at in free_ends],
    )


def _uses(call: Call, timetable: Timetable, blocked: Sequence[Span], now: datetime, end: datetime) -> list[DoorTime]:
    """What the space is used for from `now` to `end`, without gaps. The notice and the horizon of bookings do not count: a
    space is free if nobody has it."""
    window = int(now.timestamp()), int(end.timestamp())
    booked, offered = bookings.booked_spans(call.session, timetable, now, end, call.now)
    held = claims.times_in(call.session, timetable, now, end, call.now)
    taken = merge([*blocked, *((one.blocks_from, one.blocks_until) for one in timetable.reserved)])
    free = [] if timetable.space.is_out_of_use else subtract(timetable.open_spans(*window), taken)
    events = [(int(one.starts_at.timestamp()), int(one.ends_at.timestamp())) for one in held]
    spans = [(begins, ends) for begins, ends, _ in booked]
    busy = timetable.busy(free, spans, now, *window, events=events, held=offered, claims=blocked)
    told = [_time(one) for one in explained(busy, booked, held, timetable.space)]
    told += [DoorTime(_moment(a), _moment(b), "free") for a, b in free]
    return _joined(sorted(told, key=lambda one: one.starts_at))


def _time(busy: Busy) -> DoorTime:
    """What is neither taken nor closed is the turnover around a booking, whatever availability calls it."""
    start, end, reason, title, taken_as = busy
    use = reason if reason in _SHUT | _TAKEN else "turnover"
    return DoorTime(_moment(start), _moment(end), use, title, taken_as)


def _joined(times: Sequence[DoorTime]) -> list[DoorTime]:
    """Turnover that has two reasons is one time."""
    found: list[DoorTime] = []
    for one in times:
        if found and one.use == found[-1].use == "turnover":
            found[-1] = DoorTime(found[-1].starts_at, one.ends_at, "turnover")
        else:
            found.append(one)
    return found


def _end_of_state(uses: Sequence[DoorTime]) -> datetime:
    """Closed times with different reasons that follow each other end together: people want to know when it opens."""
    end = uses[0].ends_at
    if uses[0].use in _SHUT:
        for one in uses[1:]:
            if one.use not in _SHUT:
                break
            end = one.ends_at
    return end


def _closure(timetable: Timetable, now: int) -> dict[str, Any] | None:
    """The closure that is in force: its reason and note."""
    found = next((one for one in timetable.hours.closures if one.start <= now < one.end), None)
    return None if found is None else {"reason": found.reason, "note": found.note}


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
