"""Every step is announced in the transaction that takes it; a refused one is not."""

from typing import Any

import pytest
from sqlalchemy import select

from chassis.database import tables
from chassis.database.engine import reading
from chassis.rpc.refusal import Invalid, Refusal
from services.cases.cases.messages import CONTRACTS
from services.cases.cases.models import Case
from tests.integration.cases.conftest import CIVIL, NOW, ROADS, District, person


def announced(district: District, case: Case) -> list[Any]:
    with reading(district.engine) as session:
        rows = session.execute(
            select(tables.outbox).where(tables.outbox.c.aggregate_id == case.id).order_by(tables.outbox.c.seq)
        )
        return list(rows)


def test_a_whole_life_is_announced_in_order(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    district.do("return_case", district.handler, case_id=case.id, reason="派错")
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=CIVIL)
    of_civil = person("handler", departments=("civil",))
    district.do("settle_case", of_civil, case_id=case.id, settlement="办好了")
    district.do("close_case", district.wang, case_id=case.id, satisfied=False)
    district.do("reopen_case", district.supervisor, case_id=case.id, reason="没办好")
    district.do("decline_case", district.clerk, case_id=case.id, reason="不归我们管")
    rows = announced(district, case)
    verbs = ["reported", "accepted", "dispatched", "returned", "dispatched", "settled", "disputed", "reopened", "declined"]
    assert [row.type for row in rows] == [f"case.{verb}.v1" for verb in verbs]
    assert [row.version for row in rows] == list(range(1, 10))
    assert {row.community_id for row in rows} == {"liuyi"}
    assert {row.occurred_at for row in rows} == {NOW}
    for row in rows:
        CONTRACTS[row.type].check(row.data)
    assert rows[2].data["handler_id"] == district.handler.account_id
    assert [row.data["department_id"] for row in rows[2:7]] == [str(ROADS), None, str(CIVIL), str(CIVIL), str(CIVIL)]
    assert (rows[6].data["satisfied"], rows[6].data["solved"]) == (False, None)
    assert rows[0].data["category_name"] == {"zh-CN": "路灯照明", "en": "Street lighting"}


def test_a_corrected_category_is_announced_as_corrected(district: District) -> None:
    case = district.report(district.wang).case
    district.do("accept_case", district.clerk, case_id=case.id, category="order-noise")
    assert [row.data["category"] for row in announced(district, case)] == ["facilities-light", "order-noise"]


@pytest.mark.parametrize(
    ("verb", "payload"),
    [
        ("dispatch_case", {"department_id": ROADS}),
        ("settle_case", {"settlement": "办好了"}),
        ("close_case", {}),
        ("accept_case", {"category": "weather"}),
        ("accept_case", {"expected_version": 7}),
    ],
)
def test_a_refused_step_leaves_no_trace(district: District, verb: str, payload: dict[str, Any]) -> None:
    case = district.report(district.wang).case
    with pytest.raises(Refusal):
        district.do(verb, district.supervisor, case_id=case.id, **payload)
    assert [row.type for row in announced(district, case)] == ["case.reported.v1"]
    assert len(district.do("get_case_history", district.clerk, case_id=case.id).items) == 1
    assert district.do("get_case", district.clerk, case_id=case.id).version == 1


def test_a_department_that_is_not_there_is_refused(district: District) -> None:
    case = district.report(district.wang).case
    district.do("accept_case", district.clerk, case_id=case.id)
    with pytest.raises(Invalid) as refused:
        district.do("dispatch_case", district.clerk, case_id=case.id, department_id=case.id)
    [error] = refused.value.details_for("zh-CN")["errors"]
    assert error == {"field": "department_id", "code": "unknown", "message": "没有这一项或已停用，请另选。"}
