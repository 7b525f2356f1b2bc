"""How much equipment is used, by kind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Forbidden, InvalidField, Unauthenticated
from services.booking.lending.figures import get_equipment_use
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_claims import Requester
from tests.integration.booking.test_equipment import ADMIN, add_kind, add_projectors, book
from tests.integration.booking.test_lending import END, START, hand_out, take_back
from tests.integration.booking.test_session_equipment import with_some
from tests.unit.booking.spaces import MONDAY

NAMES = ("bookings", "sessions", "used_minutes", "lent", "lent_minutes", "damaged", "missing")


def figures(centre: Centre, acting: Any = None, *, now: Any = END, first: Any = MONDAY, last: Any = MONDAY) -> dict[Any, Any]:
    found = centre.do("get_equipment_use", acting or centre.clerk, now=now, first_day=first, last_day=last)
    return {one.kind.id: tuple(getattr(one, name) for name in NAMES) for one in found}


def test_bookings_sessions_and_loans_are_counted_by_kind(centre: Centre) -> None:
    (projector, _), chairs = add_projectors(centre), add_kind(centre)
    first, second = book(centre, projector), book(centre, chairs, 4)
    Requester(centre).ask(with_some(centre.court, (chairs, 10)))  # 19:00 to 20:00
    assert figures(centre) == {projector.id: (1, 0, 60, 0, 0, 0, 0), chairs.id: (1, 1, 14 * 60, 0, 0, 0, 0)}
    one = hand_out(centre, first, kind_id=projector.id)
    four = hand_out(centre, second, kind_id=chairs.id)
    assert figures(centre, now=START + timedelta(minutes=15))[projector.id][3:] == (1, 15, 0, 0), "what is out counts until now"
    take_back(centre, one, damage_note="镜头有划痕")
    take_back(centre, four, missing=1, now=START + timedelta(minutes=30))
    later = END + timedelta(days=5)
    assert figures(centre, now=later)[projector.id][3:] == (1, 60, 1, 0)
    assert figures(centre, now=later)[chairs.id][3:] == (1, 120, 0, 1)


def test_a_hold_of_a_session_that_has_expired_does_not_count(centre: Centre) -> None:
    chairs = add_kind(centre)
    Requester(centre).ask(with_some(centre.court, (chairs, 10)))
    with transaction(centre.engine) as session:
        session.execute(text("UPDATE claimed_time SET expires_at = :at"), {"at": END})
    assert figures(centre, now=END - timedelta(seconds=1))[chairs.id][1:3] == (1, 600)
    assert figures(centre, now=END)[chairs.id][1:3] == (0, 0)


def test_cancelled_ones_and_other_days_do_not_count(centre: Centre) -> None:
    projector, _ = add_projectors(centre)
    booking = book(centre, projector)
    day = timedelta(days=1)
    assert figures(centre, first=MONDAY + day, last=MONDAY + day)[projector.id][0] == 0
    assert figures(centre, first=MONDAY - day, last=MONDAY + day)[projector.id][0] == 1
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    assert figures(centre)[projector.id][0] == 0


def test_a_kind_that_is_no_longer_offered_is_shown_if_it_was_used(centre: Centre) -> None:
    used, never = add_kind(centre), add_kind(centre)
    book(centre, used)
    for kind in (used, never):
        centre.do("change_equipment", ADMIN, kind_id=kind.id, active=False)
    assert set(figures(centre)) == {used.id}


def test_who_sees_it(centre: Centre) -> None:
    add_kind(centre)
    assert figures(centre, person("supervisor")) and figures(centre, person("organiser"))
    with pytest.raises(Forbidden):
        figures(centre, centre.wang)
    with pytest.raises(Unauthenticated):
        centre.do("get_equipment_use", first_day=MONDAY, last_day=MONDAY)
    with pytest.raises(InvalidField), centre.call(person("clerk")) as call:
        elsewhere = replace(call, communities=Communities.only("yuxin"))
        get_equipment_use(elsewhere, first_day=MONDAY, last_day=MONDAY)
