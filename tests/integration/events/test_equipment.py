"""The equipment of sessions: asked for with their rooms, moved with them, and said when it is missing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError
from sqlalchemy import Engine, select

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from services.booking.claims.shortages import tell_next
from services.booking.equipment.models import EquipmentUse
from services.booking.managed_equipment import use_cases as managed
from services.events.interface.refusals import EquipmentWithoutRoom, NotDraft
from tests.integration.booking.conftest import person
from tests.integration.events.conftest import ORGANISER, Centre, sitting
from tests.integration.events.messenger import REQUEST
from tests.integration.events.test_rooms import DAY, TWO_HOURS, Saga


class Equipped(Saga):
    """The saga with one projector. `old` booking does not know equipment yet."""

    def __init__(self, centre: Centre, booking: Engine) -> None:
        super().__init__(centre, booking)
        self.projector = self.admin("add_equipment", community_id="liuyi", counted="units", name={"zh-CN": "投影仪"}).id
        self.unit = self.admin("add_equipment_unit", kind_id=self.projector, label="投影仪-1").id

    def admin(self, verb: str, **given: Any) -> Any:
        with transaction(self.mail.booking) as session:
            return getattr(managed, verb)(Call(session, self.now, person("admin", community="liuyi")), **given)

    @property
    def one(self) -> list[dict[str, Any]]:
        return [{"kind_id": str(self.projector), "quantity": 1}]

    def uses(self) -> dict[UUID | None, str]:
        with reading(self.mail.booking) as session:
            return {use.session_id: use.state for use in session.scalars(select(EquipmentUse))}

    def states(self, club_event: dict[str, Any]) -> list[list[tuple[str | None, str]]]:
        return [
            [((one["name"] or {}).get("zh-CN"), one["state"]) for one in room["equipment"]] for room in self.rooms(club_event)
        ]

    def repair(self, state: str) -> None:
        self.admin("change_equipment_unit", unit_id=self.unit, state=state)
        with transaction(self.mail.booking) as session:
            tell_next(Call(session, self.now))
        self.mail.deliver_all()


@pytest.fixture
def saga(centre: Centre, database_of: Callable[[str], Engine]) -> Equipped:
    return Equipped(centre, database_of("booking"))


def ids(club_event: dict[str, Any]) -> list[UUID]:
    return [UUID(str(session["id"])) for session in club_event["sessions"]]


def test_a_club_event_is_published_with_its_equipment(saga: Equipped) -> None:
    waiting = saga.publish(sitting(equipment=saga.one), sitting(3 * DAY), answered=False)
    assert saga.states(waiting) == [[(None, "waiting")], []]
    saga.mail.deliver_all()
    assert saga.look(waiting)["state"] == "published"
    assert saga.states(waiting) == [[("投影仪", "given")], []]
    assert saga.uses() == {ids(waiting)[0]: "claimed"}
    saga.check()


def test_refused_equipment_comes_back_with_alternatives_and_is_left_out(saga: Equipped) -> None:
    saga.publish(sitting(equipment=saga.one), space_id=saga.hall)
    second = saga.publish(sitting(equipment=saga.one))
    assert second["state"] == "draft" and saga.told(second) == 1
    (room,) = saga.rooms(second)
    assert room["refusal"]["reason"] == "booking.equipment_taken" and "投影仪" in room["refusal"]["message"]["zh-CN"]
    assert room["refusal"]["alternatives"] and saga.states(second) == [[(None, "missing")]]
    saga.ask("revise_club_event", club_event_id=second["id"], equipment=[])
    saga.ask("publish_club_event", club_event_id=second["id"])
    saga.mail.deliver_all()
    assert saga.look(second)["state"] == "published" and saga.states(second) == [[]]
    assert len(saga.uses()) == 1
    saga.check()


def test_an_alternative_has_the_equipment(saga: Equipped) -> None:
    saga.publish(sitting(equipment=saga.one), space_id=saga.hall)
    second = saga.publish(sitting(equipment=saga.one))
    offer = saga.rooms(second)[0]["refusal"]["alternatives"][0]
    times = {name: offer[name] for name in ("starts_at", "ends_at")}
    session_id = second["sessions"][0]["id"]
    saga.ask("move_session", session_id=session_id, space_id=offer["space_id"], location="阅览室", **times)
    saga.ask("publish_club_event", club_event_id=second["id"])
    saga.mail.deliver_all()
    assert saga.look(second)["state"] == "published" and saga.states(second) == [[("投影仪", "given")]]


def test_a_session_moves_with_its_equipment_and_cancelling_frees_it(saga: Equipped) -> None:
    made = saga.publish(sitting(equipment=saga.one))
    saga.move(made["sessions"][0], TWO_HOURS)
    saga.mail.deliver_all()
    assert saga.states(made) == [[("投影仪", "given")]]
    other = saga.publish(sitting(equipment=saga.one), space_id=saga.hall)
    assert other["state"] == "published", "the old time is free"
    saga.ask("cancel_club_event", club_event_id=made["id"], reason="x")
    saga.mail.deliver_all()
    assert saga.uses() == {ids(other)[0]: "claimed"}
    saga.check()


def test_equipment_of_what_is_published_changes_when_booking_agrees_and_nobody_who_comes_is_told(saga: Equipped) -> None:
    made = saga.publish(sitting())
    (session,) = made["sessions"]
    saga.centre.register("wang", session["id"])
    saga.move(session, timedelta(0), equipment=saga.one)
    assert saga.uses() == {}
    saga.mail.deliver_all()
    assert saga.states(made) == [[("投影仪", "given")]] and saga.uses() == {ids(made)[0]: "claimed"}
    types = [type_ for type_, _ in saga.centre.published()]
    assert "registration.moved.v1" not in types and "club_event.session_moved.v1" not in types
    saga.move(session, timedelta(0), equipment=[])
    saga.mail.deliver_all()
    assert saga.states(made) == [[]] and saga.uses() == {}


def test_equipment_that_breaks_is_told_and_forgotten_when_it_is_back(saga: Equipped) -> None:
    made = saga.publish(sitting(equipment=saga.one))
    saga.repair("in_repair")
    (room,) = saga.rooms(made)
    assert room["room"] == "held" and room["refusal"]["reason"] == "booking.equipment_taken" and saga.told(made) == 1
    assert saga.states(made) == [[("投影仪", "missing")]]
    saga.ask("revise_club_event", club_event_id=made["id"], title={"zh-CN": "新名"})
    saga.mail.deliver_all()
    assert saga.states(made) == [[(None, "missing")]], "another request does not hide it"
    saga.repair("in_use")
    assert saga.rooms(made)[0]["refusal"] is None
    saga.check()


def test_booking_of_the_last_release_gives_the_room_and_is_asked_for_the_equipment_later(saga: Equipped) -> None:
    made = saga.publish(sitting(equipment=saga.one), answered=False)
    saga.mail.fetch()
    for message in saga.mail.waiting:
        for time in message.data["times"]:
            time.pop("equipment")  # it does not read this
    saga.mail.deliver()
    for message in saga.mail.waiting:
        for time in message.data["times"]:
            time.pop("equipment")  # and does not say this
    saga.mail.deliver_all()
    assert saga.look(made)["state"] == "published" and saga.states(made) == [[(None, "waiting")]]
    assert saga.mail.upkeep() == 0
    saga.now += timedelta(minutes=6)
    assert saga.mail.upkeep() == 1
    saga.mail.deliver_all()
    assert saga.states(made) == [[("投影仪", "given")]] and saga.mail.upkeep() == 0


def test_what_others_have_by_then_is_left_out_and_the_organiser_is_told(saga: Equipped) -> None:
    made = saga.publish(sitting(equipment=saga.one), answered=False)
    saga.mail.fetch()
    saga.mail.waiting[0].data["times"][0].pop("equipment")
    saga.mail.deliver()
    saga.mail.waiting[0].data["times"][0].pop("equipment")
    saga.mail.deliver_all()
    saga.publish(sitting(equipment=saga.one), space_id=saga.hall)
    saga.now += timedelta(minutes=6)
    saga.mail.upkeep()
    saga.mail.deliver_all()
    assert saga.look(made)["state"] == "published" and saga.told(made) == 1 and saga.states(made) == [[]]
    saga.move(made["sessions"][0], TWO_HOURS)
    saga.mail.deliver_all()
    assert saga.rooms(made)[0]["refusal"] is None, "it can move without"
    saga.check()


def test_equipment_needs_a_room_and_a_draft_and_known_kinds(saga: Equipped) -> None:
    with pytest.raises(EquipmentWithoutRoom):
        saga.centre.publish(sitting(equipment=saga.one))
    made = saga.publish(sitting())
    with pytest.raises(NotDraft):
        saga.ask("revise_club_event", club_event_id=made["id"], equipment=saga.one)
    with pytest.raises(EquipmentWithoutRoom):
        saga.move(made["sessions"][0], DAY, location="广场", equipment=saga.one)
    with pytest.raises(ValidationError):
        saga.ask("revise_club_event", club_event_id=made["id"], equipment=[{"kind_id": "x", "quantity": 0}])


def test_the_request_names_equipment_by_kind(saga: Equipped) -> None:
    saga.publish(sitting(equipment=saga.one), answered=False)
    saga.mail.fetch()
    (request,) = [message for message in saga.mail.waiting if message.type == REQUEST]
    assert request.data["times"][0]["equipment"] == saga.one
    assert saga.ask("get_club_event", ORGANISER, club_event_id=request.data["club_event_id"])
