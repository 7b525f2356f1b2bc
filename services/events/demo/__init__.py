"""Demo data: the clubs of three centres of the district, and their club events of this week and the next."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert

from chassis.config import settings
from chassis.database import erased
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.events.club_events.equipment import as_stored
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.clubs.models import Club
from services.events.clubs.use_cases import join_club
from services.events.demo import liuyi, yuxin, zhongzhou
from services.events.demo.programme import Offer, Programme
from services.events.registrations.use_cases.register import register
from services.events.rooms.use_cases import ask_for_rooms, publish

PROGRAMMES = {"liuyi": liuyi.PROGRAMME, "yuxin": yuxin.PROGRAMME, "zhongzhou": zhongzhou.PROGRAMME}  # by community


def seed(call: Call) -> None:
    """Add clubs with members, and the club events of the week of `call.now` and of the next week, with registrations. Every
    day has a club event. What exists already is not changed. Seeding again in a later week adds that week's club events."""
    today = call.now.astimezone(_zone()).date()
    monday = today - timedelta(days=today.weekday())
    for community_id, programme in PROGRAMMES.items():
        centre = _Centre(community_id, programme)
        _add_clubs(call, centre)
        for week in (monday, monday + timedelta(weeks=1)):
            for offer in programme.offers:
                if offer.weeks in ("all", "odd" if week.isocalendar().week % 2 else "even"):
                    _put_on(call, centre, offer, week)


@dataclass(frozen=True, slots=True)
class _Centre:
    community_id: str
    programme: Programme

    def resident(self, name: str) -> Identity:
        return Identity(account_id=str(demo_id("account", name)), party="resident", community_id=self.community_id)


def _add_clubs(call: Call, centre: _Centre) -> None:
    for club in centre.programme.clubs:
        club_id = demo_id("club", club.code)
        new = insert(Club).values(
            id=club_id, community_id=centre.community_id, version=1, code=club.code, section=club.section, kind=club.kind,
            members_count=0, name={"zh-CN": club.name_zh, "en": club.name_en},
            description={"zh-CN": club.about_zh, "en": club.about_en},
        )  # fmt: skip
        if call.session.scalar(new.on_conflict_do_nothing().returning(Club.id)):
            for member in club.members:
                join_club(replace(call, acting=centre.resident(member)), club_id=club_id)


def _put_on(call: Call, centre: _Centre, offer: Offer, monday: date) -> None:
    """Draft and publish the offer, as if on the Friday before (or now, if that Friday is in the future). Then its takers
    register. Nobody answers while the demo is made, so it does not wait for its rooms: booking is asked for them, and answers
    when the services run. Demo bookings leave them free."""
    club_event_id = demo_id("club_event", f"{offer.code}:{monday}")
    day = monday + timedelta(days=offer.weekday - 1)
    at = min(call.now, _local(monday - timedelta(days=3), "09:00"))
    if offer.draft and _local(day, offer.sittings[0][0]) <= call.now:
        return  # its time has passed, so nobody would still prepare it
    if call.session.get(ClubEvent, club_event_id) is not None:
        return
    call.session.add(_drafted(centre, offer, club_event_id, monday, day, at))
    call.session.flush()
    club_event = call.session.get_one(ClubEvent, club_event_id)
    if offer.draft:
        return
    publish(replace(call, now=at), club_event)
    ask_for_rooms(call, club_event, None)
    first = demo_id("club_session", f"{offer.code}:{monday}:0")
    for number, (name, seats) in enumerate(offer.takers, start=1):
        later = min(call.now, at + timedelta(hours=number))
        taking = replace(call, now=later, acting=centre.resident(name))
        if not erased.is_erased(call.session, demo_id("account", name)):
            register(taking, session_id=first, seats=seats)


def _drafted(centre: _Centre, offer: Offer, club_event_id: UUID, monday: date, day: date, at: datetime) -> ClubEvent:
    club_event = ClubEvent(
        id=club_event_id,
        community_id=centre.community_id,
        club_id=demo_id("club", offer.club),
        section=offer.section,
        title=dict(zip(("zh-CN", "en"), offer.title, strict=True)),
        description=dict(zip(("zh-CN", "en"), offer.about, strict=True)),
        location=offer.location,
        space_id=demo_id("space", space) if (space := centre.programme.space_of.get(offer.location)) else None,
        audience=offer.audience,
        state="draft",
        organiser_id=demo_id("account", centre.programme.organiser),
        created_at=at,
    )
    sittings = []
    for number, (start, minutes, capacity) in enumerate(offer.sittings):
        starts_at = _local(day, start)
        sitting = ClubSession(
            id=demo_id("club_session", f"{offer.code}:{monday}:{number}"),
            community_id=centre.community_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            capacity=capacity,
            registration_opens_at=at,
            registration_closes_at=starts_at,
            equipment=as_stored({"kind_id": demo_id("equipment", code), "quantity": count} for code, count in offer.equipment),
        )
        sittings.append(sitting)
    club_event.schedule(sittings, at)
    return club_event


def _local(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), _zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(settings().time_zone)
