"""Following a case without an account: number and token, or nothing."""

import hashlib

import pytest
from sqlalchemy import select, text

from chassis.database.engine import reading
from chassis.rpc.identity import ANONYMOUS
from services.cases.cases.models import Case
from services.cases.interface.cases import LOOK_UP_CASE
from services.cases.interface.refusals import CaseNotFound
from tests.integration.cases.conftest import District


def test_who_has_no_account_or_no_name_gets_a_token(district: District) -> None:
    assert district.report(ANONYMOUS).lookup_token
    assert district.report(district.wang, anonymous=True).lookup_token
    assert district.report(district.wang).lookup_token is None


def test_number_and_token_show_status_and_dates_only(district: District) -> None:
    report = district.report(ANONYMOUS, text="秘密", address="3号楼")
    district.do("decline_case", district.clerk, case_id=report.case.id, reason="不归我们管")
    found = LOOK_UP_CASE.gives.dump(
        district.do("look_up_case", number=report.case.number.lower(), token=str(report.lookup_token)),
    )
    assert set(found) == {
        *("number", "state", "reported_at", "accepted_at", "dispatched_at", "settled_at", "closed_at", "declined_at"),
        *("disputed_at", "withdrawn_at", "voided_at"),
    }
    assert found["state"] == "declined"


def test_wrong_numbers_and_wrong_tokens_get_the_same_answer(district: District) -> None:
    mine, other = district.report(ANONYMOUS), district.report(ANONYMOUS)
    named = district.report(district.wang)
    refusals = []
    for number, token in (
        (mine.case.number, "wrong"),
        (mine.case.number, other.lookup_token),
        ("LY-20261122-9999", mine.lookup_token),
        (named.case.number, mine.lookup_token),
        (named.case.number, ""),
    ):
        with pytest.raises(CaseNotFound) as refused:
            district.do("look_up_case", number=number, token=str(token))
        refusals.append((refused.value.code, refused.value.kind, refused.value.details, refused.value.text("en")))
    assert len(set(map(str, refusals))) == 1


def test_only_a_digest_of_the_token_is_kept(district: District) -> None:
    report = district.report(ANONYMOUS)
    token = str(report.lookup_token)
    with reading(district.engine) as session:
        assert session.scalar(select(Case.lookup_digest)) == hashlib.sha256(token.encode()).digest()
        for table in ("cases", "case_history", "outbox"):
            rows = session.scalars(text(f"SELECT t::text FROM {table} t")).all()  # noqa: S608
            assert rows and not any(token in row for row in rows)


def test_tokens_are_long_and_never_the_same(district: District) -> None:
    tokens = {district.report(ANONYMOUS).lookup_token for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(str(token)) >= 32 for token in tokens)
