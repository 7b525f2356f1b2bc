"""The rooms of club events: with booking, and messages between them that come late, twice or in another order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.bookings.use_cases.book_space import book_space
from services.booking.calendar.models import Closure
from services.booking.closures.preview import preview_closure
from services.booking.closures.use_cases import close_spaces, end_closure
from services.events.interface.refusals import (
    LastSession,
    NotDraft,
    NotPublished,
    RoomsPending,
    SessionInPast,
    SessionNotMovable,
)
from tests.integration.booking.conftest import person
from tests.integration.events.conftest import NOW, ORGANISER, VISITOR, Centre, resident, sitting, staff
from tests.integration.events.messenger import Messenger

DAY = timedelta(days=1)
TWO_HOURS = timedelta(hours=2)


class Saga:
    """The centre with booking beside it, and two rooms. `now` is the time of both."""

    def __init__(self, centre: Centre, booking: Engine) -> None:
        self.centre, self.now = centre, NOW
        self.mail = Messenger(centre.engine, booking, lambda: self.now)
        self.room, self.hall = self.mail.add_space("room"), self.mail.add_space("hall", capacity=200)

    def publish(self, *sessions: dict[str, Any], space_id: Any = None, answered: bool = True, **more: Any) -> dict[str, Any]:
        """A club event in the room, with what booking answered."""
        made = self.centre.publish(*sessions, space_id=str(space_id or self.room), **more)
        if answered:
            self.mail.deliver_all()
        return self.look(made)

    def look(self, club_event: dict[str, Any]) -> dict[str, Any]:
        return self.ask("get_club_event", club_event_id=club_event["id"])

    def ask(self, verb: str, who: Identity = ORGANISER, **payload: Any) -> dict[str, Any]:
        return self.centre.ask(who, verb, self.now, **payload)

    def rooms(self, club_event: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("get_rooms", club_event_id=club_event["id"])["sessions"]
        return found

    def move(self, session: dict[str, Any], by: timedelta, **more: Any) -> dict[str, Any]:
        times = {name: (datetime.fromisoformat(session[name]) + by).isoformat() for name in ("starts_at", "ends_at")}
        return self.ask("move_session", session_id=session["id"], **times, **more)

    def book(self, starts_in: timedelta, hours: float = 2) -> None:
        """A resident's booking of the room."""
        who = resident("wang")
        starts_at = NOW + starts_in
        with transaction(self.mail.booking) as session:
            book_space(
                Call(session, self.now, who),
                space_id=self.room,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=hours),
            )

    def close(self, day: int, *, of_space: Any = None) -> Closure:
        """A closure of the room, all of that day."""
        midnight = (NOW + timedelta(days=day)).replace(hour=0, minute=0)
        about = {"community_id": "liuyi", "whole": False, "space_ids": [of_space or self.room]}
        span = {"starts_at": midnight, "ends_at": midnight + DAY}
        with transaction(self.mail.booking) as session:
            call = Call(session, self.now, person("admin"))
            assert [time.claim_request.title for time in preview_closure(call, **about, **span).claimed_times] != [None]
            return close_spaces(call, **about, **span, reason="maintenance", decisions=[])

    def reopen(self, closure: Closure) -> None:
        with transaction(self.mail.booking) as session:
            end_closure(Call(session, self.now, person("admin")), closure_id=closure.id)

    def told(self, club_event: dict[str, Any]) -> int:
        """How many times the organiser was told of rooms."""
        return [type_ for type_, _ in self.centre.published(club_event["id"])].count("club_event.rooms_refused.v1")

    def check(self) -> None:
        self.mail.deliver_all()
        assert self.mail.ledger() == self.mail.believed()


@pytest.fixture
def saga(centre: Centre, database_of: Callable[[str], Engine]) -> Saga:
    return Saga(centre, database_of("booking"))


def test_a_club_event_is_published_when_it_has_its_room(saga: Saga) -> None:
    waiting = saga.publish(sitting(), sitting(3 * DAY), answered=False)
    assert (waiting["state"], waiting["published_at"]) == ("awaiting_room", None)
    assert [one["room"] for one in saga.rooms(waiting)] == ["waiting", "waiting"]
    with pytest.raises(NotFound):
        saga.ask("get_club_event", VISITOR, club_event_id=waiting["id"])
    with pytest.raises(Refusal):
        saga.centre.register("wang", waiting["sessions"][0]["id"])
    assert "club_event.published.v1" not in [type_ for type_, _ in saga.centre.published()]
    saga.mail.deliver_all()
    published = saga.look(waiting)
    assert (published["state"], published["version"]) == ("published", 3)
    assert saga.centre.published(waiting["id"]) == [("club_event.published.v1", 3)]
    assert [one["room"] for one in saga.rooms(published)] == ["held", "held"]
    assert saga.centre.register("wang", published["sessions"][0]["id"])["state"] == "confirmed"
    assert len(saga.mail.ledger()) == 2
    saga.check()


def test_without_a_room_it_is_published_at_once(saga: Saga) -> None:
    published = saga.centre.publish()
    assert published["state"] == "published"
    assert saga.centre.rows("SELECT * FROM room_claim") == []
    assert [one["room"] for one in saga.rooms(published)] == ["none"]


def test_a_refused_claim_comes_back_with_alternatives_and_one_is_taken(saga: Saga) -> None:
    saga.book(2 * DAY)
    refused = saga.publish(sitting(2 * DAY), sitting(3 * DAY))
    assert refused["state"] == "draft"
    first, second = saga.rooms(refused)
    assert (first["room"], second["room"]) == ("refused", "not_asked")
    assert first["refusal"]["reason"] == "booking.space_taken" and first["refusal"]["message"]["zh-CN"]
    assert saga.centre.published(refused["id"]) == [("club_event.rooms_refused.v1", 3)]
    assert saga.mail.ledger() == set()
    offer = first["refusal"]["alternatives"][0]
    times = {name: offer[name] for name in ("starts_at", "ends_at", "space_id")}
    location = offer["space_name"]["zh-CN"]
    moved = saga.ask("move_session", session_id=refused["sessions"][0]["id"], location=location, **times)
    assert moved["state"] == "draft"
    saga.ask("publish_club_event", club_event_id=refused["id"])
    saga.mail.deliver_all()
    assert saga.look(refused)["state"] == "published"
    assert len(saga.mail.ledger()) == 2
    saga.check()


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"capacity": 500}, "booking.over_capacity"), ({"hours": 2}, "booking.unknown_space")],
)
def test_what_booking_cannot_give_is_said(saga: Saga, wish: dict[str, Any], reason: str) -> None:
    space_id = saga.room if "capacity" in wish else uuid4()
    refused = saga.publish(sitting(**wish), space_id=space_id)
    assert refused["state"] == "draft"
    assert saga.rooms(refused)[0]["refusal"]["reason"] == reason


def test_two_club_events_for_one_room_get_it_once(saga: Saga) -> None:
    made = [saga.publish(sitting(2 * DAY), answered=False) for _ in range(2)]
    saga.mail.fetch()
    saga.mail.deliver(1)  # whoever is heard first
    saga.mail.deliver_all()
    assert sorted(saga.look(one)["state"] for one in made) == ["draft", "published"]
    saga.check()


def test_cancelling_while_it_waits_leaves_nothing_held(saga: Saga) -> None:
    waiting = saga.publish(answered=False)
    saga.ask("cancel_club_event", club_event_id=waiting["id"], reason="不办了")
    saga.mail.fetch()
    saga.mail.deliver(1)  # the release overtakes the request
    saga.mail.deliver_all()
    assert saga.look(waiting)["state"] == "cancelled"
    assert saga.mail.ledger() == set()
    assert saga.centre.rows("SELECT state FROM room_claim") == [{"state": "released"}]


def test_cancelling_gives_the_rooms_back(saga: Saga) -> None:
    published = saga.publish()
    assert saga.mail.ledger()
    saga.ask("cancel_club_event", club_event_id=published["id"], reason="下雨")
    saga.check()
    assert saga.mail.ledger() == set()
    saga.book(2 * DAY)


def test_a_session_moves_when_booking_agrees_and_those_who_come_are_told(saga: Saga) -> None:
    published = saga.publish(sitting(capacity=1), sitting(3 * DAY))
    session, other = published["sessions"]
    taken, waits = (saga.centre.register(name, session["id"]) for name in ("wang", "li"))
    gone = saga.centre.register("zhang", session["id"])
    saga.centre.cancel(gone)
    saga.centre.register("wang", other["id"])
    asked = saga.move(session, timedelta(hours=5))
    assert asked["sessions"][0]["starts_at"] == session["starts_at"]
    assert saga.rooms(asked)[0]["moves_to"]["location"] == "一楼乒乓球室"
    saga.mail.deliver_all()
    moved = saga.look(published)["sessions"][0]
    assert datetime.fromisoformat(moved["starts_at"]) - datetime.fromisoformat(session["starts_at"]) == timedelta(hours=5)
    assert moved["registration_closes_at"] == moved["starts_at"]
    for registration in (taken, waits):
        assert saga.centre.published(registration["id"])[-1] == ("registration.moved.v1", 2)
    told = saga.centre.rows("SELECT data FROM outbox WHERE type = 'registration.moved.v1' ORDER BY seq")
    assert len(told) == 2 and {row["data"]["state"] for row in told} == {"confirmed", "waitlisted"}
    assert told[0]["data"]["previous_location"] == "一楼乒乓球室"
    assert saga.centre.published(published["id"])[-1][0] == "club_event.session_moved.v1"
    saga.book(2 * DAY)  # the old time is free
    saga.check()


def test_a_refused_move_leaves_the_session_where_it_is(saga: Saga) -> None:
    published = saga.publish()
    saga.book(3 * DAY)
    saga.move(published["sessions"][0], DAY)
    saga.mail.deliver_all()
    (room,) = saga.rooms(published)
    assert room["room"] == "held" and room["moves_to"] is None
    assert room["refusal"]["held"] and room["refusal"]["wanted"]["location"] == "一楼乒乓球室"
    assert saga.look(published)["sessions"] == published["sessions"]
    assert saga.centre.published(published["id"])[-1][0] == "club_event.rooms_refused.v1"
    saga.check()


def test_of_two_moves_in_a_row_the_last_counts(saga: Saga) -> None:
    published = saga.publish()
    (session,) = published["sessions"]
    saga.move(session, DAY)
    saga.move(session, 2 * DAY)
    saga.mail.fetch()
    assert len(saga.mail.waiting) == 2
    saga.mail.deliver(1)
    saga.mail.deliver_all()
    moved = saga.look(published)["sessions"][0]
    assert datetime.fromisoformat(moved["starts_at"]) - datetime.fromisoformat(session["starts_at"]) == 2 * DAY
    told = [type_ for type_, _ in saga.centre.published() if type_ == "club_event.session_moved.v1"]
    assert len(told) == 1
    saga.check()


def test_the_answer_to_an_older_request_does_not_count(saga: Saga) -> None:
    published = saga.publish()
    (session,) = published["sessions"]
    saga.move(session, DAY)
    saga.mail.fetch()
    saga.mail.deliver()  # granted, but the answer is still under way
    saga.move(session, 2 * DAY)
    saga.mail.deliver()
    assert saga.look(published)["sessions"] == published["sessions"], "booking has not given that time yet"
    saga.check()


def test_another_session_waits_its_turn(saga: Saga) -> None:
    first, second = saga.publish(sitting(), sitting(3 * DAY))["sessions"]
    saga.move(first, timedelta(hours=5))
    with pytest.raises(RoomsPending):
        saga.move(second, timedelta(hours=5))
    saga.mail.deliver_all()
    saga.move(second, timedelta(hours=5))
    saga.check()


def test_a_session_moves_to_another_room_and_to_a_place_that_is_not_booked(saga: Saga) -> None:
    published = saga.publish()
    (session,) = published["sessions"]
    saga.move(session, timedelta(), location="大厅", space_id=str(saga.hall))
    saga.mail.deliver_all()
    moved = saga.look(published)["sessions"][0]
    assert (moved["location"], moved["space_id"], moved["starts_at"]) == ("大厅", str(saga.hall), session["starts_at"])
    saga.book(2 * DAY)
    registration = saga.centre.register("wang", session["id"])
    assert registration["location"] == "大厅"
    saga.move(session, timedelta(), location="小广场")
    outside = saga.look(published)["sessions"][0]
    assert (outside["location"], outside["space_id"]) == ("小广场", None)
    saga.check()
    assert saga.mail.ledger() == set()


def test_one_session_is_called_off_and_its_room_is_free(saga: Saga) -> None:
    published = saga.publish(sitting(), sitting(3 * DAY))
    first, second = published["sessions"]
    registration = saga.centre.register("wang", first["id"])
    off = saga.ask("cancel_session", session_id=first["id"], reason="教师请假")
    assert off["sessions"][0]["cancel_reason"] == "教师请假" and off["state"] == "published"
    assert saga.centre.look_up(registration)["state"] == "cancelled"
    told = saga.centre.rows("SELECT data FROM outbox WHERE type = 'registration.cancelled.v1'")[0]["data"]
    assert told["reason"] == "session_cancelled"
    assert saga.centre.published(published["id"])[-1][0] == "club_event.session_cancelled.v1"
    with pytest.raises(NotPublished):
        saga.centre.register("li", first["id"])
    saga.check()
    saga.book(2 * DAY)
    with pytest.raises(SessionNotMovable):
        saga.move(first, DAY)
    with pytest.raises(LastSession):
        saga.ask("cancel_session", session_id=second["id"], reason="下雨")


def test_who_may_move_and_what_cannot_be_moved(saga: Saga) -> None:
    published = saga.publish()
    (session,) = published["sessions"]
    times = {"session_id": session["id"], "starts_at": session["starts_at"], "ends_at": session["ends_at"]}
    for verb, given in (("move_session", times), ("cancel_session", {"session_id": session["id"], "reason": "x"})):
        for who, refusal in (
            (resident("wang"), Forbidden),
            (staff("clerk"), Forbidden),
            (staff("organiser", "yuxin"), Forbidden),
        ):
            with pytest.raises(refusal):
                saga.ask(verb, who, **given)
    with pytest.raises(Forbidden):
        saga.ask("get_rooms", resident("wang"), club_event_id=published["id"])
    with pytest.raises(SessionInPast):
        saga.move(session, -3 * DAY)
    before = saga.centre.published()
    assert saga.move(session, timedelta())["version"] == published["version"], "its own time: nothing to do"
    assert saga.centre.published() == before
    saga.now = NOW + 2 * DAY + timedelta(hours=1)
    with pytest.raises(SessionNotMovable):
        saga.move(session, DAY)


def test_when_booking_is_away_it_is_asked_again_and_nothing_hangs(saga: Saga) -> None:
    waiting = saga.publish(answered=False)
    saga.mail.fetch()
    lost = saga.mail.waiting.pop()
    assert saga.mail.upkeep() == 0, "not before its time"
    saga.now = NOW + timedelta(minutes=6)
    assert saga.mail.upkeep() == 1
    assert saga.mail.upkeep() == 0
    saga.mail.deliver_all()
    assert saga.look(waiting)["state"] == "published"
    saga.mail.hand_over(lost)  # it comes after all
    saga.check()


def test_an_answer_that_comes_after_the_session_began_makes_it_a_draft_again(saga: Saga) -> None:
    waiting = saga.publish(answered=False)
    saga.mail.fetch()
    saga.mail.deliver()
    saga.now = NOW + 2 * DAY + timedelta(minutes=1)
    saga.mail.deliver_all()
    assert saga.look(waiting)["state"] == "draft"
    assert saga.rooms(waiting)[0]["refusal"]["reason"] == "events.session_in_past"
    assert saga.mail.ledger() == set()


def test_what_was_published_before_there_were_claims_is_asked_for_once(saga: Saga) -> None:
    """Also what the last release publishes during an upgrade. A clash is told to the organiser; the other sessions get
    theirs."""
    old = saga.centre.draft(sitting(), sitting(3 * DAY), sitting(4 * DAY), space_id=str(saga.room))
    with transaction(saga.centre.engine) as session:
        session.connection().exec_driver_sql("UPDATE club_event SET state = 'published', published_at = now()")
        session.connection().exec_driver_sql("UPDATE club_session SET open = true")
    saga.book(3 * DAY)
    assert saga.mail.upkeep() == 1
    assert saga.mail.upkeep() == 0
    saga.mail.deliver_all()
    assert saga.look(old)["state"] == "published"
    assert [one["room"] for one in saga.rooms(old)] == ["held", "refused", "held"]
    told = [type_ for type_, _ in saga.centre.published() if type_ == "club_event.rooms_refused.v1"]
    assert len(told) == 1
    saga.check()
    assert len(saga.mail.ledger()) == 2
    saga.move(old["sessions"][1], timedelta(hours=5))
    saga.check()
    assert [one["room"] for one in saga.rooms(old)] == ["held", "held", "held"]


def test_rooms_of_what_the_last_release_cancelled_are_given_back(saga: Saga) -> None:
    saga.publish()
    with transaction(saga.centre.engine) as session:
        session.connection().exec_driver_sql("UPDATE club_event SET state = 'cancelled', cancelled_at = now()")
    assert saga.mail.upkeep() == 1
    saga.check()
    assert saga.mail.ledger() == set()
    assert saga.mail.upkeep() == 0


def test_texts_of_what_is_published_can_be_corrected(saga: Saga) -> None:
    """O3: its sessions and registrations stay. Booking shows the new title."""
    published = saga.publish()
    registration = saga.centre.register("wang", published["sessions"][0]["id"])
    title = {"zh-CN": "乒乓球友谊赛"}
    revised = saga.ask("revise_club_event", club_event_id=published["id"], title=title)
    assert (revised["title"], revised["sessions"][0]["taken"], revised["state"]) == (title, 1, "published")
    assert saga.centre.published(published["id"])[-1] == ("club_event.revised.v1", revised["version"])
    assert saga.centre.look_up(registration)["title"] == title
    with pytest.raises(NotDraft):
        saga.ask("revise_club_event", club_event_id=published["id"], location="别处")
    with pytest.raises(NotDraft):
        saga.ask("revise_club_event", club_event_id=published["id"], sessions=[sitting()])
    saga.check()
    with saga.mail.booking.connect() as connection:
        assert connection.exec_driver_sql("SELECT title FROM claim_request").scalar() == title


def test_more_seats_than_the_room_holds_are_told_to_the_organiser(saga: Saga) -> None:
    published = saga.publish()
    session_id = published["sessions"][0]["id"]
    saga.ask("change_capacity", session_id=session_id, capacity=41)
    saga.mail.deliver_all()
    (room,) = saga.rooms(published)
    assert (room["room"], room["refusal"]["reason"]) == ("held", "booking.over_capacity")
    saga.check()


def test_answers_to_the_claims_of_others_and_repeated_ones_change_nothing(saga: Saga) -> None:
    published = saga.publish()
    before = saga.look(published), saga.centre.published()
    for message in list(saga.mail.delivered):
        saga.mail.hand_over(message)
    saga.mail.fetch()
    saga.mail.deliver_all()
    other = next(message for message in saga.mail.delivered if message.type == "booking.claim_granted.v1")
    other.data["claim_id"] = str(uuid4())
    saga.mail.hand_over(other)
    assert (saga.look(published), saga.centre.published()) == before


def test_a_closure_leaves_a_session_its_room_and_tells_the_organiser(saga: Saga) -> None:
    made = saga.publish(sitting(2 * DAY), sitting(4 * DAY))
    before = saga.mail.ledger()
    saga.close(2)
    saga.mail.deliver_all()
    closed, open_ = saga.rooms(made)
    assert (closed["room"], closed["refusal"]["reason"], closed["refusal"]["held"]) == ("held", "booking.closed", True)
    assert closed["refusal"]["alternatives"] and open_["refusal"] is None
    assert (saga.look(made)["state"], saga.told(made), saga.mail.ledger()) == ("published", 1, before)

    saga.ask("revise_club_event", club_event_id=made["id"], title={"zh-CN": "换了名字"})
    saga.mail.deliver_all()
    assert saga.rooms(made)[0]["refusal"], "the same room is granted again, and is still closed"

    offer = closed["refusal"]["alternatives"][0]
    times = {name: offer[name] for name in ("starts_at", "ends_at", "space_id")}
    saga.ask("move_session", session_id=made["sessions"][0]["id"], location="别处", **times)
    saga.mail.deliver_all()
    assert [one["refusal"] for one in saga.rooms(made)] == [None, None]
    saga.check()


def test_a_closure_that_is_taken_back_is_forgotten_unless_another_one_remains(saga: Saga) -> None:
    made = saga.publish(sitting(2 * DAY))
    first, second = saga.close(2), saga.close(2)
    saga.mail.deliver_all()
    assert saga.told(made) == 2
    saga.reopen(second)
    saga.mail.deliver_all()
    assert saga.rooms(made)[0]["refusal"], "the first closure is still in the way"
    saga.reopen(first)
    saga.mail.deliver_all()
    assert saga.rooms(made)[0]["refusal"] is None


def test_a_closure_that_comes_late_or_twice_does_not_touch_a_session_that_has_moved(saga: Saga) -> None:
    made = saga.publish(sitting(2 * DAY))
    saga.close(2)
    saga.mail.fetch()
    (disrupted,) = saga.mail.waiting
    saga.mail.waiting.clear()
    saga.move(made["sessions"][0], 5 * DAY, space_id=str(saga.hall), location="大厅")
    saga.mail.deliver_all()
    assert saga.look(made)["sessions"][0]["space_id"] == str(saga.hall)
    saga.mail.hand_over(disrupted)
    assert saga.rooms(made)[0]["refusal"] is None and saga.told(made) == 0
    saga.ask("cancel_club_event", club_event_id=made["id"], reason="没人")
    saga.mail.hand_over(disrupted)
    assert saga.told(made) == 0


def test_a_closure_of_another_space_or_day_tells_nobody(saga: Saga) -> None:
    made = saga.publish(sitting(2 * DAY))
    saga.close(3)
    saga.close(2, of_space=saga.hall)
    saga.mail.deliver_all()
    assert (saga.rooms(made)[0]["refusal"], saga.told(made)) == (None, 0)
