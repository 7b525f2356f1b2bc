"""What nobody can read, or what would be shown turned around, never reaches the desk or the database (C7)."""

from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import text

from chassis.database.engine import reading
from tests.integration.cases.conftest import ROADS, District
from tests.integration.cases.test_service import ask, reported

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TURNED = f"{BIDI_CONTROLS}路灯{BIDI_CONTROLS}坏了{BIDI_CONTROLS}"
READ = "路灯坏了"


def test_no_step_stores_controls_that_turn_text(district: District) -> None:
    case = reported(district, district.wang, text=TURNED, address=TURNED)["case"]
    assert (case["text"], case["address"]) == (READ, READ)
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (district.clerk, "accept_case", {"note": TURNED}),
        (district.clerk, "dispatch_case", {"department_id": ROADS, "note": TURNED}),
        (district.clerk, "return_case", {"reason": TURNED}),
        (district.clerk, "dispatch_case", {"department_id": ROADS}),
        (district.clerk, "settle_case", {"settlement": TURNED}),
        (district.wang, "close_case", {"comment": TURNED}),
        (district.supervisor, "reopen_case", {"reason": TURNED}),
        (district.clerk, "decline_case", {"reason": TURNED}),
    ]
    for acting, verb, says in steps:
        ask(district, acting, verb, case_id=case["id"], **says)
    notes = [line["note"] for line in ask(district, district.clerk, "get_case_history", case_id=case["id"])["items"]]
    assert notes == [None, READ, READ, READ, None, READ, READ, READ, READ]
    assert not [row for row in everything_stored(district) if set(row) & set(BIDI_CONTROLS)]


@pytest.mark.parametrize("invisible", ["\u200b", "\u2800", "\u202e"], ids=ascii)
@pytest.mark.parametrize("field", ["text", "address"])
def test_an_invisible_report_leaves_no_case(district: District, field: str, invisible: str) -> None:
    with pytest.raises(ValidationError):
        reported(district, district.wang, **{field: invisible})
    assert everything_stored(district) == []


@pytest.mark.parametrize("invisible", ["\u200b", "\u2800", "\u202e"], ids=ascii)
def test_an_invisible_settlement_leaves_the_case_as_it_was(district: District, invisible: str) -> None:
    case = district.dispatched()
    with pytest.raises(ValidationError):
        ask(district, district.handler, "settle_case", case_id=case.id, settlement=invisible)
    assert district.do("get_case", district.clerk, case_id=case.id).state == "dispatched"


def everything_stored(district: District) -> list[str]:
    """Every row about cases, as text."""
    tables = ("cases", "case_history", "outbox")
    with reading(district.engine) as session:
        return [row for table in tables for row in session.scalars(text(f"SELECT t::text FROM {table} t"))]  # noqa: S608
