"""Another system reports cases as itself, and reads them, and those of communities in which it has the right."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from chassis.database import tables
from chassis.database.engine import reading
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.refusal import Forbidden
from services.cases.cases.models import HistoryEntry
from services.cases.interface.cases import GET_CASE, LIST_CASES
from services.cases.interface.refusals import CaseNotFound, ChannelForStaff, NotYourStep
from tests.integration.cases.conftest import NOW, District, person

PERSONAL = {"text": "王大妈家漏水，电话 138…", "address": "六一路 3 号楼 101", "photo_ids": []}


def system(*rights: str, reach: Communities = DISTRICT, community: str | None = "liuyi") -> Identity:
    return Identity(party="system", system_id=str(uuid4()), community_id=community, scopes=frozenset(rights), works_in=reach)


def answered(acting: Identity, case: Any) -> dict[str, Any]:
    """The case as the caller gets it."""
    with caller_context(acting, NOW):
        found: dict[str, Any] = GET_CASE.gives.dump(case)
    return found


def listed(district: District, acting: Identity, **query: Any) -> list[dict[str, Any]]:
    page = district.do("list_cases", acting, limit=100, **query)
    with caller_context(acting, NOW):
        found: list[dict[str, Any]] = LIST_CASES.gives.dump(page)["items"]
    return found


def test_a_case_of_a_system_says_so(district: District) -> None:
    hotline = system("cases:write")
    report = district.report(hotline, anonymous=True)
    case = answered(district.clerk, district.do("get_case", district.clerk, case_id=report.case.id))
    assert (case["system_id"], case["reporter_id"], case["anonymous"]) == (hotline.system_id, None, False)
    assert report.lookup_token, "for the citizen who called"
    with reading(district.engine) as session:
        entry = session.scalars(select(HistoryEntry)).one()
        assert (entry.actor_party, entry.actor_id) == ("system", None)
        message = session.execute(select(tables.outbox)).one()
        assert (message.data["system_id"], message.data["reporter_id"]) == (hotline.system_id, None)


def test_a_system_reads_and_closes_its_own_cases(district: District) -> None:
    hotline, other = system("cases:write"), system("cases:write")
    case = district.dispatched(hotline, address="六一路")
    district.do("settle_case", district.clerk, case_id=case.id, settlement="已更换灯泡。")
    own = answered(hotline, district.do("get_case", hotline, case_id=case.id))
    assert (own["text"], own["address"], own["settlement"], own["mine"]) == ("路灯不亮", "六一路", "已更换灯泡。", True)
    assert own["allowed_actions"] == ["close", "object"]
    notes = [line.note for line in district.do("get_case_history", hotline, case_id=case.id, limit=10).items]
    assert notes[-1] == "已更换灯泡。" and [item["id"] for item in listed(district, hotline)] == [str(case.id)]
    assert listed(district, other) == []
    for verb in ("get_case", "close_case"):
        with pytest.raises(CaseNotFound):
            district.do(verb, other, case_id=case.id)
    closed = district.do("close_case", hotline, case_id=case.id, satisfied=True)
    assert closed.state == "closed"


def test_a_system_that_may_only_read_takes_no_step(district: District) -> None:
    hotline = system("cases:read", "cases:write")
    case = district.dispatched(hotline)
    district.do("settle_case", district.clerk, case_id=case.id, settlement="好了")
    reading_only = Identity(
        **{name: getattr(hotline, name) for name in hotline.__slots__} | {"scopes": frozenset({"cases:read"})}
    )
    assert answered(reading_only, district.do("get_case", reading_only, case_id=case.id))["allowed_actions"] == []
    with pytest.raises(NotYourStep):
        district.do("close_case", reading_only, case_id=case.id)


@pytest.mark.parametrize(
    ("rights", "reach"),
    [
        ((), DISTRICT),
        (("cases:read",), DISTRICT),
        (("cases:write@hexie",), DISTRICT),
        (("cases:write",), Communities.only("hexie")),
        (("bookings:write", "gateway:write"), DISTRICT),
    ],
)
def test_a_system_without_the_right_reports_nothing(district: District, rights: tuple[str, ...], reach: Communities) -> None:
    with pytest.raises(Forbidden) as refused:
        district.report(system(*rights, reach=reach))
    assert refused.value.details == {"needs": ["cases:write@liuyi"]}
    with reading(district.engine) as session:
        assert session.scalars(select(HistoryEntry)).all() == []


def test_channels_of_staff_are_not_for_systems(district: District) -> None:
    with pytest.raises(ChannelForStaff):
        district.report(system("cases:write"), channel="walk_in")
    with pytest.raises(Forbidden):
        district.report(system("cases:write"), resident_id=uuid4())
    assert district.report(system("cases:write"), channel="petition").case.state == "reported", "no sign-in is asked of it"


def test_the_cases_of_others_come_without_personal_data(district: District) -> None:
    reader = system("cases:read")
    case = district.dispatched(district.wang, district.handler, text=PERSONAL["text"], address=PERSONAL["address"])
    district.do("settle_case", district.clerk, case_id=case.id, settlement="已为王大妈修好。")
    for found in (answered(reader, district.do("get_case", reader, case_id=case.id)), *listed(district, reader, scope="desk")):
        hidden = ("text", "address", "location", "reporter_id", "handler_id", "settlement")
        assert {name: found[name] for name in hidden} == dict.fromkeys(hidden)
        assert found["photo_ids"] == [] and found["mine"] is False and found["allowed_actions"] == []
        assert (found["number"], found["state"], found["category"]) == (case.number, "settled", "facilities-light")
        assert found["settled_at"] and found["department_name"]
    history = district.do("get_case_history", reader, case_id=case.id, limit=10).items
    assert [line.action for line in history] == ["report", "accept", "dispatch", "settle"]
    assert {line.note for line in history} == {line.actor_id for line in history} == {None}


def test_what_a_system_may_not_read_cannot_be_searched_either(district: District) -> None:
    case = district.report(text="王大妈家漏水").case
    reader = system("cases:read")
    assert listed(district, reader, scope="desk", q="漏水") == []
    assert [found["id"] for found in listed(district, reader, scope="desk", q=case.number[:6])] == [str(case.id)]
    hotline = system("cases:write")
    own = district.report(hotline, text="六一路漏水").case
    assert [found["id"] for found in listed(district, hotline, q="漏水")] == [str(own.id)]


def test_a_system_sees_the_communities_of_its_right(district: District) -> None:
    here, there = district.report().case, district.report(person(community="hexie")).case
    for rights, reach, expected in (
        (("cases:read",), DISTRICT, {here.id, there.id}),
        (("cases:read@hexie",), DISTRICT, {there.id}),
        (("cases:read",), Communities.only("liuyi"), {here.id}),
        (("cases:read@hexie",), Communities.only("liuyi"), set()),
    ):
        reader = system(*rights, reach=reach)
        if expected:
            assert {found["id"] for found in listed(district, reader, scope="desk")} == {str(one) for one in expected}
        else:
            with pytest.raises(Forbidden):
                listed(district, reader, scope="desk")
        for case in (here, there):
            if case.id in expected:
                assert district.do("get_case", reader, case_id=case.id).number == case.number
            else:
                with pytest.raises(CaseNotFound):
                    district.do("get_case", reader, case_id=case.id)


@pytest.mark.parametrize("rights", [("bookings:read", "messages:read"), ("cases:write",), ("gateway:read",)])
def test_without_the_right_there_is_no_list(district: District, rights: tuple[str, ...]) -> None:
    case = district.report().case
    with pytest.raises(Forbidden) as refused:
        listed(district, system(*rights), scope="desk")
    assert refused.value.details == {"needs": ["cases:read"]}
    with pytest.raises(CaseNotFound):
        district.do("get_case", system(*rights), case_id=case.id)


def test_residents_and_staff_see_the_cases_of_systems_as_before(district: District) -> None:
    case = district.report(system("cases:write")).case
    assert district.do("get_case", district.clerk, case_id=case.id).text == "路灯不亮"
    for nobody in (district.wang, person("clerk", community="hexie")):
        with pytest.raises(CaseNotFound):
            district.do("get_case", nobody, case_id=case.id)
