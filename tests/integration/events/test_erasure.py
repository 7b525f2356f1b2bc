"""What events does when an account was erased: seats and memberships are given back, the past names nobody."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from chassis.database import erased
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.events.erasure import use_cases
from tests.integration.events.conftest import NOW, Centre, account_id, resident, sitting


def erase(centre: Centre, name: str, now: Any = NOW) -> dict[str, Any]:
    with transaction(centre.engine) as session:
        call = Call(session, now)
        use_cases.erase_account(call, erasure_id=uuid4(), account_id=account_id(name), community_id="liuyi")
    data: dict[str, Any] = centre.rows("SELECT data FROM outbox WHERE type = 'events.account_erased.v1' ORDER BY seq DESC")[0][
        "data"
    ]
    return data


def test_seats_go_to_whoever_waits(centre: Centre) -> None:
    session_id = centre.session_of(capacity=2)
    mine = centre.register("wang", session_id, seats=2)
    waiting = centre.register("li", session_id)
    answer = erase(centre, "wang")
    assert answer["erased"] == [{"what": "coming_registrations", "count": 1}]
    assert answer["kept"] == [{"what": "registrations", "count": 1, "reason": "statistics"}]
    assert centre.look_up(waiting)["state"] == "confirmed"
    assert (centre.session(session_id)["taken"], centre.session(session_id)["waiting"]) == (1, 0)
    types = [type_ for type_, _ in centre.published()]
    assert types[-3:] == ["registration.cancelled.v1", "registration.promoted.v1", "events.account_erased.v1"]
    row = centre.rows("SELECT * FROM registration WHERE id = :id", id=mine["id"])[0]
    assert (row["resident_id"], row["registered_by"], row["state"]) == (row["id"], row["id"], "cancelled")


def test_two_who_were_at_the_same_session_stay_two_unnamed(centre: Centre) -> None:
    session_id = str(centre.publish(sitting(timedelta(hours=1)))["sessions"][0]["id"])
    for name in ("wang", "li"):
        centre.register(name, session_id)
    later = NOW + timedelta(days=1)
    assert [erase(centre, name, later)["erased"] for name in ("wang", "li")] == [[], []]
    rows = centre.rows("SELECT id, resident_id, state FROM registration")
    assert [row["state"] for row in rows] == ["confirmed", "confirmed"], "they were there"
    assert all(row["id"] == row["resident_id"] for row in rows)
    assert centre.session(session_id)["taken"] == 2


def test_memberships_end_and_are_gone(centre: Centre) -> None:
    left = centre.add_club("badminton")
    for name in ("wang", "li"):
        centre.ask(resident(name), "join_club", club_id=centre.club_id)
    centre.ask(resident("wang"), "join_club", club_id=left)
    centre.ask(resident("wang"), "leave_club", club_id=left)
    own = centre.ask(resident("wang"), "list_memberships", limit=20)["items"]
    assert [(item["club_id"], item["left_at"] is None) for item in own] == [(centre.club_id, True), (left, False)]
    assert erase(centre, "wang")["erased"] == [{"what": "memberships", "count": 2}]
    assert [row["resident_id"] for row in centre.rows("SELECT resident_id FROM membership")] == [account_id("li")]
    assert centre.rows("SELECT members_count FROM club WHERE code = 'table-tennis'") == [{"members_count": 1}]
    assert "club.left.v1" in [type_ for type_, _ in centre.published()]


def test_a_second_time_and_an_unknown_account_change_nothing(centre: Centre) -> None:
    centre.register("wang", centre.session_of())
    erase(centre, "wang")
    before = centre.rows("SELECT * FROM registration")
    for name in ("wang", "nobody"):
        answer = erase(centre, name)
        assert (answer["erased"], answer["kept"]) == ([], [])
    assert centre.rows("SELECT * FROM registration") == before


def test_rows_that_a_restore_brings_back_are_erased_again(centre: Centre) -> None:
    centre.register("wang", centre.session_of())
    centre.ask(resident("li"), "join_club", club_id=centre.club_id)
    centre.ask(resident("ma"), "join_club", club_id=centre.club_id)
    with transaction(centre.engine) as session:
        for name in ("wang", "li"):
            erased.remember(session, account_id(name), NOW)
        assert use_cases.erase_returned(Call(session, NOW)) == 2
    assert [row["resident_id"] for row in centre.rows("SELECT resident_id FROM membership")] == [account_id("ma")]
    assert centre.rows("SELECT id FROM registration WHERE resident_id <> id") == []
