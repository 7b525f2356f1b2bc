"""What the service takes, and what it refuses before anything happens."""

from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from services.cases import schemas

REPORT: dict[str, Any] = {"channel": "photo", "category": "facilities-light", "text": "路灯不亮"}
PHOTO = "0192f3a4-5b6c-7d8e-9f01-23456789abcd"


def refused_fields(schema: schemas.Request, payload: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        schema.load(payload)
    return set(refused.value.normalized_messages())


def test_a_full_report_is_taken() -> None:
    location = {"lat": 33.62, "lon": 114.65, "datum": "gcj02"}
    full = REPORT | {"grid_id": "liuyi-1", "address": "3号楼", "location": location, "photo_ids": [PHOTO], "anonymous": True}
    assert schemas.ReportCase().load(full)["location"] == location


def test_the_datum_is_wgs84_unless_said() -> None:
    assert schemas.ReportCase().load(REPORT | {"location": {"lat": 33.6, "lon": 114.6}})["location"]["datum"] == "wgs84"


def test_text_is_trimmed_and_keeps_its_lines() -> None:
    assert schemas.ReportCase().load(REPORT | {"text": "  一\n二\t三 "})["text"] == "一\n二\t三"


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
    assert refused_fields(schemas.ReportCase(), REPORT | {field: value}) == {field}


def test_what_a_report_needs() -> None:
    assert refused_fields(schemas.ReportCase(), {}) == {"channel", "category", "text"}


@pytest.mark.parametrize(
    ("schema", "field"),
    [(schemas.ReasonedStep(), "reason"), (schemas.SettleCase(), "settlement")],
)
@pytest.mark.parametrize("words", [None, "", "  "])
def test_steps_that_must_say_why(schema: schemas.Request, field: str, words: str | None) -> None:
    assert refused_fields(schema, {"case_id": PHOTO, field: words}) == {field}
    assert refused_fields(schema, {"case_id": PHOTO}) == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", 0),
        ("limit", 101),
        ("limit", "5"),
        ("q", "路"),
        ("q", "x" * 61),
        ("scope", "all"),
        ("state", "lost"),
        ("page", 1),
    ],
)
def test_a_list_with_a_bad_filter_names_it(field: str, value: Any) -> None:
    assert refused_fields(schemas.ListCases(), {field: value}) == {field}


def test_lists_have_bounds_without_being_told() -> None:
    assert schemas.ListCases().load({}) == {"scope": "mine", "limit": 20}


@pytest.mark.parametrize("version", ["1", 1.5, True])
def test_a_version_is_a_whole_number(version: Any) -> None:
    assert refused_fields(schemas.AcceptCase(), {"case_id": PHOTO, "expected_version": version}) == {"expected_version"}
