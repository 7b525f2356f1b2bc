"""The four sections of the centre, and what is on today."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import fields

from chassis.rpc.interface import Answer, list_of, names, text, word
from gateway.api.resource import Resource
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from services.booking.interface.availability import Interval
from services.booking.interface.spaces import SECTIONS, Space
from services.events.interface.club_events import ClubEvent, Session

sections = Resource("sections", "四个中心与今日安排 · The centre's sections and what is on today")


class Section(Answer):
    code = word(SECTIONS)
    name = names("便民服务中心", "Convenience services")


class TodaysSession(Answer):
    club_event = fields.Nested(ClubEvent, required=True)
    session = fields.Nested(Session, required=True)


class TodaysSpace(Answer):
    space = fields.Nested(Space, required=True)
    free = fields.List(fields.Nested(Interval), required=True)


class TodaysSection(Section):
    sessions = fields.List(fields.Nested(TodaysSession), required=True)
    spaces = fields.List(fields.Nested(TodaysSpace), required=True)


class Today(Answer):
    date = fields.Date(required=True, metadata={"example": "2026-03-02"})
    time_zone = text("Asia/Shanghai")
    sections = fields.List(fields.Nested(TodaysSection), required=True)


def _sections() -> list[dict[str, Any]]:
    return [{"code": code, "name": name} for code, name in SECTIONS.labels.items()]


@sections.get("/sections", "List the four sections", answer=list_of(Section))
def list_sections() -> dict[str, Any]:
    return {"items": _sections()}


@sections.get(
    "/today",
    "What is on today",
    answer=Today(),
    kept=True,
    of_community=True,
    description="Today's sessions of published club events, and the spaces with their free times.",
)
def get_today() -> dict[str, Any]:
    return today()


def today() -> dict[str, Any]:
    """What is on today, by section. The answer is the same for all readers."""
    known = community.of_request()
    zone = ZoneInfo(known.time_zone if known else current.settings().time_zone)
    day = current.now().astimezone(zone).date()
    start = datetime.combine(day, time(), zone)
    end = start + timedelta(days=1)
    events = whole(client.public.events.list_club_events, start=start, end=end, state="published")
    spaces = whole(client.public.booking.list_spaces)
    free = client.public.booking.get_centre_availability(start=start, end=end)
    free_of = {item["space_id"]: item["free"] for item in free["items"]}
    return {
        "date": day.isoformat(),
        "time_zone": zone.key,
        "sections": [
            section
            | {
                "sessions": _sessions(section["code"], events["items"], start, end),
                "spaces": [
                    {"space": space, "free": free_of.get(space["id"], [])}
                    for space in spaces["items"]
                    if space["section"] == section["code"]
                ],
            }
            for section in _sections()
        ],
    }


def _sessions(section: str, events: Sequence[Mapping[str, Any]], start: datetime, end: datetime) -> list[dict[str, Any]]:
    found = [
        {"club_event": event, "session": session}
        for event in events
        if event["section"] == section
        for session in event["sessions"]
        if start <= datetime.fromisoformat(session["starts_at"]) < end and not session.get("cancelled_at")
    ]
    return sorted(found, key=lambda item: datetime.fromisoformat(item["session"]["starts_at"]))
