"""The home page: the four sections with their free spaces and today's sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import render_template
from flask_babel import gettext, ngettext

from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.web import slots, times
from gateway.web.blueprint import pages
from gateway.web.registration_status import registration_status
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.spaces import SECTIONS

SHOWN = 3
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OpenSpace:
    """A space and its next free time. `opens` is None if that is unknown. `label` contains the day unless it is today, `short`
    does not."""

    space: Json
    opens: datetime | None = None
    label: str = ""
    short: str = ""
    tone: str = ""

    @property
    def known(self) -> bool:
        return bool(self.label)


@dataclass(frozen=True, slots=True)
class EventSession:
    """One session of a club event."""

    event: Json
    session: Json

    @property
    def starts_at(self) -> datetime:
        return times.local(self.session["starts_at"])

    @property
    def status(self) -> str:
        """See registration_status."""
        return registration_status(self.event, self.session)


@dataclass(slots=True)
class Section:
    """The content of one section on the home page."""

    code: str
    spaces: list[OpenSpace] = field(default_factory=list)
    space_count: int = 0
    today: list[EventSession] = field(default_factory=list)
    soon: list[EventSession] = field(default_factory=list)

    @property
    def open_today(self) -> bool:
        return any(times.is_today(item.opens) for item in self.spaces if item.opens)

    @property
    def more_spaces(self) -> bool:
        return self.space_count > len(self.spaces)


@pages.get("/")
def home() -> str:
    spaces = block(whole, client.public.booking.list_spaces)
    availability = free_soon() if spaces.available else spaces
    events = upcoming_events(days=7)
    sections = [_section(code, spaces, availability, events) for code in SECTIONS]
    return render_template("home.html", sections=sections, spaces=spaces, events=events, summary=_summary(sections, events))


def upcoming_events(days: int, section: str | None = None) -> Block:
    """Published club events with a session between the start of today and the end of the day in `days` days."""
    start, end = times.midnight(times.today()), times.midnight(times.today() + timedelta(days=days + 1))
    verb = client.public.events.list_club_events
    return block(whole, verb, state="published", start=start, end=end, section=section)


def free_soon() -> Block:
    """The free times of every space today and tomorrow. Tomorrow is included for the evening, when little of today is left."""
    start, end = times.midnight(times.today()), times.midnight(times.today() + timedelta(days=2))
    return block(client.public.booking.get_centre_availability, start=start, end=end)


def coming_sessions(events: Sequence[Json] | Block) -> list[EventSession]:
    """Sessions that have not ended and were not called off, in order of their start."""
    found = [EventSession(event, s) for event in events for s in event["sessions"] if not s.get("cancelled_at")]
    return sorted((s for s in found if times.local(s.session["ends_at"]) > times.now()), key=lambda s: s.starts_at)


def open_soon(space: Json, free: Sequence[Json] | None) -> OpenSpace | None:
    """The next free time of `space` today or tomorrow. None if there is none. If `free` is None, the time is unknown."""
    if free is None:
        return OpenSpace(space)
    now = times.now()
    if until := slots.free_now(free, now):
        label = gettext("现在空闲，到 %(time)s", time=_closing(until))
        return OpenSpace(space, now, label, label, "good")
    if starts := slots.next_free(free, now):
        tone = "good" if starts - now <= SOON else "calm" if times.is_today(starts) else ""
        when = times.clock_time(starts) if times.is_today(starts) else times.moment(starts)
        short = gettext("%(time)s 起", time=times.clock_time(starts))
        return OpenSpace(space, starts, gettext("%(time)s 起可约", time=when), short, tone)
    return None


def free_by_space(availability: Block) -> dict[str, list[Json]] | None:
    """Free intervals by space id. None if the service did not answer."""
    if not availability.available:
        return None
    return {item["space_id"]: item["free"] for item in availability}


def _section(code: str, spaces: Block, availability: Block, events: Block) -> Section:
    section = Section(code)
    mine = [space for space in spaces if space["section"] == code]
    free = free_by_space(availability)
    found = [open_soon(space, None if free is None else free.get(space["id"], [])) for space in mine]
    known = sorted((item for item in found if item), key=lambda item: item.opens or times.now())
    today = [item for item in known if item.opens is None or times.is_today(item.opens)]
    section.spaces, section.space_count = (today or known)[:SHOWN], len(mine)
    coming = [item for item in coming_sessions(events) if item.event["section"] == code]
    section.today = [item for item in coming if times.is_today(item.starts_at)][:SHOWN]
    section.soon = [] if section.today else coming[:2]
    return section


def _summary(sections: list[Section], events: Block) -> str:
    spaces = any(section.open_today for section in sections)
    count = sum(times.is_today(item.starts_at) for item in coming_sessions(events))
    if spaces and count:
        said = ngettext("今天还有场地可约，%(num)d 场活动。", "今天还有场地可约，%(num)d 场活动。", count)
    elif count:
        said = ngettext("今天还有 %(num)d 场活动。", "今天还有 %(num)d 场活动。", count)
    else:
        said = gettext("今天还有场地可约。") if spaces else ""
    return str(said + gettext("发现问题随手拍，社区马上看得到。"))


def _closing(moment: datetime) -> str:
    return "24:00" if moment.hour == moment.minute == 0 else times.clock_time(moment)
