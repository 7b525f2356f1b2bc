from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.events import demo
from tests.integration.events.conftest import VISITOR, Centre, resident, staff
from tests.integration.events.invariants import check_session

MONDAY = datetime(2026, 11, 16, tzinfo=UTC) - timedelta(hours=8)  # midnight in Shanghai


@pytest.fixture
def centre(database_of: Callable[[str], Engine]) -> Centre:
    return Centre(database_of("events"), club_id="")


def seed(centre: Centre, now: datetime) -> None:
    with transaction(centre.engine) as session:
        demo.seed(Call(session, now))


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("hour", [0, 23])
def test_every_day_has_something_on_whenever_it_is_seeded(centre: Centre, day: int, hour: int) -> None:
    today = MONDAY + timedelta(days=day)
    seed(centre, today + timedelta(hours=hour))
    span = {"from": today.isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    assert centre.ask(VISITOR, "list_club_events", **span)["items"]
    ahead = centre.ask(VISITOR, "list_club_events", **{"from": (today + timedelta(days=1)).isoformat()})["items"]
    assert any(session["seats_left"] for club_event in ahead for session in club_event["sessions"])


def test_seeding_again_changes_nothing(centre: Centre) -> None:
    seed(centre, MONDAY + timedelta(hours=10))
    count = (
        "SELECT (SELECT count(*) FROM outbox) AS told, (SELECT count(*) FROM registration) AS registered, sum(taken) AS taken"
    )
    before = centre.rows(f"{count} FROM club_session")
    seed(centre, MONDAY + timedelta(hours=10))
    seed(centre, MONDAY + timedelta(days=3))
    assert centre.rows(f"{count} FROM club_session") == before
    assert before[0]["registered"] > 10


def test_a_later_week_brings_its_own_club_events(centre: Centre) -> None:
    seed(centre, MONDAY)
    before = len(centre.rows("SELECT id FROM club_event"))
    seed(centre, MONDAY + timedelta(weeks=1))
    assert len(centre.rows("SELECT id FROM club_event")) > before


def test_it_is_the_centre_of_the_district(centre: Centre) -> None:
    seed(centre, MONDAY)
    clubs = {club["name"]["zh-CN"]: club for club in centre.ask(VISITOR, "list_clubs")["items"]}
    assert {"羽毛球社", "乒乓球社", "歌舞社", "戏剧社", "妇女微家", "石榴籽小课堂", "党员志愿者服务队"} <= set(clubs)
    assert clubs["乒乓球社"]["members_count"] == 3
    events = centre.ask(VISITOR, "list_club_events", limit=100)["items"]
    assert all(set(club_event["title"]) == {"zh-CN", "en"} for club_event in events)
    small = [club_event for club_event in events if club_event["title"]["zh-CN"] == "乒乓球趣味赛"]
    assert [(session["capacity"], session["taken"]) for session in small[0]["sessions"]] == [(8, 4)]
    in_the_reading_room = {club_event["space_id"] for club_event in events if club_event["location"] == "图书阅览室"}
    assert in_the_reading_room == {str(demo_id("space", "reading-room"))}
    assert centre.ask(staff("organiser"), "list_club_events", state="draft")["items"]
    for row in centre.rows("SELECT id FROM club_session"):
        check_session(centre, row["id"])
    assert centre.rows("SELECT id FROM registration WHERE state = 'waitlisted'")


def test_a_resident_of_the_demo_has_registrations(centre: Centre) -> None:
    seed(centre, MONDAY)
    li = Identity(account_id=str(demo_id("account", "li")), party="resident", community_id="liuyi")
    assert centre.ask(li, "list_registrations")["items"]
    assert centre.ask(resident("nobody"), "list_registrations")["items"] == []
