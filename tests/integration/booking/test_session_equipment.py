"""Equipment of sessions of club events: claimed with their rooms or not at all, moved, freed, and missed when it breaks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from services.booking.claims.models import Asked
from services.booking.claims.shortages import tell_next
from services.booking.equipment.models import EquipmentUse
from services.booking.interface.equipment_refusals import EquipmentTaken
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre
from tests.integration.booking.test_claims import Requester, reasons, time_of
from tests.integration.booking.test_claims import held as held_times
from tests.integration.booking.test_equipment import ADMIN, add_kind, add_projectors, book, free, has, held
from tests.integration.booking.test_races import all_at_once
from tests.unit.booking.spaces import MONDAY, NOW, local

EVENING = {"start": "19:00", "end": "20:00"}
GRANTED, REFUSED = "booking.claim_granted.v1", "booking.claim_refused.v1"


def with_some(space: Space, *wanted: tuple[Any, int], **more: Any) -> Asked:
    return replace(time_of(space, **(EVENING | more)), equipment=tuple((kind.id, quantity) for kind, quantity in wanted))


def given(answer: tuple[str, Any] | None) -> list[tuple[str, int]]:
    assert answer is not None and answer[0] == GRANTED, answer
    return [(one["name"]["zh-CN"], one["quantity"]) for time in answer[1]["times"] for one in time["equipment"]]


def states(centre: Centre) -> dict[UUID, str]:
    """The states of what sessions want, by session. Each has one use at most."""
    with reading(centre.engine) as session:
        uses = session.scalars(select(EquipmentUse).where(EquipmentUse.session_id.is_not(None))).all()
    return {use.session_id: use.state for use in uses if use.session_id}


def tell(centre: Centre) -> list[Any]:
    before = len(centre.published())
    with transaction(centre.engine) as session:
        tell_next(Call(session, NOW))
    return list(centre.published()[before:])


def test_a_session_gets_its_room_with_units_and_with_some_of_a_pool(centre: Centre) -> None:
    (projector, _), chairs = add_projectors(centre), add_kind(centre)
    asked = with_some(centre.court, (projector, 1), (chairs, 30))
    assert sorted(given(Requester(centre).ask(asked))) == [("投影仪", 1), ("折叠椅", 30)]
    assert (free(centre, projector), free(centre, chairs), held(centre)) == (1, 10, 1)
    assert free(centre, projector, "21:00", "22:00") == 2


def test_the_limits_of_one_booking_do_not_bind_a_session(centre: Centre) -> None:
    kind = add_kind(centre, most_per_booking=2, min_notice_minutes=100_000)
    assert given(Requester(centre).ask(with_some(centre.court, (kind, 40)))) == [("折叠椅", 40)]


def test_what_is_missing_is_named_with_what_is_free_and_other_times(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    book(centre, projector)
    asked, other = with_some(centre.court, (projector, 1)), time_of(centre.add_space(), **EVENING)
    kind, answer = Requester(centre).ask(asked, other) or ("", {})
    assert kind == REFUSED and held_times(centre) == {} and not states(centre)
    (one,) = answer["refusals"]
    assert (one["holder_id"], one["reason"]) == (str(asked.holder_id), "booking.equipment_taken")
    assert [(e["kind_id"], e["wanted"], e["free"]) for e in one["equipment"]] == [(str(projector.id), 1, 0)]
    assert "投影仪（要 1，只剩 0）" in one["message"]["zh-CN"] and "0 free" in one["message"]["en"]
    starts = {local(MONDAY, hour).isoformat() for hour in ("18:00", "20:00")}
    assert starts <= {offer["starts_at"] for offer in one["alternatives"]}
    assert asked.starts_at.isoformat() not in {offer["starts_at"] for offer in one["alternatives"]}


def test_an_offered_time_can_be_had(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    book(centre, projector)
    events, asked = Requester(centre), with_some(centre.court, (projector, 1))
    _, answer = events.ask(asked) or ("", {})
    from datetime import datetime

    for offer in answer["refusals"][0]["alternatives"]:
        times = {name: datetime.fromisoformat(offer[name]) for name in ("starts_at", "ends_at")}
        moved = replace(asked, space_ids=(UUID(offer["space_id"]),), **times)
        assert given(events.ask(moved)) == [("投影仪", 1)]


def test_a_taken_room_gives_no_offer_without_the_equipment(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    book(centre, projector, start="20:00", end="21:00")
    centre.book("19:00", "20:00", centre.li)
    _, answer = Requester(centre).ask(with_some(centre.court, (projector, 1))) or ("", {})
    (one,) = answer["refusals"]
    assert one["reason"] == "booking.space_taken" and one["alternatives"]
    assert local(MONDAY, "20:00").isoformat() not in [offer["starts_at"] for offer in one["alternatives"]]


def test_two_sessions_of_one_request_do_not_get_the_same_unit(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    first, second = (with_some(space, (projector, 1)) for space in (centre.court, centre.add_space()))
    _, answer = Requester(centre).ask(first, second) or ("", {})
    (one,) = answer["refusals"]
    assert one["equipment"][0]["free"] == 0, "the other session of the request has it"
    assert free(centre, projector) == 1 and not states(centre)


def test_equipment_of_another_community_and_of_another_room_is_refused(centre: Centre) -> None:
    here = add_kind(centre, space_ids=[centre.add_space().id])
    unknown = type("Kind", (), {"id": uuid4()})
    for kind in (here, unknown):
        asked = with_some(centre.court, (kind, 1))
        assert reasons(Requester(centre).ask(asked)) == {str(asked.holder_id): "booking.equipment_not_here"}


def test_a_move_takes_the_equipment_along_and_frees_the_old_time(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    events, asked = Requester(centre), with_some(centre.court, (projector, 1))
    events.ask(asked)
    moved = replace(asked, starts_at=local(MONDAY, "20:00"), ends_at=local(MONDAY, "21:00"))
    assert given(events.ask(moved)) == [("投影仪", 1)]
    assert (free(centre, projector), free(centre, projector, "20:00", "21:00")) == (1, 0)


def test_two_sessions_swap_their_times_and_keep_the_only_projector(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    events = Requester(centre)
    early, late = with_some(centre.court, (projector, 1)), with_some(centre.court, (projector, 1), start="20:00", end="21:00")
    assert len(given(events.ask(early, late))) == 2
    swapped = (replace(one, starts_at=by.starts_at, ends_at=by.ends_at) for one, by in ((early, late), (late, early)))
    assert len(given(events.ask(*swapped))) == 2 and held(centre) == 2


def test_a_move_that_cannot_have_it_leaves_all_as_it_was(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    events, asked = Requester(centre), with_some(centre.court, (projector, 1))
    events.ask(asked)
    book(centre, projector, start="20:00", end="21:00")
    moved = replace(asked, starts_at=local(MONDAY, "20:00"), ends_at=local(MONDAY, "21:00"))
    kind, answer = events.ask(moved) or ("", {})
    assert (kind, answer["held"]) == (REFUSED, [str(asked.holder_id)])
    assert held_times(centre) == {asked.holder_id: "19:00-20:00"} and states(centre) == {asked.holder_id: "claimed"}
    assert free(centre, projector) == 0


def test_fewer_more_and_no_equipment_at_the_same_time(centre: Centre) -> None:
    chairs = add_kind(centre)
    events, asked = Requester(centre), with_some(centre.court, (chairs, 30))
    events.ask(asked)
    for number in (40, 10):
        assert given(events.ask(replace(asked, equipment=((chairs.id, number),)))) == [("折叠椅", number)]
        assert free(centre, chairs) == 40 - number
    assert given(events.ask(replace(asked, equipment=()))) == [] and free(centre, chairs) == 40


def test_what_is_given_back_is_free(centre: Centre) -> None:
    projector, _ = add_projectors(centre, 1)
    events = Requester(centre)
    events.ask(with_some(centre.court, (projector, 1)))
    assert events.ask() and free(centre, projector) == 1
    assert not states(centre) and held(centre) == 0


def test_a_session_and_a_booking_want_the_last_projector(centre: Centre) -> None:
    for n in range(5):
        kind = centre.do("add_equipment", ADMIN, community_id="liuyi", counted="units", name={"zh-CN": f"投影仪{n}"})
        centre.do("add_equipment_unit", ADMIN, kind_id=kind.id, label=f"last-{n}")
        room, hall = centre.add_space(), centre.add_space()
        asked = with_some(hall, (kind, 1))

        def by_session(asked: Asked = asked) -> str:
            return Requester(centre).outcome(asked)

        def by_booking(kind: Any = kind, room: Space = room, n: int = n) -> str:
            try:
                resident = [centre.wang, centre.li][n % 2]
                centre.book("19:00", "20:00", resident, space=room, equipment=[{"kind_id": kind.id, "quantity": 1}])
            except EquipmentTaken:
                return "refused"
            return "granted"

        assert sorted(all_at_once([by_session, by_booking])) == ["granted", "refused"]


def test_sessions_and_bookings_never_have_more_chairs_than_there_are(centre: Centre) -> None:
    chairs = add_kind(centre)
    wishes = [with_some(centre.add_space(), (chairs, 15)) for _ in range(5)]
    outcomes = all_at_once([lambda asked=asked: Requester(centre).outcome(asked) for asked in wishes])
    assert sorted(outcomes) == ["granted"] * 2 + ["refused"] * 3 and free(centre, chairs) == 10


def test_a_broken_unit_is_replaced_or_the_other_service_hears_and_hears_when_it_is_back(centre: Centre) -> None:
    projector, units = add_projectors(centre)
    events, asked = Requester(centre), with_some(centre.court, (projector, 1))
    events.ask(asked)
    centre.do("change_equipment_unit", ADMIN, unit_id=units[0].id, state="in_repair")
    assert states(centre) == {asked.holder_id: "claimed"} and not tell(centre), "the other one takes its place"
    centre.do("change_equipment_unit", ADMIN, unit_id=units[1].id, state="in_repair")
    (told,) = tell(centre)
    assert told.type == "booking.claim_disrupted.v1" and not tell(centre)
    (one,) = told.data["refusals"]
    assert (one["holder_id"], one["reason"], one["equipment"][0]["free"]) == (
        str(asked.holder_id),
        "booking.equipment_taken",
        0,
    )
    assert given(events.ask(asked)) == [], "what was lost without its doing is not refused, and the room stays"
    assert held_times(centre) == {asked.holder_id: "19:00-20:00"}
    for _ in range(2):  # lost and regained twice: each message has its own number
        centre.do("change_equipment_unit", ADMIN, unit_id=units[1].id, state="in_use")
        (back,) = tell(centre)
        assert back.type == "booking.claim_restored.v1" and back.data["holder_ids"] == [str(asked.holder_id)]
        assert back.data["closure_id"] == told.data["closure_id"]
        centre.do("change_equipment_unit", ADMIN, unit_id=units[1].id, state="in_repair")
        assert [row.type for row in tell(centre)] == ["booking.claim_disrupted.v1"]


def test_fewer_chairs_are_shared_out_among_bookings_and_sessions_as_the_preview_said(centre: Centre) -> None:
    chairs = add_kind(centre)
    events, asked = Requester(centre), with_some(centre.court, (chairs, 20))
    booking = book(centre, chairs, 15)
    with transaction(centre.engine):
        pass
    events.ask(asked)
    preview = centre.do("preview_equipment", ADMIN, kind_id=chairs.id, quantity=20)
    assert [(one.booking_id, one.quantity) for one in preview.items] in ([(None, 20)], [(booking.id, 15)])
    centre.do("change_equipment", ADMIN, kind_id=chairs.id, quantity=20)
    lost_by_session = states(centre)[asked.holder_id] == "lost"
    assert lost_by_session == (preview.items[0].booking_id is None)
    assert (has(centre, booking)[0][1] == "lost") != lost_by_session
    assert bool(tell(centre)) == lost_by_session


def test_the_unit_of_a_session_is_in_the_preview(centre: Centre) -> None:
    projector, units = add_projectors(centre, 1)
    Requester(centre).ask(with_some(centre.court, (projector, 1)))
    (one,) = centre.do("preview_equipment_unit", ADMIN, unit_id=units[0].id).items
    assert (one.booking_id, one.lost) == (None, True)


def test_a_session_that_has_started_is_told_nothing(centre: Centre) -> None:
    projector, units = add_projectors(centre, 1)
    Requester(centre).ask(with_some(centre.court, (projector, 1)))
    centre.do("change_equipment_unit", ADMIN, unit_id=units[0].id, state="gone")
    before = len(centre.published())
    with transaction(centre.engine) as session:
        tell_next(Call(session, local(MONDAY, "19:00") + timedelta(minutes=1)))
    assert len(centre.published()) == before and not tell(centre)
