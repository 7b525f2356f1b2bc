"""Requests for spaces that need approval, for the pages: by when one hears, who decided, and which of them compete."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.http import current
from gateway.web import people, times
from gateway.web.service_calls import Json


def answer_by(space: Json, start: datetime) -> datetime | None:
    """By when a request for `start` is answered, at the latest. None if the space needs no approval."""
    if not space.get("needs_approval"):
        return None
    return start - timedelta(minutes=space["answer_notice_minutes"])


def decider_of(booking: Json) -> str | None:
    """The name of the approver who answered, for staff."""
    decider = booking.get("decided_by")
    if decider is None or current.identity().party != "staff":
        return None
    return people.names_of_staff([decider]).get(decider)


def side_by_side(requests: Iterable[Json]) -> list[list[Json]]:
    """Groups of requests that ask for overlapping times of one space, each in the order of its first. The groups are in the
    order of `requests`."""
    groups: list[list[Json]] = []
    for one in requests:
        start, end = times.local(one["starts_at"]), times.local(one["ends_at"])
        competing = next(
            (group for group in groups if any(_overlaps(other, one["space_id"], start, end) for other in group)), None
        )
        if competing is None:
            groups.append([one])
        else:
            competing.append(one)
    return groups


def _overlaps(other: Json, space_id: str, start: datetime, end: datetime) -> bool:
    return bool(
        other["space_id"] == space_id and times.local(other["starts_at"]) < end and start < times.local(other["ends_at"])
    )


def between(requests: Iterable[Json], taken: Iterable[Json]) -> list[Json]:
    """The times of requests for the day grid, without those that somebody has. Requests that overlap are one entry, which has
    `requests`: how many they are."""
    had = list(taken)
    entries: list[Json] = []
    for group in side_by_side(sorted(requests, key=lambda one: (one["space_id"], times.local(one["starts_at"])))):
        start, end = min(times.local(one["starts_at"]) for one in group), max(times.local(one["ends_at"]) for one in group)
        if not any(_overlaps(item, group[0]["space_id"], start, end) for item in had):
            about = {"space_id": group[0]["space_id"], "starts_at": start.isoformat(), "ends_at": end.isoformat()}
            entries.append({**about, "requests": len(group)})
    return entries
