"""Following a case without an account: number and code open what the centre says, and the steps of the reporter."""

import hashlib
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select, text

from chassis.database.engine import reading, transaction
from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.refusal import VersionMismatch
from services.cases.cases import slip_codes
from services.cases.cases.models import Case
from services.cases.interface.refusals import CaseNotFound, IllegalTransition, NotYourStep
from services.cases.interface.slips import LOOK_UP_CASE, TAKE_SLIP_STEP
from tests.integration.cases.conftest import ROADS, District


def shown(found: Any) -> dict[str, Any]:
    """The answer as callers get it."""
    return dict(LOOK_UP_CASE.gives.dump(found))


def slip(report: Any) -> dict[str, str]:
    return {"number": report.case.number, "token": str(report.lookup_token)}


def settled(district: District, report: Any) -> None:
    district.do("accept_case", district.clerk, case_id=report.case.id, note="内部：电话核实")
    district.do("dispatch_case", district.clerk, case_id=report.case.id, department_id=ROADS)
    district.do("settle_case", district.clerk, case_id=report.case.id, settlement="已换灯泡", outcome="solved")


def test_who_has_no_account_or_no_name_gets_a_code(district: District) -> None:
    assert district.report(ANONYMOUS).lookup_token
    assert district.report(district.wang, anonymous=True).lookup_token
    assert district.report(district.wang).lookup_token is None


def test_the_slip_shows_what_the_centre_says_and_nothing_of_the_report(district: District) -> None:
    report = district.report(ANONYMOUS, text="秘密", address="3号楼")
    settled(district, report)
    found = shown(district.do("look_up_case", **slip(report)))
    assert (found["state"], found["settlement"], found["outcome"]) == ("settled", "已换灯泡", "solved")
    assert [(line["action"], line["note"]) for line in found["updates"]] == [
        ("settle", "已换灯泡"),
        ("dispatch", None),
        ("accept", None),
        ("report", None),
    ]
    assert "秘密" not in str(found) and "3号楼" not in str(found) and "电话核实" not in str(found)


def test_a_refusal_says_why(district: District) -> None:
    report = district.report(ANONYMOUS)
    district.do("decline_case", district.clerk, case_id=report.case.id, reason="不归我们管")
    found = shown(district.do("look_up_case", **slip(report)))
    assert (found["state"], found["updates"][0]["note"]) == ("declined", "不归我们管")


def test_the_holder_answers_rates_and_objects_like_the_reporter_and_is_stored_nowhere(district: District) -> None:
    report = district.report(district.wang, anonymous=True)
    it = slip(report)
    district.do("ask_case", district.clerk, case_id=report.case.id, question="哪一栋？")
    found = shown(district.do("look_up_case", **it))
    assert ([step["name"] for step in found["steps"]], found["updates"][0]["note"]) == (["answer", "withdraw"], "哪一栋？")
    district.do("take_slip_step", district.li, **it, step="answer", answer="3 号楼")
    settled(district, report)
    found = shown(district.do("take_slip_step", **it, step="close", solved=True, satisfied=False))
    assert (found["state"], found["solved"], found["satisfied"]) == ("disputed", True, False)
    with reading(district.engine) as session:
        lines = session.execute(text("SELECT action, actor_id, actor_party FROM case_history ORDER BY version")).all()
    own = [line for line in lines if line.action in ("answer", "dissatisfied")]
    assert [(line.actor_id, line.actor_party) for line in own] == [(None, "anonymous")] * 2
    assert not {"3 号楼"} & {line["note"] for line in found["updates"]}, "others may find the slip"


def test_the_slip_takes_no_steps_of_staff_and_none_of_another_case(district: District) -> None:
    mine, other = district.report(ANONYMOUS), district.report(ANONYMOUS)
    with pytest.raises(NotYourStep):
        district.do("take_slip_step", **slip(mine), step="accept")
    with pytest.raises(IllegalTransition):
        district.do("take_slip_step", **slip(mine), step="object", reason="不行")
    with pytest.raises(CaseNotFound):
        district.do("take_slip_step", number=other.case.number, token=str(mine.lookup_token), step="withdraw")
    with pytest.raises(VersionMismatch):
        district.do("take_slip_step", **slip(mine), step="withdraw", expected_version=7)
    with pytest.raises(ValidationError):
        TAKE_SLIP_STEP.takes.load(slip(mine) | {"step": "accept"})


def test_case_spaces_and_hyphens_do_not_matter(district: District) -> None:
    report = district.report(ANONYMOUS)
    number, code = report.case.number, str(report.lookup_token)
    for typed_number, typed_code in (
        (number.lower(), code.lower()),
        (number.replace("-", ""), code.replace("-", "")),
        (f" {number} ".replace("-", "－"), f" {code[0]} {code[1:]} "),
    ):
        assert district.do("look_up_case", number=typed_number, token=typed_code).number == number


def test_wrong_numbers_and_wrong_codes_get_the_same_answer_with_the_same_work(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = district.report(ANONYMOUS), district.report(ANONYMOUS)
    named = district.report(district.wang)
    work: list[str] = []
    hashed = slip_codes._hash
    monkeypatch.setattr(slip_codes, "_hash", lambda keyed, salt: work.append(keyed) or hashed(keyed, salt))
    refusals, works = [], []
    for number, token in (
        (mine.case.number, "wrong"),
        (mine.case.number, other.lookup_token),
        ("LY-20261122-9999", mine.lookup_token),
        (named.case.number, mine.lookup_token),
        (named.case.number, ""),
    ):
        work.clear()
        with pytest.raises(CaseNotFound) as refused:
            district.do("look_up_case", number=number, token=str(token))
        refusals.append((refused.value.code, refused.value.kind, refused.value.details, refused.value.text("en")))
        works.append(len(work))
    assert len(set(map(str, refusals))) == 1
    assert works == [1] * 5


def test_a_stolen_table_is_no_list_of_codes(district: District) -> None:
    report = district.report(ANONYMOUS)
    code = str(report.lookup_token)
    with reading(district.engine) as session:
        stored = session.scalar(select(Case.slip_hash))
        assert stored is not None
        plain = hashlib.scrypt(f"slip:{code.replace('-', '')}".encode(), salt=stored[:16], n=2**14, r=8, p=1, dklen=32)
        assert stored[16:] != plain, "without the key nobody can test a code"
        for table in ("cases", "case_history", "outbox"):
            rows = session.scalars(text(f"SELECT t::text FROM {table} t")).all()  # noqa: S608
            assert rows and not any(code in row or code.replace("-", "") in row for row in rows)


def test_a_token_of_an_earlier_release_still_opens_its_case(district: District) -> None:
    report = district.report(ANONYMOUS)
    token = "k3nT9" + "x" * 27
    with transaction(district.engine) as session:
        session.execute(
            text("UPDATE cases SET slip_hash = NULL, lookup_digest = :digest"), {"digest": slip_codes.digest(token)}
        )
    assert district.do("look_up_case", number=report.case.number, token=token).number == report.case.number
    with pytest.raises(CaseNotFound):
        district.do("look_up_case", number=report.case.number, token=token.lower())


def test_codes_have_no_look_alikes_and_are_never_the_same() -> None:
    codes = {slip_codes.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("01ILOU")
    assert {len(code) for code in codes} == {9}
