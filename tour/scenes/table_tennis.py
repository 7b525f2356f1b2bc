"""An event has two seats, and three residents register. The third is on the waiting list. When one of the others cancels, the
third gets the seat."""

from datetime import datetime, timedelta
from typing import Any

from tour.day import Day
from tour.notices import notice_about
from tour.people import Person

SEATS = 2


def event_fills_and_its_list_moves(day: Day) -> None:
    club_event = publish(day, day.people.staff("organiser"))
    session = club_event["sessions"][0]
    zhang, chen, ma = (day.people.resident(name) for name in ("zhang", "chen", "ma"))

    first = register(day, zhang, session, "confirmed")
    register(day, chen, session, "confirmed")
    last = register(day, ma, session, "waitlisted")
    day.check(last["position"] == 1, f"{zhang.name} and {chen.name} have the {SEATS} seats; {ma.name} is first to wait")

    cancelled = zhang.api.post(f"/registrations/{first['id']}/cancel")
    day.publishes("registration.cancelled.v1", cancelled)
    day.check(cancelled["state"] == "cancelled", f"{zhang.name} cannot come and cancels")
    moved = ma.api.get(f"/registrations/{last['id']}")
    day.publishes("registration.promoted.v1", moved)
    day.check(moved["state"] == "confirmed", f"{ma.name} moves up")
    notice = notice_about(ma.api, last["id"], template="registration_promoted")
    day.tell(f"and has been told: “{notice['title']}”")
    seats = day.people.resident("li").api.get(f"/club-events/{club_event['id']}")["sessions"][0]
    day.check((seats["taken"], seats["waiting"]) == (SEATS, 0), "both seats are taken, and nobody waits")


def register(day: Day, who: Person, session: dict[str, Any], state: str) -> dict[str, Any]:
    registration = who.api.post(f"/sessions/{session['id']}/registrations", {"seats": 1})
    day.publishes(f"registration.{state}.v1", registration)
    day.check(registration["state"] == state, f"{who.name} registers: {state}")
    return registration


def publish(day: Day, organiser: Person) -> dict[str, Any]:
    clubs = organiser.api.items("/clubs")
    club = next(club for club in clubs if "乒乓球" in club["name"]["zh-CN"])
    starts_at = (day.now + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    draft = organiser.api.post("/club-events", draft_of(club, starts_at))
    published = organiser.api.post(f"/club-events/{draft['id']}/publish")
    day.publishes("club_event.published.v1", published)
    day.check(
        published["state"] == "published",
        f"{organiser.name} (organiser) publishes “{draft['title']['zh-CN']}” with {SEATS} seats",
    )
    return published


def draft_of(club: dict[str, Any], starts_at: datetime) -> dict[str, Any]:
    return {
        "club_id": club["id"],
        "section": club["section"],
        "title": {"zh-CN": "乒乓球双人趣味赛", "en": "Table tennis for two"},
        "description": {"zh-CN": "老少皆宜，自带球拍。", "en": "For young and old; bring a bat."},
        "location": "乒乓球室",
        "sessions": [
            {
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
                "capacity": SEATS,
            }
        ],
    }
