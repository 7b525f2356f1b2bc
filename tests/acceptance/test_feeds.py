"""Calendar files of a running district, read by icalendar and recurring-ical-events: a program that subscribes shows exactly
what the API lists, whatever was booked, moved and cancelled, also around the changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
import requests
from icalendar import Calendar

from tests.acceptance.conftest import CHANGED, ZONE
from tests.e2e.conftest import Person, sign_in
from tests.patience import eventually

BERLIN = ZoneInfo(ZONE)
DAY = timedelta(days=1)
Shown = set[tuple[str, datetime, datetime]]


def next_clock_change(today: date) -> date:
    """The day of the next change of the clocks, at least a month ahead."""
    day = today + 30 * DAY
    while _offset(day) == _offset(day + DAY):
        day += DAY
    return day


def _offset(day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN).utcoffset()


CLOCKS_CHANGE = next_clock_change(datetime.now(BERLIN).date())


def shown_by_a_program(address: str, start: datetime, end: datetime) -> Shown:
    """What a calendar program shows between two times, in UTC: uid, start and end. What was cancelled is taken away."""
    answer = requests.get(address, timeout=15)
    assert answer.ok and answer.headers["Content-Type"].startswith("text/calendar")
    events = recurring_ical_events.of(Calendar.from_ical(answer.content)).between(start, end)
    return {
        (str(one["UID"]).removesuffix("@linli"), one["DTSTART"].dt.astimezone(UTC), one["DTEND"].dt.astimezone(UTC))
        for one in events
        if one.get("STATUS") != "CANCELLED"
    }


def listed(items: list[dict[str, Any]], kind: str) -> Shown:
    return {(f"{kind}-{one['id']}", _utc(one["starts_at"]), _utc(one["ends_at"])) for one in items}


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def all_of(person: Person, path: str) -> list[dict[str, Any]]:
    items, cursor = [], ""
    while True:
        page = person.get(f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
        items += page["items"]
        if not page.get("next"):
            return items
        cursor = f"&cursor={page['next']}"


def address_of(person: Person) -> str:
    return str(person.post("/me/calendar", {})["address"])


def a_life_of_bookings(url: str, name: str, seed: int) -> Person:
    """A resident with single bookings and series, some of them moved or cancelled, of the own and of a child, and a series that
    the desk has booked over the change of the clocks."""
    chance, person, clerk = Random(seed), sign_in(url, name), sign_in(url, "clerk.yuxin")
    spaces = [one for one in person.get(f"/spaces?community_id={CHANGED}")["items"] if one["kind"] != "counter"]
    child = person.post("/me/children", {"name": "小明", "birth_year": datetime.now(UTC).year - 8})["id"]
    today, made = datetime.now(BERLIN).date(), []
    for number in range(14):
        body = wish(chance, spaces, today) | ({"resident_id": child} if number % 4 == 0 else {})
        answer = person("POST", "/bookings", json=body)
        made += [answer.json()["id"]] if answer.ok else []
    assert len(made) >= 5, "the calendar has something to show"
    for booking_id in made[::3]:
        person("POST", f"/bookings/{booking_id}/reschedule", json=times(chance, today))
    person.post(f"/bookings/{made[1]}/cancel", {})
    series(person, spaces[seed % len(spaces)], today + 2 * DAY, 6)
    far = {"resident_id": person.account["id"], "beyond_reason": "全年活动"}
    over_the_change = series(clerk, spaces[0], CLOCKS_CHANGE - 3 * DAY, 7, hour=9 + seed, **far)
    dates = [one for one in over_the_change["dates"] if one["booking_id"]]
    assert len({_utc(one["starts_at"]).hour for one in dates}) == 2, "the clocks change in between"
    clerk.post(f"/bookings/{dates[1]['booking_id']}/cancel", {})
    return person


def wish(chance: Random, spaces: list[dict[str, Any]], today: date) -> dict[str, Any]:
    return {"space_id": chance.choice(spaces)["id"], "attendees": 1, **times(chance, today)}


def times(chance: Random, today: date) -> dict[str, str]:
    day = today + (1 + chance.randrange(9)) * DAY
    starts_at = datetime(day.year, day.month, day.day, 9 + chance.randrange(8), tzinfo=BERLIN)
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}


def series(person: Person, space: dict[str, Any], day: date, count: int, *, hour: int = 17, **more: Any) -> dict[str, Any]:
    rule = {"rrule": f"FREQ=DAILY;COUNT={count}", "starts_on": day.isoformat(), "except_days": [(day + DAY * 2).isoformat()]}
    body = {"space_id": space["id"], "starts_at": f"{hour:02}:00", "minutes": 60, "attendees": 1}
    made: dict[str, Any] = person.post("/series", body | rule | more)
    return made


@pytest.mark.parametrize(("name", "seed"), [("shen", 1), ("han", 2), ("bai", 3)])
def test_a_resident_sees_exactly_the_own_bookings_and_those_of_the_children(url: str, name: str, seed: int) -> None:
    person = a_life_of_bookings(url, name, seed)
    since, until = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=400)
    bookings = [one for one in all_of(person, "/bookings") if one["state"] in ("confirmed", "requested")]
    registrations = [one for one in all_of(person, "/registrations") if one["state"] != "cancelled"]
    expected = listed(bookings, "booking") | listed(registrations, "registration")
    expected = {one for one in expected if one[2] > since}
    address = address_of(person)
    person("PATCH", "/me/calendar", json={"of_children": True})
    assert shown_by_a_program(address, since, until) == expected
    own = person.account["id"]
    marked = {str(one["UID"]) for one in _events(address) if str(one["SUMMARY"]).startswith("孩子")}
    of_child = {f"booking-{one['id']}@linli" for one in all_of(person, "/bookings") if one["resident_id"] != own}
    assert marked == of_child != set()
    person("DELETE", "/me/calendar")
    assert requests.get(address, timeout=15).status_code == 404, "a revoked address gives nothing"


def _events(address: str) -> list[Any]:
    return list(Calendar.from_ical(requests.get(address, timeout=15).content).walk("VEVENT"))


def test_a_space_is_taken_exactly_when_availability_says_so(url: str) -> None:
    visitor = Person(url)
    for space in visitor.get(f"/spaces?community_id={CHANGED}")["items"]:
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        window = {"from": start.isoformat(), "to": (start + timedelta(days=31)).isoformat()}

        def taken(space: dict[str, Any] = space, window: dict[str, str] = window) -> list[tuple[datetime, datetime]]:
            busy = visitor.get(f"/spaces/{space['id']}/availability", params=window)["busy"]
            return sorted(
                (_utc(one["starts_at"]), _utc(one["ends_at"])) for one in busy if one["reason"] in ("booked", "event")
            )

        def shown(space: dict[str, Any] = space, start: datetime = start) -> list[tuple[datetime, datetime]]:
            address = f"{url}/api/v1/spaces/{space['id']}/calendar.ics"
            return sorted(one[1:] for one in shown_by_a_program(address, start, start + timedelta(days=31)))

        # Both answers come from caches, which messages clear.
        eventually(lambda taken=taken, shown=shown: taken() == shown())  # type: ignore[misc]


def test_the_programme_of_a_centre_shows_exactly_its_sessions(url: str) -> None:
    visitor, start = Person(url), datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    query = f"/club-events?community_id=liuyi&from={start.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    sessions = [one for event in all_of(visitor, query) if event["state"] == "published" for one in event["sessions"]]
    expected = {one for one in listed([one for one in sessions if not one["cancelled_at"]], "session") if one[2] > start}
    address = f"{url}/api/v1/club-events/calendar.ics?community_id=liuyi"
    assert shown_by_a_program(address, start, start + timedelta(days=400)) == expected != set()
