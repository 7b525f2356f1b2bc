"""Finding cases: filters, search, pages, and the indexes that make them cheap."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from chassis.database.engine import transaction
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Invalid
from services.cases.interface.refusals import NotYourStep
from tests.integration.cases.conftest import NOW, District, person


def found(district: District, acting: Any = None, **filters: Any) -> list[str]:
    """Texts of the desk's cases, in order."""
    return [case.text for case in district.do("list_cases", acting or district.clerk, scope="desk", **filters).items]


@pytest.fixture
def desk(district: District) -> District:
    for number, (category, grid, words, address) in enumerate(
        (
            ("facilities", "liuyi-1", "广场设施旧了", None),
            ("facilities-light", "liuyi-1", "路灯不亮，ＬＥＤ灯坏了", "和平街3号"),
            ("facilities-road", "liuyi-2", "路面有坑", "解放路"),
            ("order-noise", "liuyi-2", "半夜施工", "和平街9号"),
        )
    ):
        at = NOW + timedelta(minutes=number)
        district.report(district.wang, now=at, category=category, grid_id=grid, text=words, address=address)
    return district


def test_newest_first(desk: District) -> None:
    assert found(desk) == ["半夜施工", "路面有坑", "路灯不亮，ＬＥＤ灯坏了", "广场设施旧了"]


def test_filters(desk: District) -> None:
    case = desk.do("list_cases", desk.clerk, scope="desk").items[0]
    desk.do("accept_case", desk.clerk, case_id=case.id)
    assert found(desk, state="accepted") == ["半夜施工"]
    assert found(desk, grid_id="liuyi-2") == ["半夜施工", "路面有坑"]
    assert found(desk, category="facilities-road") == ["路面有坑"]
    assert found(desk, category="facilities") == ["路面有坑", "路灯不亮，ＬＥＤ灯坏了", "广场设施旧了"]
    assert found(desk, category="facilities", grid_id="liuyi-1", state="reported", q="路灯") == ["路灯不亮，ＬＥＤ灯坏了"]
    assert found(desk, category="weather") == []


def test_the_cases_of_a_handler(desk: District) -> None:
    desk.dispatched(handler=desk.handler, text="派给孙立")
    desk.dispatched(text="派给单位")
    handler_id = desk.handler.account_id
    assert found(desk, handler_id=handler_id, state="dispatched") == ["派给孙立"]
    assert found(desk, handler_id=desk.clerk.account_id) == []
    assert found(desk, person("clerk", community="hexie"), handler_id=handler_id) == [], "a filter shows nothing more"


def test_a_case_is_handed_over_and_keeps_its_history(desk: District) -> None:
    case = desk.dispatched(handler=desk.handler, text="派给孙立")
    new = desk.other_handler
    handed = desk.do("hand_over_case", desk.clerk, case_id=case.id, new_handler_id=new.account_id, note="孙立调走")
    assert (handed.state, str(handed.handler_id), handed.dispatched_at) == ("dispatched", new.account_id, case.dispatched_at)
    assert found(desk, new, handler_id=new.account_id) == ["派给孙立"]
    assert found(desk, desk.handler, handler_id=desk.handler.account_id) == []
    last = desk.do("get_case_history", desk.clerk, case_id=case.id).items[-1]
    assert (last.action, last.note, last.from_state, last.to_state) == ("hand_over", "孙立调走", "dispatched", "dispatched")
    with pytest.raises(NotYourStep):
        desk.do("hand_over_case", new, case_id=case.id, new_handler_id=new.account_id)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("路灯", ["路灯不亮，ＬＥＤ灯坏了"]),
        ("led", ["路灯不亮，ＬＥＤ灯坏了"]),
        ("和平街", ["半夜施工", "路灯不亮，ＬＥＤ灯坏了"]),
        ("灯路", []),
        ("LY-20261122-0003", ["路面有坑"]),
        ("ly-2026", ["半夜施工", "路面有坑", "路灯不亮，ＬＥＤ灯坏了", "广场设施旧了"]),
        ("LY-20261121", []),
        ("%%", []),
        ("__", []),
        ("' OR 1=1 --", []),
    ],
)
def test_search(desk: District, q: str, expected: list[str]) -> None:
    assert found(desk, q=q) == expected


def test_search_stays_within_what_one_may_see(desk: District) -> None:
    assert found(desk, desk.grid_worker, q="和平街") == ["路灯不亮，ＬＥＤ灯坏了"]
    assert desk.do("list_cases", desk.li, q="路灯").items == []


def test_pages_hold_everything_once_even_of_one_moment(district: District) -> None:
    """Ten cases of the same instant: only the id tells them apart."""
    ids = {district.report(district.wang).case.id for _ in range(10)}
    seen: list[Any] = []
    cursor = None
    while True:
        page = district.do("list_cases", district.wang, limit=3, cursor=cursor)
        assert len(page.items) <= 3
        seen += [case.id for case in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert len(seen) == 10
    assert set(seen) == ids


@pytest.mark.parametrize("cursor", ["x", "é", "W10", "WyJub3QgYSB0aW1lIiwgMV0", "WzUsIDVd", "WyIyMDI2LTAxLTAxIiwgNV0"])
def test_a_cursor_that_is_not_ours_is_refused(district: District, cursor: str) -> None:
    with pytest.raises(Invalid):
        district.do("list_cases", district.wang, cursor=cursor)


def test_reference_lists_are_of_the_community_and_in_order(district: District) -> None:
    assert [grid.id for grid in district.do("list_grids", district.wang)] == ["liuyi-1", "liuyi-2"]
    assert [channel.code for channel in district.do("list_channels")][:3] == ["photo", "suggestion_box", "petition"]
    assert {department.code for department in district.do("list_departments")} == {"roads", "civil"}
    categories = [category.code for category in district.do("list_categories")]
    assert categories.index("facilities") < categories.index("facilities-light") < categories.index("order")


@pytest.fixture
def crowded(district: District) -> Engine:
    """A community with 3,000 cases, and five neighbours with as many."""
    with transaction(district.engine) as session:
        session.execute(
            text(
                """
                INSERT INTO cases (id, community_id, version, number, channel_code, category_code, grid_id, text, photo_ids,
                                   search_terms, anonymous, reporter_id, state, reported_at)
                SELECT gen_random_uuid(), c, 1, upper(c) || '-' || lpad(n::text, 8, '0'), 'photo',
                       (ARRAY['order-noise', 'facilities-light', 'other'])[1 + n % 3],
                       CASE WHEN n % 50 = 0 AND c IN ('liuyi', 'hexie') THEN c || '-1' END, 'x', '{}',
                       ARRAY['词' || n % 997, '语' || n % 499], false, gen_random_uuid(),
                       (ARRAY['reported', 'closed', 'closed', 'closed'])[1 + n % 4],
                       now() - n * interval '1 minute'
                FROM generate_series(1, 3000) n, unnest(ARRAY['liuyi', 'hexie', 'third', 'fourth', 'fifth', 'sixth']) c
                """
            )
        )
        # Rows of the test's own making hold pairs of one character and a number; `pairs` is not what is tested here.
    with district.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cases"))
    return district.engine


def test_a_later_page_starts_in_the_index_where_the_last_one_ended(crowded: Engine, district: District) -> None:
    cursor = district.do("list_cases", district.clerk, scope="desk").next_cursor
    chosen = plan_of_list(crowded, district, district.clerk, scope="desk", cursor=cursor)
    condition = next(line for line in chosen.splitlines() if "Index Cond" in line)
    assert "ROW(reported_at, id) < ROW(" in condition, chosen


def plan_of_list(engine: Engine, district: District, acting: Identity, **filters: Any) -> str:
    """How PostgreSQL finds the cases that `list_cases` reads: the plan of the statement that it sends."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        district.do("list_cases", acting, **filters)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [(statement, parameters)] = [one for one in sent if "FROM cases" in one[0]]
    with engine.connect() as connection:
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())


def test_every_filter_of_the_desk_is_answered_by_an_index(crowded: Engine, district: District) -> None:
    of_the_district = replace(district.supervisor, community_id=None)
    expected: list[tuple[Identity, dict[str, Any], str]] = [
        (district.clerk, {"scope": "desk"}, "cases_desk"),
        (district.clerk, {"scope": "desk", "state": "reported"}, "cases_unsettled"),
        (district.clerk, {"scope": "desk", "state": "closed"}, "cases_desk_state"),
        (district.clerk, {"scope": "desk", "grid_id": "liuyi-1"}, "cases_desk_grid"),
        (district.clerk, {"scope": "desk", "q": "LY-20261122-0007"}, "cases_number_key"),
        (district.clerk, {"scope": "desk", "q": "路灯不亮"}, "cases_search"),
        (district.wang, {"scope": "mine"}, "cases_mine"),
        (of_the_district, {"scope": "desk"}, "cases_district"),
    ]
    for acting, filters, index in expected:
        chosen = plan_of_list(crowded, district, acting, **filters)
        assert f" {index} " in chosen + " ", f"{filters}: {chosen}"
        assert "Seq Scan on cases" not in chosen, f"{filters}: {chosen}"
