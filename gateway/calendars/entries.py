"""What a calendar shows: entries made of the answers of the services."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

Json = Mapping[str, Any]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
# Times of a space that somebody has, or that are closed by hand. Ordinary closing hours would fill the calendar.
TAKEN: Final = {
    "booked": {"zh-CN": "已有预约", "en": "Booked"},
    "event": {"zh-CN": "有活动", "en": "Club event"},
    "blocked": {"zh-CN": "暂停开放", "en": "Closed for now"},
}
_ASKED: Final = {"zh-CN": "待审批：{name}", "en": "Waiting for approval: {name}"}
_STATUS_OF_BOOKING: Final[Mapping[str, Status]] = {"confirmed": "CONFIRMED", "requested": "TENTATIVE"}
_WAITING: Final = {"zh-CN": "候补：{title}", "en": "Waiting: {title}"}
_OF_CHILD: Final = {"zh-CN": "孩子 · {title}", "en": "Child · {title}"}  # without the name: whoever has the address reads it


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `uid` stays the same for good, and `sequence` grows with every change (RFC 5545, 3.8.7.4). Times are aware;
    `changed_at` is when this state was known first. `path` is that of the page about it."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    location: str = ""
    status: Status = "CONFIRMED"
    path: str = ""


def of_booking(booking: Json, language: str, place: str) -> Entry:
    """`place` is the address of the centre. A request that waits is tentative, and says so. One that was not granted is
    cancelled, so that programs take it away."""
    waits, name = booking["state"] == "requested", booking["space_name"][language]
    return Entry(
        uid=f"booking-{booking['id']}",
        sequence=booking["version"] - 1,
        starts_at=_time(booking["starts_at"]),
        ends_at=_time(booking["ends_at"]),
        changed_at=_time(booking["cancelled_at"] or booking.get("decided_at") or booking["created_at"]),
        summary=_ASKED[language].format(name=name) if waits else name,
        location=place,
        status=_STATUS_OF_BOOKING.get(booking["state"], "CANCELLED"),
        path=f"/bookings/{booking['id']}",
    )


def of_registration(registration: Json, language: str) -> Entry:
    """A place on the waiting list is tentative, and says so."""
    title, waits = registration["title"][language], registration["state"] == "waitlisted"
    return Entry(
        uid=f"registration-{registration['id']}",
        sequence=registration["version"] - 1,
        starts_at=_time(registration["starts_at"]),
        ends_at=_time(registration["ends_at"]),
        changed_at=_time(registration["cancelled_at"] or registration["created_at"]),
        summary=_WAITING[language].format(title=title) if waits else title,
        location=registration["location"] or "",
        status="CANCELLED" if registration["state"] == "cancelled" else "TENTATIVE" if waits else "CONFIRMED",
        path=f"/events/{registration['club_event_id']}",
    )


def of_person(thing: Json, children: Collection[str], language: str, entry: Entry) -> Entry:
    """The entry of a booking or registration in the calendar of somebody with these children (account ids). What is a child's
    is marked."""
    if thing["resident_id"] not in children:
        return entry
    return replace(entry, summary=_OF_CHILD[language].format(title=entry.summary))


def of_club_event(event: Json, language: str) -> Iterable[Entry]:
    """An entry for each session. A session has no version of its own, so the event's version is its sequence."""
    for session in event["sessions"]:
        yield Entry(
            uid=f"session-{session['id']}",
            sequence=event["version"] - 1,
            starts_at=_time(session["starts_at"]),
            ends_at=_time(session["ends_at"]),
            changed_at=_time(event["cancelled_at"] or event["published_at"]),
            summary=event["title"][language],
            location=session["location"] or event["location"] or "",
            status="CANCELLED" if event["state"] == "cancelled" or session["cancelled_at"] else "CONFIRMED",
            path=f"/events/{event['id']}",
        )


def of_availability(availability: Json, language: str) -> Iterable[Entry]:
    """The times of a space that are taken. Nobody learns by whom. A time has no id: the entry is new when its start changes."""
    space = availability["space_id"]
    for busy in availability["busy"]:
        if busy["reason"] in TAKEN:
            start = _time(busy["starts_at"])
            yield Entry(
                uid=f"space-{space}-{int(start.timestamp())}",
                sequence=int(_time(busy["ends_at"]).timestamp() - start.timestamp()) // 60,
                starts_at=start,
                ends_at=_time(busy["ends_at"]),
                changed_at=start,
                summary=TAKEN[busy["reason"]][language],
                path=f"/spaces/{space}",
            )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
