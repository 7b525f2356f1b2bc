"""Equipment: units and pools, claimed with a booking, following it, and given to one booking at a time."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.equip_booking import list_equipment
from services.booking.equipment.models import EquipmentUse
from services.booking.interface.equipment_refusals import (
    EquipmentFixed,
    EquipmentNotHere,
    EquipmentTaken,
    EquipmentTooSoon,
    TooMuchEquipment,
)
from services.booking.ledger.models import Claim
from services.booking.lending.telling import tell_next
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_cached_calendar import statements_of
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, NOW, local

ADMIN = person("admin", community="liuyi")
HOUR = timedelta(hours=1)


def add_kind(centre: Centre, counted: str = "pool", **more: Any) -> Any:
    about: dict[str, Any] = {"name": {"zh-CN": "折叠椅", "en": "Folding chairs"}, "most_per_booking": 40} | more
    if counted == "pool":
        about.setdefault("quantity", 40)
    return centre.do("add_equipment", ADMIN, community_id="liuyi", counted=counted, **about)


def add_projectors(centre: Centre, count: int = 2, **more: Any) -> Any:
    kind = add_kind(centre, "units", name={"zh-CN": "投影仪", "en": "Projector"}, **more)
    units = [centre.do("add_equipment_unit", ADMIN, kind_id=kind.id, label=f"投影仪-{n + 1}") for n in range(count)]
    return kind, units


def some(kind: Any, quantity: int = 1) -> list[dict[str, Any]]:
    return [{"kind_id": kind.id, "quantity": quantity}]


def book(centre: Centre, kind: Any, quantity: int = 1, start: str = "19:00", end: str = "20:00", **more: Any) -> Any:
    space = more.pop("space", None) or centre.add_space()
    return centre.book(start, end, space=space, equipment=some(kind, quantity), **more)


def has(centre: Centre, booking: Any) -> list[tuple[int, str, list[str]]]:
    found = centre.do("get_booking", centre.clerk, booking_id=booking.id)
    return [(one.quantity, one.state, one.units) for one in found.equipment]


def free(centre: Centre, kind: Any, start: str = "19:00", end: str = "20:00", **more: Any) -> int:
    space = more.pop("space", centre.court)
    times = {"start": local(MONDAY, start), "end": local(MONDAY, end)}
    with centre.call() as call:
        (one,) = [e for e in list_equipment(call, space_id=space.id, **times, **more) if e.id == kind.id]
    assert isinstance(one.free, int)
    return one.free


def tell(centre: Centre, now: Any = NOW) -> list[Any]:
    with transaction(centre.engine) as session:
        tell_next(Call(session, now))
    return [row for row in centre.published() if row.type == "booking.equipment_changed.v1"]


def held(centre: Centre) -> int:
    """How many claims of units there are."""
    with transaction(centre.engine) as session:
        statement = select(func.count()).select_from(Claim).where(Claim.holder_kind == "equipment")
        return session.scalar(statement) or 0


def test_a_booking_takes_units_and_says_which(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    assert has(centre, booking) == [(1, "claimed", ["投影仪-1"])] and free(centre, kind) == 1
    assert [(one.quantity, one.units) for one in booking.equipment] == [(1, ["投影仪-1"])]
    (told,) = [row for row in centre.published() if row.type == "booking.confirmed.v1"]
    assert told.data["equipment_words"] == {"zh-CN": "投影仪×1", "en": "Projector × 1"}


def test_when_too_little_is_free_nothing_is_booked_and_the_refusal_says_what_is_free(centre: Centre) -> None:
    kind = add_kind(centre)
    book(centre, kind, 30)
    with pytest.raises(EquipmentTaken) as refused:
        book(centre, kind, 15)
    (missing,) = refused.value.details["equipment"]
    assert (missing["wanted"], missing["free"]) == (15, 10)
    assert local(MONDAY, "20:00").isoformat() in [one["starts_at"] for one in missing["times"]]
    assert "折叠椅（要 15，只剩 10）" in refused.value.text("zh-CN")
    assert len([claim for claim in centre.claims() if claim.state == "confirmed"]) == 1


def test_or_the_booking_goes_without(centre: Centre) -> None:
    kind, (chairs) = add_projectors(centre, 1)[0], add_kind(centre)
    book(centre, kind)
    both = [*some(kind), *some(chairs, 20)]
    made = centre.book("19:00", "20:00", centre.li, space=centre.add_space(), equipment=both, if_equipment_taken="without")
    assert sorted(one.state for one in made.equipment) == ["claimed", "lost"]
    assert not tell(centre), "the resident chose it, and the answer and the message say so"
    last = [row for row in centre.published() if row.type == "booking.confirmed.v1"][-1]
    assert last.data["missing_equipment_words"]["zh-CN"] == "投影仪×1"


def test_a_booking_without_equipment_takes_no_more_statements(centre: Centre) -> None:
    kind = add_kind(centre)
    for hour in ("14:00", "15:00", "16:00"):  # the calendar is cached from the second call on
        centre.book(hour, f"{hour[:2]}:30")
    statements = statements_of(centre, lambda: centre.book("17:00", "17:30"))
    assert not [one for one in statements if "equipment_" in one]
    more = statements_of(centre, lambda: book(centre, kind, start="18:00", end="18:30", space=centre.court))
    assert len(statements) == 2 and len(more) == 6


def test_the_rules_of_a_kind(centre: Centre) -> None:
    other = centre.add_space()
    kind = add_kind(centre, most_per_booking=5, min_notice_minutes=120, space_ids=[centre.court.id])
    with pytest.raises(EquipmentNotHere):
        book(centre, kind, space=other)
    with pytest.raises(TooMuchEquipment):
        book(centre, kind, 6, space=centre.court)
    with pytest.raises(EquipmentTooSoon):
        book(centre, kind, space=centre.court, now=local(MONDAY, "18:00"))
    assert book(centre, kind, 5, space=centre.court, now=local(MONDAY, "17:00")).equipment


def test_equipment_of_another_community_is_not_found(centre: Centre) -> None:
    kind = add_kind(centre)
    elsewhere = centre.add_space(community_id="yuxin")
    with pytest.raises(NotFound):
        book(centre, kind, space=elsewhere)


def test_it_is_free_again_after_the_turnover(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1, turnover_minutes=30)
    book(centre, kind)
    assert free(centre, kind, "20:00", "21:00") == 0 and free(centre, kind, "20:30", "21:00") == 1
    assert free(centre, kind, "18:00", "19:00") == 0, "its turnover would meet the booking"
    assert free(centre, kind, "18:00", "18:30") == 1


def test_a_pool_counts_its_fullest_moment_only(centre: Centre) -> None:
    kind = add_kind(centre)
    book(centre, kind, 30, "14:00", "15:00")
    book(centre, kind, 30, "15:00", "16:00")
    assert free(centre, kind, "14:00", "16:00") == 10
    assert book(centre, kind, 10, "14:00", "16:00").equipment[0].state == "claimed"


def test_what_is_cancelled_is_free(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    booking = book(centre, kind)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    assert free(centre, kind) == 1 and held(centre) == 0
    assert has(centre, booking) == [(1, "released", [])]


def test_it_moves_with_its_booking_to_another_unit_if_need_be(centre: Centre) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind)
    book(centre, kind, start="20:00", end="21:00", resident_id=None)  # has unit 1 too, an hour later
    times = {"starts_at": local(MONDAY, "20:00"), "ends_at": local(MONDAY, "21:00")}
    centre.do("reschedule_booking", centre.wang, booking_id=booking.id, **times)
    assert has(centre, booking) == [(1, "claimed", ["投影仪-2"])]
    assert (free(centre, kind), free(centre, kind, "20:00", "21:00")) == (2, 0)


def test_a_move_to_where_there_is_none_is_refused_or_goes_without(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    booking = book(centre, kind)
    book(centre, kind, start="20:00", end="21:00")
    move = {"booking_id": booking.id, "starts_at": local(MONDAY, "20:00"), "ends_at": local(MONDAY, "21:00")}
    with pytest.raises(EquipmentTaken):
        centre.do("reschedule_booking", centre.wang, **move)
    assert has(centre, booking) == [(1, "claimed", ["投影仪-1"])]
    centre.do("reschedule_booking", centre.wang, **move, if_equipment_taken="without")
    assert has(centre, booking) == [(1, "lost", [])] and free(centre, kind) == 1
    assert not tell(centre)


def test_ending_early_frees_the_rest(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    booking = book(centre, kind)
    centre.do("end_booking", centre.wang, booking_id=booking.id, now=local(MONDAY, "19:20"))
    assert free(centre, kind, "19:30", "20:00") == 1 and free(centre, kind) == 0


def test_a_no_show_frees_it_and_taking_that_back_claims_it_again(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    booking = book(centre, kind)
    late = local(MONDAY, "19:20")
    centre.do("mark_no_show", centre.clerk, booking_id=booking.id, now=late)
    assert free(centre, kind, "19:30", "20:00") == 1
    centre.do("undo_no_show", centre.clerk, booking_id=booking.id, now=late)
    assert free(centre, kind, "19:30", "20:00") == 0 and has(centre, booking) == [(1, "claimed", ["投影仪-1"])]


def test_a_no_show_that_is_taken_back_too_late_loses_it(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    booking = book(centre, kind)
    late = local(MONDAY, "19:20")
    centre.do("mark_no_show", centre.clerk, booking_id=booking.id, now=late)
    book(centre, kind, start="19:30", end="20:00", now=late)
    centre.do("undo_no_show", centre.clerk, booking_id=booking.id, now=late)
    assert has(centre, booking) == [(1, "lost", [])]


def test_a_request_claims_nothing_until_it_is_accepted(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    room = centre.add_space(needs_approval=True, answer_notice_minutes=0)
    asked = book(centre, kind, space=room)
    assert has(centre, asked) == [(1, "wanted", [])] and free(centre, kind) == 1
    centre.do("accept_request", centre.clerk, booking_id=asked.id)
    assert has(centre, asked) == [(1, "claimed", ["投影仪-1"])] and free(centre, kind) == 0


def test_a_request_that_is_accepted_too_late_goes_without_and_says_so(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 1)
    room = centre.add_space(needs_approval=True, answer_notice_minutes=0)
    asked = book(centre, kind, space=room)
    book(centre, kind)
    centre.do("accept_request", centre.clerk, booking_id=asked.id)
    (told,) = [r for r in centre.published() if r.type == "booking.confirmed.v1" and r.data["booking_id"] == str(asked.id)]
    assert told.data["missing_equipment_words"]["en"] == "Projector × 1" and not tell(centre)


def test_any_change_of_the_row_moves_it_so_no_path_can_forget(centre: Centre) -> None:
    """Also one that knows nothing of equipment: the trigger follows, and the job tells what was lost."""
    kind, _ = add_projectors(centre, 1)
    booking, other = book(centre, kind), book(centre, kind, start="20:00", end="21:00")
    with transaction(centre.engine) as session:
        row = session.get_one(Booking, booking.id)
        row.starts_at, row.ends_at = local(MONDAY, "20:00"), local(MONDAY, "21:00")
    assert has(centre, booking) == [(1, "lost", [])] and has(centre, other) == [(1, "claimed", ["投影仪-1"])]
    (told,) = tell(centre)
    assert told.data["changed_by"] == "shortage" and told.data["missing_equipment_words"]["en"] == "Projector × 1"
    assert len(tell(centre)) == 1, "once"


def test_the_equipment_of_a_booking_changes_later(centre: Centre) -> None:
    kind, chairs = add_projectors(centre, 1)[0], add_kind(centre)
    booking = centre.book("19:00", "20:00")
    change = {"booking_id": booking.id}
    made = centre.do("change_booking_equipment", centre.wang, **change, equipment=[*some(kind), *some(chairs, 10)])
    assert sorted(one.quantity for one in made.equipment) == [1, 10] and "change_equipment" in made.can(centre.wang, NOW)
    again = centre.do("change_booking_equipment", centre.wang, **change, equipment=some(chairs, 20))
    assert [(one.quantity, one.state) for one in again.equipment] == [(20, "claimed")] and free(centre, kind) == 1
    gone = centre.do("change_booking_equipment", centre.clerk, **change, equipment=[])
    assert gone.equipment == [] and free(centre, chairs) == 40 and not gone.with_equipment
    changes = [r.data["changed_by"] for r in centre.published() if r.type == "booking.equipment_changed.v1"]
    assert changes == ["resident", "resident", "staff"]
    with pytest.raises(EquipmentFixed):
        centre.do("change_booking_equipment", centre.wang, **change, equipment=some(kind), now=local(MONDAY, "19:00"))


def test_who_wants_more_of_one_thing_keeps_the_place_in_line_for_the_others(centre: Centre) -> None:
    kind, chairs = add_projectors(centre)[0], add_kind(centre)
    booking = book(centre, kind)
    later = NOW + timedelta(minutes=7)

    def since() -> dict[UUID, Any]:
        with transaction(centre.engine) as session:
            return dict(session.execute(select(EquipmentUse.kind_id, EquipmentUse.created_at)).all())

    change = {"booking_id": booking.id, "now": later}
    centre.do("change_booking_equipment", centre.wang, **change, equipment=[*some(kind), *some(chairs, 10)])
    assert since() == {kind.id: NOW, chairs.id: later}
    change["now"] = later + timedelta(minutes=1)
    centre.do("change_booking_equipment", centre.wang, **change, equipment=[*some(kind), *some(chairs, 5)])
    assert since() == {kind.id: NOW, chairs.id: later}
    centre.do("change_booking_equipment", centre.wang, **change, equipment=[*some(kind), *some(chairs, 20)])
    assert since() == {kind.id: NOW, chairs.id: change["now"]}


def test_only_its_own_people_change_it(centre: Centre) -> None:
    kind = add_kind(centre)
    booking = centre.book("19:00", "20:00")
    with pytest.raises(NotFound):
        centre.do("change_booking_equipment", centre.li, booking_id=booking.id, equipment=some(kind))
    with pytest.raises(Forbidden):
        centre.do("change_booking_equipment", person("supervisor"), booking_id=booking.id, equipment=some(kind))


def test_of_many_who_want_the_last_units_at_once_just_so_many_get_one(centre: Centre) -> None:
    kind, _ = add_projectors(centre, 3)
    rooms = [centre.add_space() for _ in range(10)]
    outcomes = all_at_once([lambda room=room: book(centre, kind, space=room, acting=person()) for room in rooms])
    assert codes(outcomes) == Counter({"won": 3, "booking.equipment_taken": 7})
    assert held(centre) == 3


def test_a_pool_is_never_given_out_twice_at_once(centre: Centre) -> None:
    kind = add_kind(centre)
    rooms = [centre.add_space() for _ in range(8)]
    all_at_once([lambda room=room: book(centre, kind, 15, space=room, acting=person()) for room in rooms])
    with transaction(centre.engine) as session:
        given = session.scalar(select(func.sum(EquipmentUse.quantity)).where(EquipmentUse.state == "claimed"))
    assert given == 30


def affected(preview: Any) -> list[tuple[UUID, bool]]:
    return [(one.booking_id, one.lost) for one in preview.items]


def test_a_unit_that_breaks_is_replaced_or_its_resident_is_told(centre: Centre) -> None:
    kind, (first, _) = add_projectors(centre)
    booking, other = book(centre, kind), book(centre, kind, start="20:00", end="21:00")
    full = book(centre, kind, start="20:00", end="21:00")
    preview = centre.do("preview_equipment_unit", ADMIN, unit_id=first.id)
    assert affected(preview) == [(booking.id, False), (other.id, True)]
    centre.do("change_equipment_unit", ADMIN, unit_id=first.id, state="in_repair")
    assert has(centre, booking) == [(1, "claimed", ["投影仪-2"])]
    assert has(centre, other) == [(1, "lost", [])] and has(centre, full) == [(1, "claimed", ["投影仪-2"])]
    (told,) = tell(centre)
    assert told.data["booking_id"] == str(other.id)
    centre.do("change_equipment_unit", ADMIN, unit_id=first.id, state="in_use")
    assert has(centre, other) == [(1, "claimed", ["投影仪-1"])]
    back = tell(centre)[-1]
    assert len(tell(centre)) == 2 and back.data["equipment_words"]["zh-CN"] == "投影仪×1"


def test_with_fewer_things_who_asked_last_loses_theirs_as_the_preview_says(centre: Centre) -> None:
    kind = add_kind(centre)
    first, second, third = (book(centre, kind, 13, now=NOW + n * HOUR) for n in range(3))
    preview = centre.do("preview_equipment", ADMIN, kind_id=kind.id, quantity=20, now=NOW)
    assert affected(preview) == [(second.id, True), (third.id, True)]
    centre.do("change_equipment", ADMIN, kind_id=kind.id, quantity=20)
    assert [has(centre, one)[0][1] for one in (first, second, third)] == ["claimed", "lost", "lost"]
    centre.do("change_equipment", ADMIN, kind_id=kind.id, quantity=26)
    assert [has(centre, one)[0][1] for one in (first, second, third)] == ["claimed", "claimed", "lost"]
