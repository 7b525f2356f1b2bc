"""What cases does when an account was erased: files stay, their reporter does not."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.database import erased
from chassis.database.engine import transaction
from services.cases.erasure import use_cases
from tests.integration.cases.conftest import NOW, District


def erase(district: District, account_id: str) -> dict[str, Any]:
    with district.call() as call:
        use_cases.erase_account(call, erasure_id=uuid4(), account_id=UUID(account_id), community_id="liuyi")
    return rows(district, "SELECT data FROM outbox WHERE type = 'cases.account_erased.v1' ORDER BY seq DESC LIMIT 1")[0][0]  # type: ignore[no-any-return]


def rows(district: District, query: str) -> list[Any]:
    with district.engine.connect() as connection:
        return list(connection.execute(text(query)).all())


def test_text_and_history_stay_and_name_no_reporter(district: District) -> None:
    case = district.dispatched(district.wang, district.handler)
    district.do("settle_case", district.handler, case_id=case.id, settlement="已修好")
    district.do("close_case", district.wang, case_id=case.id, satisfied=True, comment="谢谢")
    open_case = district.report(district.wang, text="垃圾没人收").case
    other = district.report(district.li).case
    answer = erase(district, str(district.wang.account_id))
    assert answer["erased"] == [{"what": "reporter", "count": 2}]
    assert answer["kept"] == [
        {"what": "cases", "count": 1, "reason": "archive"},
        {"what": "open_cases", "count": 1, "reason": "open"},
    ]
    assert rows(district, "SELECT count(*) FROM cases WHERE reporter_id IS NULL") == [(2,)]
    assert rows(district, "SELECT count(*) FROM cases WHERE text IN ('路灯不亮', '垃圾没人收')") == [(3,)]
    actors = {str(actor) for (actor,) in rows(district, "SELECT actor_id FROM case_history")}
    assert str(district.wang.account_id) not in actors
    assert {str(district.clerk.account_id), str(district.handler.account_id), str(district.li.account_id)} <= actors
    notes = [note for (note,) in rows(district, "SELECT note FROM case_history WHERE note IS NOT NULL ORDER BY at")]
    assert {"已修好", "谢谢"} <= {*notes}
    assert not district.do("list_cases", district.wang, scope="mine").items
    assert [item.id for item in district.do("list_cases", district.li, scope="mine").items] == [other.id]
    district.do("accept_case", district.clerk, case_id=open_case.id)  # the work goes on
    assert (erase(district, str(district.wang.account_id))["erased"], erase(district, str(uuid4()))["kept"]) == ([], [])


@pytest.mark.parametrize(
    "change",
    ["note = 'x'", "actor_id = gen_random_uuid()", "actor_id = NULL, note = 'x'", "actor_party = 'staff'"],
)
def test_an_erasure_can_change_nothing_of_the_history_but_the_actor(district: District, change: str) -> None:
    district.report(district.wang)
    with pytest.raises(IntegrityError, match="append-only"), transaction(district.engine) as session:
        session.execute(text("SELECT set_config('linli.erasure', 'on', true)"))
        session.execute(text(f"UPDATE case_history SET {change}"))  # noqa: S608  constants
    with pytest.raises(IntegrityError, match="append-only"), transaction(district.engine) as session:
        session.execute(text("SELECT set_config('linli.erasure', 'on', true)"))
        session.execute(text("DELETE FROM case_history"))


def test_rows_that_a_restore_brings_back_are_erased_again(district: District) -> None:
    district.report(district.wang)
    district.report(district.li)
    district.report()
    with transaction(district.engine) as session:
        erased.remember(session, UUID(str(district.wang.account_id)), NOW)
    with district.call() as call:
        assert use_cases.erase_returned(call) == 1
    assert rows(district, "SELECT reporter_id FROM cases WHERE reporter_id IS NOT NULL") == [
        (UUID(str(district.li.account_id)),)
    ]


def test_own_steps_come_in_pages_and_only_the_reporters_cases(district: District) -> None:
    case = district.dispatched(district.wang)
    district.report(district.li)
    first = district.do("list_own_steps", district.wang, limit=2)
    rest = district.do("list_own_steps", district.wang, limit=2, cursor=first.next_cursor)
    steps = [*first.items, *rest.items]
    assert [step.action for step in steps] == ["report", "accept", "dispatch"]
    assert {step.case_id for step in steps} == {case.id}
    assert [step.actor_id for step in steps[1:]] == [None, None], "the staff are not named"
