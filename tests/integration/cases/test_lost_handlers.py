"""C3: a case goes back to the desk when its handler cannot settle it any more."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from chassis.database.engine import reading
from chassis.rpc.identity import Identity
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.refusals import NotYourStep
from services.cases.reference import copies
from services.cases.steps import lost_handlers
from tests.integration.cases.conftest import ROADS, District, person
from tests.integration.cases.test_announcements import announced

ADMIN = uuid4()
SWITCHED_OFF: dict[str, Any] = {"active": False}


def hear(district: District, of: Identity, *, version: int = 2, by: UUID | None = ADMIN, **change: Any) -> int:
    """What the subscription does with one message. Returns how many cases came back."""
    facts = {"active": True, "roles": ["handler"], "communities": ["liuyi"]} | change
    with district.call() as call:
        copies.keep_staff(call.session, account_id=UUID(of.account_id), version=version, changed_by=by, **facts)
        return lost_handlers.return_lost(call)


def now(district: District, case: Case) -> Case:
    with reading(district.engine) as session:
        return session.get_one(Case, case.id)


@pytest.mark.parametrize(
    "change",
    [SWITCHED_OFF, {"roles": ["clerk"]}, {"communities": ["hexie"]}, {"communities": []}],
    ids=["switched off", "another role", "another community", "no community"],
)
def test_a_case_goes_back_and_can_be_dispatched_again(district: District, change: dict[str, Any]) -> None:
    case = district.dispatched(handler=district.handler)
    assert hear(district, district.handler, **change) == 1
    back = now(district, case)
    assert (back.state, back.handler_id, back.department_id, back.dispatched_at) == ("accepted", None, None, None)
    with reading(district.engine) as session:
        of_case = select(HistoryEntry).where(HistoryEntry.case_id == case.id).order_by(HistoryEntry.version)
        *_, last = session.scalars(of_case)
    assert (last.action, last.from_state, last.to_state) == ("handler_left", "dispatched", "accepted")
    assert (last.actor_id, last.actor_party, last.public) == (ADMIN, "staff", False)
    message = announced(district, case)[-1]
    assert (message.type, message.version, message.data["state"]) == ("case.returned.v1", back.version, "accepted")
    other = district.other_handler
    again = district.do("dispatch_case", district.clerk, case_id=case.id, department_id=ROADS, handler_id=other.account_id)
    assert str(again.handler_id) == other.account_id
    assert hear(district, district.handler, version=3, **change) == 0


@pytest.mark.parametrize(
    "change", [{}, {"communities": None}, {"roles": ["mediator"]}], ids=["nothing", "the whole district", "mediator"]
)
def test_a_handler_who_can_settle_it_keeps_the_case(district: District, change: dict[str, Any]) -> None:
    case = district.dispatched(handler=district.handler)
    assert hear(district, district.handler, **change) == 0
    assert now(district, case).state == "dispatched"


def test_only_their_dispatched_cases_go_back(district: District) -> None:
    settled = district.dispatched(handler=district.handler)
    district.do("settle_case", district.handler, case_id=settled.id, settlement="已修好。")
    of_all = district.dispatched()
    of_another = district.dispatched(handler=district.other_handler)
    assert hear(district, district.handler, **SWITCHED_OFF) == 0
    assert [now(district, case).state for case in (settled, of_all, of_another)] == ["settled", "dispatched", "dispatched"]


def test_an_old_message_changes_nothing(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    hear(district, district.handler, version=5)
    assert hear(district, district.handler, version=4, **SWITCHED_OFF) == 0
    assert now(district, case).state == "dispatched"


def test_a_case_that_is_dispatched_afterwards_goes_back_too(district: District) -> None:
    """The clerk chose the handler before, and the dispatch committed after."""
    hear(district, district.handler, **SWITCHED_OFF)
    case = district.dispatched(handler=district.handler)
    with district.call() as call:
        assert lost_handlers.return_lost(call) == 1
    assert now(district, case).state == "accepted"


def test_many_cases_go_back_in_several_transactions(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_handlers, "_LOST", lost_handlers._LOST.limit(2))
    for _ in range(3):
        district.dispatched(handler=district.handler)
    assert hear(district, district.handler, **SWITCHED_OFF) == 2
    with district.call() as call:
        assert lost_handlers.return_lost(call) == 1


def test_the_operator_has_no_account(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    hear(district, district.handler, by=None, **SWITCHED_OFF)
    with reading(district.engine) as session:
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.case_id == case.id).order_by(HistoryEntry.version))
        assert [(e.actor_id, e.actor_party) for e in entries][-1] == (None, "system")


def test_nobody_takes_the_step(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    with pytest.raises(NotYourStep), district.call(district.supervisor) as call:
        call.session.merge(case).take("handler_left", person("supervisor"), call.now)
