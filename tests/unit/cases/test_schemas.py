"""What the service takes, and what it refuses before anything happens."""

from typing import Any
from uuid import uuid4

import pytest
from marshmallow import Schema, ValidationError

from services.cases.interface.cases import LIST_CASES, REPORT_CASE
from services.cases.interface.steps import STEP_VERBS, TAKE_STEP
from services.cases.interface.workflow import TABLE

REPORT: dict[str, Any] = {"channel": "photo", "category": "facilities-light", "text": "路灯不亮"}
PHOTO = "0192f3a4-5b6c-7d8e-9f01-23456789abcd"


def refused_fields(schema: Schema, payload: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        schema.load(payload)
    return set(refused.value.normalized_messages())


def test_a_full_report_is_taken() -> None:
    location = {"lat": 33.62, "lon": 114.65, "datum": "gcj02"}
    full = REPORT | {"grid_id": "liuyi-1", "address": "3号楼", "location": location, "photo_ids": [PHOTO], "anonymous": True}
    assert REPORT_CASE.takes.load(full)["location"] == location


def test_the_datum_is_wgs84_unless_said() -> None:
    assert REPORT_CASE.takes.load(REPORT | {"location": {"lat": 33.6, "lon": 114.6}})["location"]["datum"] == "wgs84"


def test_text_is_trimmed_and_keeps_its_lines() -> None:
    assert REPORT_CASE.takes.load(REPORT | {"text": "  一\n二\t三 "})["text"] == "一\n二\t三"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "   "),
        ("text", "x" * 2001),
        ("text", "a\x00b"),
        ("text", "a\ud800b"),
        ("text", 5),
        ("text", None),
        ("address", "x" * 201),
        ("channel", ""),
        ("photo_ids", [PHOTO] * 2),
        ("photo_ids", [str(uuid4()) for _ in range(7)]),
        ("photo_ids", ["not-an-id"]),
        ("photo_ids", PHOTO),
        ("location", {"lat": 91, "lon": 114}),
        ("location", {"lat": float("nan"), "lon": 114}),
        ("location", {"lat": 33}),
        ("location", {"lat": 33, "lon": 114, "datum": "mars"}),
        ("location", {"lat": 33, "lon": 114, "alt": 5}),
        ("anonymous", "perhaps"),
        ("state", "closed"),
        ("reporter_id", PHOTO),
        ("case_id", PHOTO),
    ],
)
def test_a_report_with_a_bad_field_names_it(field: str, value: Any) -> None:
    assert refused_fields(REPORT_CASE.takes, REPORT | {field: value}) == {field}


def test_what_a_report_needs() -> None:
    assert refused_fields(REPORT_CASE.takes, {}) == {"channel", "category", "text"}


def test_what_a_report_does_not_say_is_left_to_the_use_case() -> None:
    assert REPORT_CASE.takes.load(REPORT) == REPORT | {"photo_ids": []}


@pytest.mark.parametrize(
    ("schema", "field"),
    [(STEP_VERBS[name].takes, "reason") for name in ("decline", "return", "reopen")]
    + [(STEP_VERBS["settle"].takes, "settlement")],
)
@pytest.mark.parametrize("words", [None, "", "  "])
def test_steps_that_must_say_why(schema: Schema, field: str, words: str | None) -> None:
    assert refused_fields(schema, {"case_id": PHOTO, field: words}) == {field}
    assert refused_fields(schema, {"case_id": PHOTO}) == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", 0),
        ("limit", 101),
        ("limit", "5"),
        ("q", ""),
        ("q", "x" * 61),
        ("scope", "all"),
        ("state", "lost"),
        ("page", 1),
    ],
)
def test_a_list_with_a_bad_filter_names_it(field: str, value: Any) -> None:
    assert refused_fields(LIST_CASES.takes, {field: value}) == {field}


def test_lists_have_bounds_without_being_told() -> None:
    assert LIST_CASES.takes.load({}) == {"scope": "mine", "limit": 20, "order": "newest"}


@pytest.mark.parametrize("version", ["1", 1.5, True, 0, None])
def test_a_version_is_a_whole_number(version: Any) -> None:
    assert refused_fields(STEP_VERBS["accept"].takes, {"case_id": PHOTO, "expected_version": version}) == {"expected_version"}


@pytest.mark.parametrize("name", STEP_VERBS)
def test_the_verb_of_any_step_takes_what_the_verb_of_the_step_takes(name: str) -> None:
    own, any_step = STEP_VERBS[name].takes, TAKE_STEP.takes
    others = {said.name for row in TABLE for said in row.says}
    for field in (*others, "case_id", "expected_version", "colour"):
        for value in (None, "", "x" * 3000, "good", PHOTO, True, 0):
            for rest in ({"case_id": PHOTO}, {"case_id": PHOTO, "reason": "重复", "settlement": "…", "department_id": PHOTO}):
                sent = {key: good for key, good in rest.items() if key in own.fields} | {field: value}
                answers = [_outcome(own, sent), _outcome(any_step, sent | {"step": name})]
                if isinstance(answers[0], dict):
                    answers[0] |= {"step": name}
                assert answers[0] == answers[1], (name, sent)


def _outcome(schema: Schema, payload: dict[str, Any]) -> Any:
    try:
        return schema.load(payload)
    except ValidationError as error:
        return str(error.messages)


@pytest.mark.parametrize("step", [None, "", "report", "jump", 5, [], {}])
def test_an_unknown_step_is_refused(step: Any) -> None:
    assert refused_fields(TAKE_STEP.takes, {"case_id": PHOTO, "step": step}) == {"step"}
    assert refused_fields(TAKE_STEP.takes, {"case_id": PHOTO}) == {"step"}
