"""Work lists of the desk, and the search by one character, number and reporter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.cases.conftest import NOW, District, person
from tests.integration.cases.test_lists import crowded, desk, found, plan_of_list  # noqa: F401 - fixtures


def searched(district: District, acting: Any = None, **asked: Any) -> list[str]:
    return [case.text for case in district.do("search_cases", acting or district.clerk, **asked).items]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("灯", ["路灯不亮，ＬＥＤ灯坏了"]),
        ("路", ["路面有坑", "路灯不亮，ＬＥＤ灯坏了"]),
        ("街", ["半夜施工", "路灯不亮，ＬＥＤ灯坏了"]),
        ("d", ["路灯不亮，ＬＥＤ灯坏了"]),
        ("灯 路", ["路灯不亮，ＬＥＤ灯坏了"]),
        ("灯 坑", []),
        ("鱼", []),
        ("%", []),
    ],
)
def test_one_character_finds(desk: District, q: str, expected: list[str]) -> None:  # noqa: F811
    assert found(desk, q=q) == expected
    assert searched(desk, q=q) == expected


def test_a_reporter_finds_their_cases_but_not_unnamed_ones(district: District) -> None:
    district.report(district.wang, text="实名")
    district.report(district.wang, text="匿名", anonymous=True)
    district.report(district.li, text="别人")
    wang = district.wang.account_id
    assert searched(district, reporter_ids=[wang]) == ["实名"]
    assert searched(district, q="别人", reporter_ids=[wang]) == ["别人", "实名"]
    assert searched(district) == []
    assert searched(district, person("clerk", community="hexie"), q="实名", reporter_ids=[wang]) == []
    assert searched(district, district.grid_worker, reporter_ids=[wang]) == [], "not in the grids"


def test_the_work_of_each_role(desk: District) -> None:  # noqa: F811
    desk.dispatched(handler=desk.handler, text="派给孙立", now=NOW - timedelta(days=9))
    desk.dispatched(handler=desk.handler, text="又派给孙立", grid_id="liuyi-1")
    desk.dispatched(handler=desk.other_handler, text="派给别人")
    mine = found(desk, desk.handler, assigned="me", open=True, order="oldest")
    assert mine == ["派给孙立", "又派给孙立"]
    assert set(found(desk, desk.grid_worker, assigned="my_grids")) == {"路灯不亮，ＬＥＤ灯坏了", "广场设施旧了", "又派给孙立"}
    assert found(desk, reported_before=NOW - timedelta(days=7), open=True) == ["派给孙立"]
    assert found(desk, person("clerk", community="liuyi"), assigned="me") == []


def test_open_and_dissatisfied(desk: District) -> None:  # noqa: F811
    case = desk.dispatched(handler=desk.handler, text="派给孙立")
    desk.do("settle_case", desk.handler, case_id=case.id, settlement="好了")
    assert "派给孙立" not in found(desk, open=True) and "派给孙立" in found(desk, open=False)
    assert found(desk, satisfied=False) == []
    desk.do("close_case", desk.wang, case_id=case.id, satisfied=False)
    assert (found(desk, satisfied=False), found(desk, satisfied=True)) == (["派给孙立"], [])


def test_a_community_of_ones_reach(desk: District) -> None:  # noqa: F811
    supervisor = replace(desk.supervisor, community_id=None)
    assert len(found(desk, supervisor, community_id="liuyi")) == 4
    assert found(desk, supervisor, community_id="hexie") == []
    assert found(desk, person("clerk", community="hexie"), community_id="liuyi") == []


def test_oldest_first_goes_on_where_the_last_page_ended(desk: District) -> None:  # noqa: F811
    first = desk.do("list_cases", desk.clerk, scope="desk", order="oldest", limit=3)
    rest = desk.do("list_cases", desk.clerk, scope="desk", order="oldest", limit=3, cursor=first.next_cursor)
    texts = [case.text for case in (*first.items, *rest.items)]
    assert texts == ["广场设施旧了", "路灯不亮，ＬＥＤ灯坏了", "路面有坑", "半夜施工"]


def test_every_list_has_an_index(crowded: Engine, district: District) -> None:  # noqa: F811
    expected: list[tuple[dict[str, Any], str]] = [
        ({"q": "鱼"}, "cases_characters"),
        ({"open": True, "order": "oldest"}, "cases_unsettled"),
        ({"open": True, "reported_before": NOW, "order": "oldest"}, "cases_unsettled"),
        ({"satisfied": False}, "cases_dissatisfied"),
    ]
    for filters, index in expected:
        chosen = plan_of_list(crowded, district, district.clerk, scope="desk", **filters)
        assert f" {index} " in chosen + " ", f"{filters}: {chosen}"
        assert "Seq Scan on cases" not in chosen
