"""Who may enter a lottery is asked again at the draw, and who was entered by staff is told."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.booking.limits.storage import lock_subjects
from services.booking.lotteries import conducting
from services.booking.lotteries.homes import follow_home
from services.booking.lotteries.models import LotteryEntry
from services.booking.lotteries.record import replay
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.lotteries import ADMIN, drawn, enter, make, resident
from tests.unit.booking.spaces import NOW

SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def hall(centre: Centre) -> Space:
    return centre.add_space(open_to="community")


def move(centre: Centre, who: Identity, community: str, at: datetime = SOON) -> None:
    with centre.call() as call:
        follow_home(call, account_id=UUID(str(who.account_id)), community_id=community, moved_at=at)


def outcomes(file: dict[str, Any]) -> dict[int, list[str]]:
    return {one["entry"]: [wish["outcome"] for wish in one["wishes"]] for one in file["result"]}


def number_of(centre: Centre, entry: LotteryEntry) -> int:
    with centre.engine.connect() as connection:
        return int(connection.execute(text("SELECT number FROM lottery_entry WHERE id = :id"), {"id": entry.id}).scalar_one())


def test_who_has_moved_away_is_left_out_and_everybody_can_check_it(centre: Centre, hall: Space) -> None:
    lottery = make(centre, space_ids=[hall.id])
    gone, back, stays = resident(), resident(), resident()
    entries = [enter(centre, lottery, 1 + place, acting=one) for place, one in enumerate((gone, back, stays))]
    move(centre, gone, "yuxin")
    move(centre, gone, "liuyi", NOW - timedelta(days=1))  # an old message that comes late
    move(centre, back, "yuxin")
    move(centre, back, "liuyi", SOON + timedelta(minutes=1))
    file = drawn(centre, lottery)
    places = [number_of(centre, entry) for entry in entries]
    assert [outcomes(file)[place] for place in places] == [["not_open"], ["won"], ["won"]]
    assert {"entry": places[0], "time": 1, "why": "not_open"} in file["refused"]
    assert replay(file), "it follows from the file"


def test_a_space_that_opens_to_fewer_communities_is_not_won_by_the_others(centre: Centre) -> None:
    hall = centre.add_space(open_to="district")
    lottery = make(centre, space_ids=[hall.id])
    far = enter(centre, lottery, 1, acting=person(community="yuxin"))
    centre.do("change_space", ADMIN, space_id=hall.id, open_to="community")
    assert outcomes(drawn(centre, lottery))[number_of(centre, far)] == ["not_open"]


def test_whom_staff_have_admitted_stays(centre: Centre, hall: Space) -> None:
    """And whom they have only entered does not, after moving away."""
    lottery = make(centre, space_ids=[hall.id])
    far, near = person(community="yuxin"), resident()
    entries = []
    for place, one in enumerate((far, near), 1):
        clerk = replace(centre.clerk, homes=((str(one.account_id), str(one.community_id)),))
        entries.append(enter(centre, lottery, place, acting=clerk, resident_id=UUID(str(one.account_id))))
    move(centre, near, "yuxin")
    file = drawn(centre, lottery)
    assert [outcomes(file)[number_of(centre, one)] for one in entries] == [["won"], ["not_open"]]


def test_what_is_not_known_of_entries_of_the_last_release_keeps_nobody_out(centre: Centre, hall: Space) -> None:
    lottery = make(centre, space_ids=[hall.id])
    entry = enter(centre, lottery, 1)
    with transaction(centre.engine) as session:
        session.execute(text("UPDATE lottery_entry SET home_id = NULL, home_since = NULL"))
    assert outcomes(drawn(centre, lottery))[number_of(centre, entry)] == ["won"]


def test_a_resident_whom_staff_enter_is_told_once_and_nobody_else(centre: Centre) -> None:
    lottery = make(centre)
    enter(centre, lottery, 1)
    assert not [row for row in centre.published() if row.type == "booking.lottery_entered.v1"]
    for wishes in ((2, 1), (3,)):
        enter(centre, lottery, *wishes, acting=centre.clerk, resident_id=UUID(str(centre.li.account_id)))
    (told,) = [row for row in centre.published() if row.type == "booking.lottery_entered.v1"]
    assert told.data["resident_id"] == str(centre.li.account_id)
    starts = {time.number: time.starts_at.isoformat() for time in lottery.times}
    assert [one["starts_at"] for one in told.data["wishes"]] == [starts[2], starts[1]]


def test_a_draw_takes_one_lock_for_all_residents_and_keeps_bookings_under_limits_out(centre: Centre) -> None:
    """PostgreSQL's lock table has room for some thousand locks."""
    lottery = make(centre)
    people = [resident() for _ in range(3)]
    for one in people:
        enter(centre, lottery, 1, 2, 3, acting=one)
    centre.do("close_lottery", ADMIN, lottery_id=lottery.id, now=SOON)
    subject = {("resident", UUID(str(people[0].account_id)))}
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
    waits_shortly = text("SET LOCAL lock_timeout = '50ms'")
    with transaction(centre.engine) as session:
        call = Call(session, SOON, ADMIN)
        found = conducting.storage.find_lottery(session, lottery.id, lock="alone")
        assert found is not None
        conducting.draw(call, found)
        assert session.scalar(held) == 1
        with pytest.raises(Exception, match="lock timeout"), transaction(centre.engine) as other:
            other.execute(waits_shortly)
            lock_subjects(other, subject)
    with transaction(centre.engine) as session, transaction(centre.engine) as other:
        lock_subjects(session, subject)
        other.execute(waits_shortly)
        lock_subjects(other, {("resident", UUID(str(people[1].account_id)))})  # two residents do not wait for each other
        with pytest.raises(Exception, match="lock timeout"):
            lock_subjects(other, subject)
