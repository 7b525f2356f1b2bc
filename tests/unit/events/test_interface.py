"""What the interface of events refuses by form, and with which words."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from chassis.rpc.interface.field_errors import field_errors
from services.events.interface import EVENTS
from services.events.interface.club_events import (
    CANCEL_CLUB_EVENT,
    CHANGE_CAPACITY,
    DRAFT_CLUB_EVENT,
    MAX_CAPACITY,
    MAX_SESSIONS,
    REVISE_CLUB_EVENT,
)
from services.events.interface.registrations import LIST_REGISTRATIONS, REGISTER

ID = str(uuid4())
SITTING = {"starts_at": "2026-03-04T09:00:00+08:00", "ends_at": "2026-03-04T03:00:00Z", "capacity": 8}
CONTENT: dict[str, Any] = {
    "club_id": ID,
    "section": "neighbour",
    "title": {"zh-CN": "乒乓球趣味赛", "en": "Table tennis for fun"},
    "description": {"zh-CN": "人人可来", "en": "For everybody"},
    "location": "一楼乒乓球室",
    "sessions": [SITTING],
}
BLANKS = ["\u200b", "\u2800", "\u202e", "\u200b\u2800\u202e", " \u2066\u3164\u2069\n", "\u200b\u0301"]
TEXTS = ["title.zh-CN", "title.en", "description.zh-CN", "description.en", "location"]


def errors_of(verb: Any, payload: dict[str, Any], language: str = "zh-CN") -> dict[str, tuple[str, str]]:
    """Code and message by field."""
    with pytest.raises(ValidationError) as error:
        verb.takes.load(payload)
    return {e["field"]: (e["code"], e["message"]) for e in field_errors(error.value, language)}


def codes_of(verb: Any, payload: dict[str, Any]) -> dict[str, str]:
    return {field: code for field, (code, _) in errors_of(verb, payload).items()}


def with_text(field: str, text: str) -> dict[str, Any]:
    name, _, language = field.partition(".")
    return {name: CONTENT[name] | {language: text} if language else text}


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_text_in_which_nothing_can_be_seen_is_refused(field: str, blank: str) -> None:
    written = with_text(field, blank)
    assert codes_of(DRAFT_CLUB_EVENT, CONTENT | written) == {field: "blank"}
    assert codes_of(REVISE_CLUB_EVENT, {"club_event_id": ID} | written) == {field: "blank"}


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_reason_in_which_nothing_can_be_seen_is_refused(blank: str) -> None:
    assert codes_of(CANCEL_CLUB_EVENT, {"club_event_id": ID, "reason": blank}) == {"reason": "blank"}


@pytest.mark.parametrize("field", TEXTS)
def test_text_that_would_be_shown_in_another_direction_is_turned_back(field: str) -> None:
    loaded = DRAFT_CLUB_EVENT.takes.load(CONTENT | with_text(field, "\u202b 一楼\u202e3\u2066楼\u2069\u202c "))
    name, _, language = field.partition(".")
    assert (loaded[name][language] if language else loaded[name]) == "一楼3楼"


def test_what_is_not_given_is_left_to_the_use_case() -> None:
    drafted = DRAFT_CLUB_EVENT.takes.load(CONTENT)
    assert set(drafted) == set(CONTENT)
    assert drafted["sessions"][0]["starts_at"] == datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert drafted["sessions"][0]["registration_opens_at"] is None
    assert set(REVISE_CLUB_EVENT.takes.load({"club_event_id": ID, "location": "二楼"})) == {"club_event_id", "location"}
    assert REGISTER.takes.load({"session_id": ID})["seats"] == 1
    assert LIST_REGISTRATIONS.takes.load({}) == {"scope": "mine", "limit": 20}


@pytest.mark.parametrize("field", [*CONTENT, "space_id", "audience"])
def test_null_does_not_mean_unchanged(field: str) -> None:
    assert codes_of(REVISE_CLUB_EVENT, {"club_event_id": ID, field: None}) == {field: "null"}


@pytest.mark.parametrize(
    ("field", "code", "sitting"),
    [
        ("ends_at", "not_in_order", {"ends_at": SITTING["starts_at"]}),
        ("ends_at", "session_too_long", {"ends_at": "2026-03-05T09:00:01+08:00"}),
        ("registration_closes_at", "closes_too_late", {"registration_closes_at": "2026-03-04T09:00:01+08:00"}),
        ("registration_opens_at", "opens_too_late", {"registration_opens_at": SITTING["starts_at"]}),
        ("capacity", "out_of_range", {"capacity": MAX_CAPACITY + 1}),
        ("capacity", "out_of_range", {"capacity": 0}),
    ],
)
def test_an_impossible_session_is_refused_in_the_readers_language(field: str, code: str, sitting: dict[str, Any]) -> None:
    payload = CONTENT | {"sessions": [SITTING | sitting]}
    zh = errors_of(DRAFT_CLUB_EVENT, payload, "zh-CN")
    en = errors_of(DRAFT_CLUB_EVENT, payload, "en")
    assert {name: told[0] for name, told in zh.items()} == {f"sessions.0.{field}": code}
    assert re.search(r"[\u4e00-\u9fff]", zh[f"sessions.0.{field}"][1])
    assert not re.search(r"[\u4e00-\u9fff]", en[f"sessions.0.{field}"][1])


def test_lists_have_bounds() -> None:
    assert codes_of(DRAFT_CLUB_EVENT, CONTENT | {"sessions": []}) == {"sessions": "too_few_items"}
    assert codes_of(DRAFT_CLUB_EVENT, CONTENT | {"sessions": [SITTING] * (MAX_SESSIONS + 1)}) == {"sessions": "too_many_items"}
    assert codes_of(CHANGE_CAPACITY, {"session_id": ID, "capacity": MAX_CAPACITY + 1}) == {"capacity": "out_of_range"}
    assert codes_of(REGISTER, {"session_id": ID, "seats": 0}) == {"seats": "out_of_range"}


@pytest.mark.parametrize("verb", list(EVENTS), ids=lambda verb: verb.name)
def test_every_verb_refuses_fields_that_it_does_not_know(verb: Any) -> None:
    assert codes_of(verb, {"surprise": 1})["surprise"] == "unknown_field"
