"""Equipment at the desk: handing out, taking back, damage, and what is overdue."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.erasure.use_cases import erase
from services.booking.interface.equipment_refusals import AlreadyReturned, NotHandOutTime, NotReserved, UnitOut
from services.booking.lending.models import EquipmentLoan
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_claims import Requester
from tests.integration.booking.test_equipment import ADMIN, add_kind, add_projectors, book, free, has, tell
from tests.integration.booking.test_races import all_at_once, codes
from tests.integration.booking.test_session_equipment import with_some
from tests.unit.booking.spaces import MONDAY, local

START, END = local(MONDAY, "19:00"), local(MONDAY, "20:00")
LATER = END + timedelta(minutes=30)


def hand_out(centre: Centre, booking: Any, *, now: Any = START, acting: Any = None, **what: Any) -> Any:
    return centre.do("hand_out_equipment", acting or centre.clerk, booking_id=booking.id, now=now, **what)


def take_back(centre: Centre, loan: Any, *, now: Any = END, acting: Any = None, **more: Any) -> Any:
    return centre.do("take_back_equipment", acting or centre.clerk, loan_id=loan.id, now=now, **more)


def lending(centre: Centre, *, now: Any = START, acting: Any = None) -> Any:
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY, "23:59")}
    return centre.do("get_lending", acting or centre.clerk, now=now, **window)


def test_a_reserved_unit_goes_out_and_comes_back(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    loan = hand_out(centre, booking, kind_id=kind.id)
    assert (loan.label, loan.quantity, loan.due_at) == ("投影仪-1", 1, END)
    (row,) = lending(centre).items
    assert (row.labels, [one.label for one in row.loans], row.name["en"]) == (["投影仪-1"], ["投影仪-1"], "Projector")
    assert lending(centre, now=LATER).overdue[0].id == loan.id
    take_back(centre, loan)
    assert not lending(centre, now=LATER).overdue
    with pytest.raises(AlreadyReturned):
        take_back(centre, loan)


def test_the_label_of_another_free_unit_takes_the_place_of_the_reserved_one(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 3)
    booking, _other = book(centre, kind), book(centre, kind)
    assert hand_out(centre, booking, label="投影仪-3").label == "投影仪-3"
    assert has(centre, booking) == [(1, "claimed", ["投影仪-3"])] and free(centre, kind) == 1
    with pytest.raises(NotReserved):
        hand_out(centre, booking, label="投影仪-1")
    with pytest.raises(NotFound):
        hand_out(centre, booking, label="投影仪-9")


def test_the_unit_of_another_booking_is_not_given_away(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking, _other = book(centre, kind), book(centre, kind)
    with pytest.raises(NotReserved):
        hand_out(centre, booking, label="投影仪-2")


@pytest.mark.parametrize("now", [START - timedelta(hours=1, seconds=1), END])
def test_not_long_before_and_not_after(centre: Centre, now: Any) -> None:
    kind, _ = add_projectors(centre)
    with pytest.raises(NotHandOutTime):
        hand_out(centre, book(centre, kind), kind_id=kind.id, now=now)


def test_of_two_clerks_at_once_one_hands_out(centre: Centre) -> None:
    kind, chairs = add_projectors(centre, 1)[0], add_kind(centre)
    booking, seats = book(centre, kind), book(centre, chairs, 20)
    for wanted, of in ((kind, booking), (chairs, seats)):
        outcomes = all_at_once([lambda of=of, wanted=wanted: hand_out(centre, of, kind_id=wanted.id) for _ in range(6)])
        assert codes(outcomes)["won"] == 1, outcomes
        assert set(codes(outcomes)) <= {"won", UnitOut.code, NotReserved.code}


def test_what_is_not_back_is_not_handed_out_again(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    first, second = book(centre, kind), book(centre, kind, start="20:00", end="21:00")
    hand_out(centre, first, kind_id=kind.id)
    with pytest.raises(UnitOut) as refused:
        hand_out(centre, second, kind_id=kind.id, now=END)
    assert refused.value.details["booking_id"] == str(first.id)


def test_damage_frees_later_bookings_of_the_unit(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    later = book(centre, kind, start="20:30", end="21:30")
    full = book(centre, kind, start="20:30", end="21:30")
    loan = hand_out(centre, booking, kind_id=kind.id)
    take_back(centre, loan, damage_note="镜头碎了", to_repair=True)
    unit = next(one for one in centre.do("get_managed_equipment", ADMIN, kind_id=kind.id).units if one.label == "投影仪-1")
    assert (unit.state, unit.note) == ("in_repair", "镜头碎了")
    states = {one.id: has(centre, one)[0][1] for one in (later, full)}
    assert sorted(states.values()) == ["claimed", "lost"]
    (told,) = tell(centre, END)
    assert "镜头碎了" not in str(told.data) and states[later.id] == "lost" and told.data["booking_id"] == str(later.id)


def test_what_is_missing_of_a_pool_is_gone(centre: Centre) -> None:
    chairs = add_kind(centre)
    booking = book(centre, chairs, 40)
    later = book(centre, chairs, 40, start="20:00", end="21:00")
    loan = hand_out(centre, booking, kind_id=chairs.id)
    assert loan.quantity == 40
    take_back(centre, loan, missing=2, now=END - timedelta(minutes=5))
    assert centre.do("get_managed_equipment", ADMIN, kind_id=chairs.id).quantity == 38
    assert has(centre, later)[0][1] == "lost" and has(centre, booking)[0][1] == "claimed"


def test_a_pool_goes_out_in_parts_and_never_more_than_reserved(centre: Centre) -> None:
    chairs = add_kind(centre)
    booking = book(centre, chairs, 20)
    first = hand_out(centre, booking, kind_id=chairs.id, quantity=12)
    outcomes = all_at_once([lambda: hand_out(centre, booking, kind_id=chairs.id, quantity=8) for _ in range(4)])
    assert codes(outcomes)["won"] == 1, outcomes
    with pytest.raises(UnitOut):
        hand_out(centre, booking, kind_id=chairs.id)
    take_back(centre, first, now=START + timedelta(minutes=5))
    assert hand_out(centre, booking, kind_id=chairs.id, quantity=40, now=START + timedelta(minutes=6)).quantity == 12


def test_the_database_refuses_a_second_loan_of_the_last_release(centre: Centre) -> None:
    """It hands out all that is reserved at once, and relies on a unique index that is gone."""
    kind = add_kind(centre)
    booking = book(centre, kind, 6)
    hand_out(centre, booking, kind_id=kind.id, quantity=2)
    with transaction(centre.engine) as session:
        part = session.scalars(select(EquipmentLoan)).one()
    again = {column.key: getattr(part, column.key) for column in EquipmentLoan.__table__.c} | {"id": uuid4()}
    for quantity in (6, 5):
        with pytest.raises(IntegrityError) as error, transaction(centre.engine) as session:
            session.execute(insert(EquipmentLoan), again | {"quantity": quantity})
        assert isinstance(error.value.orig, UniqueViolation)
    with transaction(centre.engine) as session:
        session.execute(insert(EquipmentLoan), again | {"quantity": 4})


def test_who_lent_it_is_not_named_after_an_erasure(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    take_back(centre, hand_out(centre, book(centre, kind), kind_id=kind.id))
    with centre.call(now=LATER) as call:
        erase(call, UUID(str(centre.clerk.account_id)))
    with transaction(centre.engine) as session:
        (loan,) = session.scalars(select(EquipmentLoan))
        assert loan.handed_out_by == loan.returned_by == loan.id


def test_who_may(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    with pytest.raises(Forbidden):
        hand_out(centre, booking, kind_id=kind.id, acting=person("supervisor"))
    loan = hand_out(centre, booking, kind_id=kind.id)
    for acting, refusal in ((centre.wang, NotFound), (person("clerk", community="yuxin"), NotFound)):
        with pytest.raises(refusal):
            take_back(centre, loan, acting=acting)
    with pytest.raises(Forbidden):
        take_back(centre, loan, acting=person("supervisor"))
    with pytest.raises(Forbidden):
        lending(centre, acting=centre.wang)
    assert len(lending(centre, acting=person("supervisor")).items) == 1
    assert lending(centre, acting=person("clerk", community="yuxin")).items == []


def test_notes_about_damage_go_with_the_person(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    take_back(centre, hand_out(centre, booking, kind_id=kind.id), damage_note="王秀英摔坏了")
    with centre.call(now=LATER) as call:
        erase(call, booking.resident_id)
    with transaction(centre.engine) as session:
        assert session.scalars(select(EquipmentLoan.damage_note)).all() == [None]


@pytest.mark.parametrize("broken_at", [START - timedelta(minutes=10), START + timedelta(minutes=1)])
def test_a_broken_unit_is_not_handed_out_also_when_the_booking_has_begun(centre: Centre, broken_at: Any) -> None:
    kind, (first, _) = add_projectors(centre)
    booking = book(centre, kind)
    preview = centre.do("preview_equipment_unit", ADMIN, now=broken_at, unit_id=first.id)
    assert [one.booking_id for one in preview.items] == [booking.id]
    centre.do("change_equipment_unit", ADMIN, now=broken_at, unit_id=first.id, state="in_repair")
    assert has(centre, booking) == [(1, "claimed", ["投影仪-2"])]
    assert hand_out(centre, booking, now=START + timedelta(minutes=2), kind_id=kind.id).label == "投影仪-2"


def test_a_booking_keeps_what_is_handed_out_and_gets_another_for_what_broke(centre: Centre) -> None:
    kind, (_, second, _) = add_projectors(centre, 3, most_per_booking=2)
    booking = book(centre, kind, 2)
    hand_out(centre, booking, kind_id=kind.id)
    centre.do("change_equipment_unit", ADMIN, now=START, unit_id=second.id, state="in_repair")
    assert has(centre, booking) == [(2, "claimed", ["投影仪-1", "投影仪-2"])]
    for label in (None, "投影仪-2"):
        with pytest.raises(NotReserved):
            hand_out(centre, booking, **({"label": label} if label else {"kind_id": kind.id}))
    assert hand_out(centre, booking, label="投影仪-3").label == "投影仪-3"
    assert has(centre, booking) == [(2, "claimed", ["投影仪-1", "投影仪-3"])]


def test_what_sessions_of_events_need_is_listed_with_their_units(centre: Centre) -> None:
    (projector, _), chairs = add_projectors(centre), add_kind(centre)
    book(centre, projector)
    Requester(centre).ask(with_some(centre.court, (projector, 1), (chairs, 30)))
    found = lending(centre)
    assert len(found.items) == 1 and found.complete
    needs = {one.kind.id: (one.use.quantity, list(one.labels), one.space_names[0]) for one in found.sessions}
    assert needs[chairs.id] == (30, [], centre.court.name) and needs[projector.id][:2] == (1, ["投影仪-2"])
    assert lending(centre, acting=person("clerk", community="yuxin")).sessions == []


def test_a_hold_that_has_expired_needs_nothing(centre: Centre) -> None:
    chairs = add_kind(centre)
    Requester(centre).ask(with_some(centre.court, (chairs, 30)), expires_at=START - timedelta(hours=1))
    assert lending(centre, now=START).sessions == []
