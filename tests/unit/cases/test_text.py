"""Text that nobody can read is refused in every field that people write, and text cannot be turned around (C7)."""

from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.rpc.interface import Command, Text, Verb
from chassis.rpc.interface.field_errors import field_errors
from services.cases.interface import CASES
from services.cases.interface.slips import SLIP_STEPS, TAKE_SLIP_STEP
from services.cases.interface.steps import TAKE_STEP
from services.cases.interface.workflow import BY_NAME, TABLE

ID = "0192f3a4-5b6c-7d8e-9f01-23456789abcd"
NEEDED: dict[str, Any] = {
    "case_id": ID,
    "step": "accept",
    "department_id": ID,
    "new_handler_id": ID,
    "channel": "photo",
    "category": "other",
    "text": "路灯不亮",
    "reason": "重复",
    "settlement": "已修好",
    "question": "哪一栋？",
    "answer": "三号楼",
    "number": "LY-20261122-0001",
    "token": "k3nT9",
}
FIELDS = [(verb, name) for verb in CASES for name, field in verb.takes.fields.items() if isinstance(field, Text)]
WRITTEN = [(verb, name) for verb, name in FIELDS if isinstance(verb, Command)]
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = ["\u200b", "\u2800", "\u202e", "\u200b\u2800\u202e", " \u3000\u2800 \n", "\ufeff\u2060", "\u3164\u115f"]


def request(verb: Verb, name: str, text: str) -> dict[str, Any]:
    """A request of `verb` with what it needs, and `text` in the field `name`."""
    needed = {field: NEEDED[field] for field, declared in verb.takes.fields.items() if declared.required}
    if verb in (TAKE_STEP, TAKE_SLIP_STEP):
        rows = TABLE if verb is TAKE_STEP else tuple(BY_NAME[step] for step in SLIP_STEPS)
        step = next((row for row in rows if name in {said.name for said in row.says}), rows[0])
        needed |= {"step": step.name} | {said.name: NEEDED[said.name] for said in step.says if said.required}
    return needed | {name: text}


def test_these_are_the_fields_that_people_write() -> None:
    assert {f"{verb.name}.{name}" for verb, name in WRITTEN} == {
        *("report_case.text", "report_case.address", "accept_case.note", "decline_case.reason", "dispatch_case.note"),
        "hand_over_case.note",
        *("return_case.reason", "settle_case.settlement", "close_case.comment", "reopen_case.reason"),
        *("object_case.reason", "uphold_case.reason", "ask_case.question", "answer_case.answer", "suspend_case.reason"),
        *("resume_case.note", "withdraw_case.comment", "void_case.reason"),
        *(f"take_step.{name}" for name in ("note", "reason", "settlement", "comment", "question", "answer")),
        *(f"take_slip_step.{name}" for name in ("number", "token", "comment", "reason", "answer")),
    }


@pytest.mark.parametrize(("verb", "name"), FIELDS, ids=str)
@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_invisible_text_is_refused(verb: Verb, name: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        verb.takes.load(request(verb, name, text))
    assert field_errors(refused.value, "zh-CN") == [{"field": name, "code": "blank", "message": "内容不能为空白。"}]
    assert field_errors(refused.value, "en")[0]["message"] == "There is nothing to read in this text."


@pytest.mark.parametrize(("verb", "name"), FIELDS, ids=str)
def test_controls_that_turn_text_are_removed(verb: Verb, name: str) -> None:
    turned = "".join(f"字{control}" for control in BIDI_CONTROLS)
    assert verb.takes.load(request(verb, name, turned))[name] == "字" * len(BIDI_CONTROLS)
