"""A case from report to close, as its people live it."""

from dataclasses import replace
from typing import Any

import pytest

from services.cases.cases.models import Case
from services.cases.cases.storage import state_before
from services.cases.interface.states import State
from services.cases.interface.step import PREVIOUS
from services.cases.interface.workflow import BY_NAME, BY_SOURCE
from tests.integration.cases.conftest import NOW, District


def test_reported_to_closed(district: District) -> None:
    case: Case = district.dispatched(handler=district.handler)
    case = district.do("settle_case", district.handler, case_id=case.id, settlement="已更换灯泡")
    case = district.do("close_case", district.wang, case_id=case.id, satisfied=True, comment="很快")
    assert (case.state, case.satisfied, case.settlement, case.version) == ("closed", True, "已更换灯泡", 5)


def test_a_step_back_leads_to_the_state_before(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step of the table leads back yet. Here, reopening a declined case does."""
    back = replace(BY_NAME["reopen"], target=PREVIOUS, undoes={State.DECLINED})
    monkeypatch.setitem(BY_SOURCE, ("reopen", State.DECLINED), back)
    case_id = district.report(district.wang).case.id
    steps: list[tuple[str, Any, dict[str, str]]] = [("accept", district.clerk, {})]
    steps += [("decline", district.clerk, {"reason": "…"}), ("reopen", district.supervisor, {"reason": "…"})] * 2
    for step, acting, said in steps:
        case: Case = district.do("take_step", acting, case_id=case_id, step=step, **said)
    assert (case.state, case.declined_at, case.accepted_at) == ("accepted", None, NOW)


@pytest.mark.parametrize("before", ["reported", "accepted"])
def test_the_state_before_is_the_last_one_before_the_present(district: District, before: str) -> None:
    case_id = district.report(district.wang).case.id
    steps: list[tuple[str, Any, dict[str, str]]] = [("accept", district.clerk, {})] if before == "accepted" else []
    seen = []
    for step, acting, said in [
        *steps,
        ("decline", district.clerk, {"reason": "…"}),
        ("reopen", district.supervisor, {"reason": "…"}),
    ]:
        case: Case = district.do("take_step", acting, case_id=case_id, step=step, **said)
        with district.call() as call:
            seen.append(state_before(call.session, case))
    assert seen[-2:] == [before, "declined"]
