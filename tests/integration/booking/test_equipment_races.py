"""Equipment under fire: an admin who gives it out anew, and residents who cancel, at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from chassis.database.engine import reading
from services.booking.managed_equipment.storage import lock_kind
from services.booking.service import BookingService
from tests.integration.booking.conftest import Centre
from tests.integration.booking.test_equipment import ADMIN, add_kind, add_projectors, book, has, held, some
from tests.patience import eventually
from tests.unit.booking.spaces import NOW


def waiting(centre: Centre) -> bool:
    """Whether a statement waits for a lock of another transaction."""
    with reading(centre.engine) as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")))


def meet(centre: Centre, first: tuple[Any, str, dict[str, Any]], second: tuple[Any, str, dict[str, Any]]) -> None:
    """The second begins when the first is done but not committed, and goes on when it is."""
    acting, verb, payload = first
    with ThreadPoolExecutor(1) as pool:
        with centre.call(acting) as call:
            BookingService.use_case(verb)(call, **payload)
            call.session.flush()
            later = pool.submit(centre.do, second[1], second[0], **second[2])
            eventually(lambda: waiting(centre))
        later.result(timeout=30)


@pytest.mark.parametrize("admin_first", [True, False])
def test_a_booking_that_is_cancelled_while_its_unit_is_exchanged_keeps_none(centre: Centre, admin_first: bool) -> None:
    kind, (unit, _) = add_projectors(centre)
    booking = book(centre, kind)
    acts = [
        (ADMIN, "change_equipment_unit", {"unit_id": unit.id, "state": "in_repair"}),
        (centre.wang, "cancel_booking", {"booking_id": booking.id}),
    ]
    meet(centre, *(acts if admin_first else reversed(acts)))
    assert held(centre) == 0


@pytest.mark.parametrize("admin_first", [True, False])
def test_a_booking_that_is_cancelled_while_it_gets_back_what_it_lost_keeps_none(centre: Centre, admin_first: bool) -> None:
    kind, (unit,) = add_projectors(centre, 1)
    booking = book(centre, kind)
    centre.do("change_equipment_unit", ADMIN, unit_id=unit.id, state="in_repair")
    acts = [
        (ADMIN, "change_equipment_unit", {"unit_id": unit.id, "state": "in_use"}),
        (centre.wang, "cancel_booking", {"booking_id": booking.id}),
    ]
    meet(centre, *(acts if admin_first else reversed(acts)))
    assert held(centre) == 0


def locked_in_order(centre: Centre, act: Callable[[], Any]) -> list[str]:
    """The tables of kinds and of the calendar's revision, as the statements of `act` lock them."""
    found: list[str] = []

    def note(*arguments: Any) -> None:
        statement = arguments[2]
        if "FROM equipment_kind" in statement and "FOR NO KEY UPDATE" in statement:
            found.append("equipment_kind")
        if "INTO calendar_revision" in statement:
            found.append("calendar_revision")

    event.listen(centre.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(centre.engine, "before_cursor_execute", note)
    return found


@pytest.mark.parametrize("moves", [True, False])
def test_a_closure_locks_equipment_before_the_calendar(centre: Centre, moves: bool) -> None:
    kind, _ = add_projectors(centre)
    booking = book(centre, kind, space=centre.court)
    times = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
    decision = {"booking_id": booking.id} | ({"move_to": times | {"space_id": centre.add_space().id}} if moves else {})
    about = {"community_id": "liuyi", "whole": False, "space_ids": [centre.court.id], "reason": "maintenance"}
    locked = locked_in_order(centre, lambda: centre.do("close_spaces", ADMIN, **about, **times, decisions=[decision]))
    assert locked == ["equipment_kind", "calendar_revision"]


def test_the_kinds_of_all_bookings_that_get_theirs_again_are_locked_in_one_statement(centre: Centre) -> None:
    chairs = add_kind(centre)
    kind, (unit, _) = add_projectors(centre)
    booking = centre.book("19:00", "20:00", space=centre.court, equipment=[*some(kind), *some(chairs)])
    centre.do("change_equipment_unit", ADMIN, unit_id=unit.id, state="in_repair")
    with centre.call() as call:
        lock_kind(call.session, kind.id, NOW)
        with pytest.raises(DBAPIError), centre.call() as other:
            other.session.execute(text("SELECT FROM equipment_kind WHERE id = :id FOR UPDATE NOWAIT"), {"id": chairs.id})
    assert has(centre, booking)[0][1] == "claimed"
