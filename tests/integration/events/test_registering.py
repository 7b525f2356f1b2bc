"""Who gets a seat, who waits, who is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated, VersionMismatch
from services.events.interface.refusals import (
    AlreadyRegistered,
    NotPublished,
    RegistrationClosed,
    RegistrationNotCancellable,
    TooManySeats,
)
from tests.integration.events.conftest import NOW, ORGANISER, VISITOR, Centre, account_id, resident, sitting, staff


def test_a_registration_is_confirmed_and_announced(centre: Centre) -> None:
    session_id = centre.session_of()
    registration = centre.register("wang", session_id, seats=2)
    assert registration["state"] == "confirmed"
    assert registration["position"] is None
    assert registration["title"] == {"zh-CN": "乒乓球趣味赛", "en": "Table tennis for fun"}
    assert registration["starts_at"] == (NOW + timedelta(days=2)).isoformat()
    assert registration["resident_id"] == registration["registered_by"] == str(account_id("wang"))
    assert centre.session(session_id)["taken"] == 2
    assert centre.published(registration["id"]) == [("registration.confirmed.v1", 1)]
    assert centre.look_up(registration) == registration


def test_what_does_not_fit_waits_in_line(centre: Centre) -> None:
    session_id = centre.session_of(capacity=3)
    centre.register("wang", session_id, seats=2)
    second, third = centre.register("li", session_id, seats=2), centre.register("zhang", session_id, seats=2)
    assert [(r["state"], r["position"]) for r in (second, third)] == [("waitlisted", 1), ("waitlisted", 2)]
    assert centre.published(third["id"]) == [("registration.waitlisted.v1", 1)]
    assert centre.look_up(third)["position"] == 2


def test_a_newcomer_does_not_take_a_free_seat_while_somebody_waits(centre: Centre) -> None:
    session_id = centre.session_of(capacity=3)
    centre.register("wang", session_id, seats=2)
    centre.register("li", session_id, seats=2)
    assert centre.register("zhang", session_id, seats=1)["state"] == "waitlisted"
    assert centre.session(session_id)["taken"] == 2


def test_a_second_registration_is_refused_and_names_the_first(centre: Centre) -> None:
    session_id = centre.session_of()
    first = centre.register("wang", session_id)
    with pytest.raises(AlreadyRegistered) as refusal:
        centre.register("wang", session_id)
    assert refusal.value.details == {"registration_id": first["id"], "state": "confirmed"}
    assert centre.session(session_id)["taken"] == 1


def test_one_may_register_again_after_withdrawing(centre: Centre) -> None:
    session_id = centre.session_of()
    first = centre.register("wang", session_id)
    centre.cancel(first, resident("wang"))
    again = centre.register("wang", session_id)
    assert again["id"] != first["id"]
    assert centre.session(session_id)["taken"] == 1


def test_a_visitor_must_sign_in(centre: Centre) -> None:
    with pytest.raises(Unauthenticated):
        centre.ask(VISITOR, "register", session_id=centre.session_of())


def test_registration_has_a_window(centre: Centre) -> None:
    opens, closes = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    window = {"registration_opens_at": opens.isoformat(), "registration_closes_at": closes.isoformat()}
    session_id = centre.publish(sitting(**window))["sessions"][0]["id"]
    for now, reason in ((opens - timedelta(seconds=1), "not_open_yet"), (closes, "closed")):
        with pytest.raises(RegistrationClosed) as refusal:
            centre.register("wang", session_id, now=now)
        assert refusal.value.details["reason"] == reason
    assert centre.register("wang", session_id, now=opens)["state"] == "confirmed"


def test_nobody_registers_for_a_session_that_has_started(centre: Centre) -> None:
    session_id = centre.session_of()
    with pytest.raises(RegistrationClosed) as refusal:
        centre.register("wang", session_id, now=NOW + timedelta(days=2))
    assert refusal.value.details["reason"] == "started"


def test_a_draft_takes_no_registrations_and_does_not_exist_for_residents(centre: Centre) -> None:
    session_id = centre.draft()["sessions"][0]["id"]
    with pytest.raises(NotFound):
        centre.register("wang", session_id)
    with pytest.raises(NotPublished):
        centre.ask(ORGANISER, "register", session_id=session_id)


def test_a_cancelled_club_event_takes_no_registrations(centre: Centre) -> None:
    club_event = centre.publish()
    centre.ask(ORGANISER, "cancel_club_event", club_event_id=club_event["id"], reason="下雨")
    with pytest.raises(NotPublished):
        centre.register("wang", club_event["sessions"][0]["id"])


def test_seats_are_limited_per_registration_and_by_the_room(centre: Centre) -> None:
    session_id = centre.session_of(capacity=2)
    for seats, limit in ((5, 4), (3, 2)):
        with pytest.raises(TooManySeats) as refusal:
            centre.register("wang", session_id, seats=seats)
        assert refusal.value.details == {"limit": limit}
    with pytest.raises(ValidationError):
        centre.register("wang", session_id, seats=0)
    assert centre.session(session_id)["waiting"] == 0


def test_an_unknown_session_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFound):
        centre.register("wang", str(uuid4()))


@pytest.mark.parametrize("role", ["clerk", "grid_worker", "organiser"])
def test_staff_registers_a_resident(centre: Centre, role: str) -> None:
    helper, elder = staff(role), str(account_id("wang"))
    registration = centre.ask(helper, "register", session_id=centre.session_of(), resident_id=elder)
    assert (registration["resident_id"], registration["registered_by"]) == (elder, helper.account_id)
    mine = centre.ask(resident("wang"), "list_registrations")["items"]
    assert [item["id"] for item in mine] == [registration["id"]]


@pytest.mark.parametrize("who", [resident("li"), staff("handler"), staff("clerk", "another")])
def test_others_do_not_register_a_resident(centre: Centre, who: object) -> None:
    session_id = centre.session_of()
    with pytest.raises(Forbidden):
        centre.ask(who, "register", session_id=session_id, resident_id=str(account_id("wang")))  # type: ignore[arg-type]
    assert centre.session(session_id)["taken"] == 0


def test_withdrawing_gives_the_seats_back_and_is_announced_with_the_next_version(centre: Centre) -> None:
    session_id = centre.session_of()
    registration = centre.register("wang", session_id, seats=3)
    cancelled = centre.cancel(registration, resident("wang"), expected_version=1)
    assert (cancelled["state"], cancelled["version"], cancelled["cancelled_by"]) == ("cancelled", 2, "resident")
    assert centre.session(session_id)["taken"] == 0
    assert centre.published(registration["id"]) == [("registration.confirmed.v1", 1), ("registration.cancelled.v1", 2)]


def test_a_registration_is_cancelled_once_and_in_the_version_seen(centre: Centre) -> None:
    registration = centre.register("wang", centre.session_of())
    with pytest.raises(VersionMismatch):
        centre.cancel(registration, expected_version=7)
    centre.cancel(registration)
    with pytest.raises(RegistrationNotCancellable):
        centre.cancel(registration)


def test_nobody_withdraws_from_a_session_that_has_started(centre: Centre) -> None:
    registration = centre.register("wang", centre.session_of())
    with pytest.raises(RegistrationNotCancellable):
        centre.cancel(registration, resident("wang"), now=NOW + timedelta(days=2))


def test_who_cancels_a_registration(centre: Centre) -> None:
    session_id = centre.session_of()
    helped = centre.ask(staff("grid_worker"), "register", session_id=session_id, resident_id=str(account_id("wang")))
    with pytest.raises(NotFound):
        centre.cancel(helped, resident("li"))
    with pytest.raises(NotFound):
        centre.cancel(helped, staff("clerk", "another"))
    with pytest.raises(Forbidden):
        centre.cancel(helped, staff("supervisor"))
    assert centre.cancel(helped, staff("grid_worker"))["cancelled_by"] == "staff"


def test_one_sees_ones_own_registrations_and_the_desk_sees_all(centre: Centre) -> None:
    session_id = centre.session_of(capacity=2)
    first, second = centre.register("wang", session_id, seats=2), centre.register("li", session_id)
    with pytest.raises(NotFound):
        centre.ask(resident("li"), "get_registration", registration_id=first["id"])
    assert [r["id"] for r in centre.ask(resident("wang"), "list_registrations", scope="mine")["items"]] == [first["id"]]
    for role in ("organiser", "clerk", "supervisor", "admin"):
        listed = centre.ask(staff(role), "list_registrations", scope="desk", session_id=session_id)["items"]
        assert {r["id"]: r["position"] for r in listed} == {first["id"]: None, second["id"]: 1}
    assert centre.ask(staff("clerk", "another"), "list_registrations", scope="desk")["items"] == []
    for who in (resident("wang"), staff("grid_worker")):
        with pytest.raises(Forbidden):
            centre.ask(who, "list_registrations", scope="desk")


def test_the_desk_narrows_by_club_event_and_state_and_turns_pages(centre: Centre) -> None:
    club_event, session_id = centre.publish(sitting(capacity=2)), centre.session_of()
    wanted = club_event["sessions"][0]["id"]
    names = ["wang", "li", "zhang"]
    made = [centre.register(name, wanted)["id"] for name in names]
    centre.register("ma", session_id)
    narrowed = {"scope": "desk", "club_event_id": club_event["id"]}
    first = centre.ask(ORGANISER, "list_registrations", limit=2, **narrowed)
    rest = centre.ask(ORGANISER, "list_registrations", limit=2, cursor=first["next_cursor"], **narrowed)
    assert {r["id"] for r in first["items"] + rest["items"]} == set(made)
    assert rest["next_cursor"] is None
    waiting = centre.ask(ORGANISER, "list_registrations", state="waitlisted", **narrowed)["items"]
    assert [(r["id"], r["position"]) for r in waiting] == [(made[2], 1)]
