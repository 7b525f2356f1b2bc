"""The demo shows the centre at work, and may be seeded again."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.cases import demo
from services.cases.cases.models import Case, HistoryEntry
from services.cases.demo.reference import GRIDS, PREFIXES
from services.cases.interface.states import State
from services.cases.reference.models import Grid
from tests.integration.cases.conftest import NOW


def _seed(engine: Any, now: Any = NOW) -> None:
    with transaction(engine) as session:
        demo.seed(Call(session, now))


def test_the_demo_shows_every_state_and_channel_and_ends_before_now(database_of: Any) -> None:
    engine = database_of("cases")
    _seed(engine)
    with reading(engine) as session:
        cases = session.scalars(select(Case)).all()
        latest = session.scalar(select(func.max(HistoryEntry.at)))
        grids = session.scalars(select(Grid.id)).all()
    assert {case.state for case in cases} == set(State)
    assert {case.channel.code for case in cases} >= {"photo", "suggestion_box", "petition", "street_talk", "walk_in"}
    assert len(cases) >= 12
    assert latest is not None and latest <= NOW
    assert len(grids) == sum(map(len, GRIDS.values())) == 11
    assert {case.community_id: case.number[:2] for case in cases} == PREFIXES
    assert all(case.grid_id.startswith(case.community_id) for case in cases if case.grid_id)
    residents = {demo_id("account", name) for name in ("wang", "li", "zhang", "ma", "chen")}
    assert residents <= {case.reporter_id for case in cases}
    assert Counter(case.grid_id for case in cases)["liuyi-1"] >= 2, "the demo's grid worker has something to see"


def test_seeding_again_changes_nothing_even_on_another_day(database_of: Any) -> None:
    engine = database_of("cases")

    def counted() -> tuple[int, int, int]:
        with reading(engine) as session:
            found = [session.scalar(select(func.count()).select_from(thing)) for thing in (Case, HistoryEntry, tables.outbox)]
        return found[0] or 0, found[1] or 0, found[2] or 0

    _seed(engine)
    first = counted()
    _seed(engine, NOW + timedelta(days=3))
    assert counted() == first
    assert first[1] == first[2], "every step was announced"
