"""What everybody sees of published cases, and what nobody does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField
from services.cases.cases.models import Case
from services.cases.interface.publication import LIST_PUBLIC_CASES, LIST_PUBLIC_STEPS
from services.cases.publication.use_cases import list_public_cases
from services.cases.service import CasesService
from tests.integration.cases.conftest import NOW, ROADS, District, person

WORDS = {"text": "井盖松动，电话13900000000", "address": "王家门口", "channel": "open_report", "anonymous": None}


def published(district: District, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = LIST_PUBLIC_CASES.gives.dump(district.do("list_public_cases", **asked))["items"]
    return items


def steps(district: District, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = LIST_PUBLIC_STEPS.gives.dump(district.do("list_public_steps", **asked))["items"]
    return items


def reported(district: District, acting: Identity | None = None, **over: Any) -> Case:
    report = district.report(acting, **WORDS | over) if acting else district.report(**WORDS | over)
    return report.case


@pytest.mark.parametrize("channel", ["suggestion_box", "photo"])
def test_cases_of_other_channels_are_not_published(district: District, channel: str) -> None:
    district.dispatched(channel=channel, photo_ids=[ROADS])
    assert published(district) == [] and steps(district) == []


def test_words_are_shown_after_staff_have_accepted_them_and_not_if_declined(district: District) -> None:
    case = reported(district, district.wang, photo_ids=[ROADS], location={"lat": 33.6, "lon": 114.6, "datum": "wgs84"})

    def shown() -> tuple[Any, ...]:
        (one,) = published(district)
        return one["text"], one["address"], one["photo_ids"], one["over"]

    assert shown() == (None, None, [], False)
    district.do("accept_case", district.clerk, case_id=case.id, note="内部")
    assert shown() == (WORDS["text"], WORDS["address"], [str(ROADS)], False)
    district.do("decline_case", district.clerk, case_id=case.id, reason="不属于本社区")
    assert shown() == (None, None, [], True)
    district.do("reopen_case", district.supervisor, case_id=case.id, reason="再办")
    assert shown() == (WORDS["text"], WORDS["address"], [str(ROADS)], False)


@pytest.mark.parametrize("end", ["void", "withdraw"])
def test_what_is_voided_or_withdrawn_is_taken_down(district: District, end: str) -> None:
    case = reported(district, district.wang, photo_ids=[ROADS])
    district.do("accept_case", district.clerk, case_id=case.id)
    district.do("ask_case", district.clerk, case_id=case.id, question="请问您家门牌号？")
    district.do("answer_case", district.wang, case_id=case.id, answer="3号楼王家")
    assert not any(one["note"] for one in steps(district)), "what the reporter is asked is for the reporter"
    district.do("suspend_case", district.clerk, case_id=case.id, reason="等王家回来")
    assert [one["note"] for one in steps(district) if one["note"]] == ["等王家回来"]
    if end == "void":
        district.do("void_case", district.supervisor, case_id=case.id, reason="含个人信息")
    else:
        district.do("withdraw_case", district.wang, case_id=case.id, comment="不用了")
    (one,) = published(district)
    assert (one["text"], one["address"], one["photo_ids"], one["over"]) == (None, None, [], True)
    assert not any(one["note"] for one in steps(district))


def test_words_of_a_system_are_shown_at_once(district: District) -> None:
    system = Identity(
        system_id=person().account_id,
        party="system",
        scopes=frozenset({"cases:write"}),
        works_in=DISTRICT,
        community_id="liuyi",
    )
    reported(district, system)
    assert published(district)[0]["text"] == WORDS["text"]


def test_nothing_about_the_reporter_and_no_internal_note_leaves(district: District) -> None:
    case = reported(district, district.wang)
    district.do("accept_case", district.clerk, case_id=case.id, note="内部备注")
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=ROADS, note="内部派单")
    district.do("settle_case", district.clerk, case_id=case.id, settlement="已修好")
    district.do("close_case", district.wang, case_id=case.id, satisfied=True, comment="我的电话是139")
    told = steps(district)
    assert [(one["to_state"], one["over"], one["note"]) for one in told] == [
        ("reported", False, None),
        ("accepted", False, None),
        ("dispatched", False, None),
        ("settled", True, "已修好"),
        ("closed", True, None),
    ]
    everything = str(told) + str(published(district))
    for secret in (district.wang.account_id, district.clerk.account_id, "内部", "139的", "我的电话"):
        assert str(secret) not in everything
    (one,) = published(district)
    assert (one["over"], one["settlement"]) == (True, "已修好") and "reporter_id" not in one and "satisfied" not in one


def test_filters_scope_and_pages(district: District) -> None:
    cases = [reported(district, now=NOW + timedelta(minutes=n), category="facilities-road") for n in range(3)]
    light = reported(district, now=NOW + timedelta(minutes=3))
    district.do("decline_case", district.clerk, case_id=cases[0].id, reason="无", now=NOW + timedelta(hours=1))
    elsewhere = reported(district, replace(district.wang, community_id="hexie"))

    def ids(**asked: Any) -> list[str]:
        return [one["id"] for one in published(district, **asked)]

    newest = [str(case.id) for case in (light, cases[2], cases[1], cases[0])]
    assert ids() == newest and str(elsewhere.id) not in ids()
    assert ids(skip=1, limit=2) == newest[1:3]
    assert ids(categories=["facilities-light"]) == newest[:1]
    assert ids(over=True) == newest[3:] and ids(over=False) == newest[:3]
    assert ids(reported_from=NOW + timedelta(minutes=2)) == newest[:2]
    assert ids(reported_to=NOW + timedelta(minutes=1)) == newest[2:]
    assert ids(changed_from=NOW + timedelta(minutes=2)) == [newest[3], newest[0], newest[1]], "the latest change first"
    assert ids(case_ids=[cases[1].id, elsewhere.id], over=True) == [newest[2]], "ids override filters, but not the scope"
    assert [one["case_id"] for one in steps(district, case_ids=[cases[0].id])] == [newest[3]] * 2
    first = district.do("list_public_cases", limit=3)
    assert [str(case.id) for case in district.do("list_public_cases", limit=3, cursor=first.next_cursor).items] == newest[3:]


@pytest.mark.parametrize(
    ("index", "verb", "communities", "asked"),
    [
        ("cases_published ", "list_public_cases", Communities.only("liuyi"), {"over": False}),
        ("cases_published_district", "list_public_cases", DISTRICT, {}),
        ("cases_published_changes", "list_public_cases", DISTRICT, {"changed_from": NOW}),
        ("case_history_published", "list_public_steps", Communities.only("liuyi"), {"since": NOW}),
    ],
)
def test_lists_read_the_partial_indexes(
    district: District, index: str, verb: str, communities: Communities, asked: dict[str, Any]
) -> None:
    reported(district)
    assert index in plan(district, verb, communities, **asked)


def plan(district: District, verb: str, communities: Communities, **asked: Any) -> str:
    """The plan of the first SELECT of the verb, if sequential scans and sorts are dear."""
    seen: list[tuple[str, Any]] = []
    with district.call() as call:
        call.session.execute(text("SET LOCAL enable_seqscan = off"))
        call.session.execute(text("SET LOCAL enable_sort = off"))
        call.session.execute(text("SET LOCAL enable_bitmapscan = off"))
        with catching(district.engine, seen):
            CasesService.use_case(verb)(replace(call, communities=communities), **{"limit": 20, "skip": 0} | asked)
        statement, parameters = seen[0]
        lines = call.session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
        return "\n".join(lines)


class catching:
    """Collects the statements of the block."""

    def __init__(self, engine: Engine, seen: list[tuple[str, Any]]) -> None:
        self.engine, self.seen = engine, seen

    def _note(self, _c: Any, _k: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        self.seen.append((statement, parameters))

    def __enter__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._note)

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


def test_a_bad_cursor_is_refused(district: District) -> None:
    with district.call() as call, pytest.raises(InvalidField):
        list_public_cases(call, limit=1, skip=0, cursor="x")
