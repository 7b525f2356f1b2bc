"""Whatever is wrong with a request, the answer says so: problem+json, with field, reason and code; no service is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.call import Unavailable
from chassis.rpc.refusal import Forbidden, NotFound, Refusal, Refused, VersionMismatch
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, BOOKING_ID, SPACE_ID, booking

SignIn = Callable[[str], Caller]


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in BOOK.items() if name != field}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (BOOK | {"colour": "red"}, "colour", "unknown_field"),
        (without("space_id"), "space_id", "required"),
        (BOOK | {"space_id": "court-1"}, "space_id", "not_an_id"),
        (BOOK | {"space_id": 7}, "space_id", "not_an_id"),
        (BOOK | {"attendees": "two"}, "attendees", "not_a_number"),
        (BOOK | {"attendees": 2.5}, "attendees", "not_a_number"),
        (BOOK | {"attendees": 0}, "attendees", "out_of_range"),
        (BOOK | {"starts_at": "2026-03-03T09:00:00"}, "starts_at", "naive_time"),
        (BOOK | {"starts_at": "tomorrow"}, "starts_at", "not_a_time"),
        (BOOK | {"starts_at": "2026-03-03 09:00:00+08:00"}, "starts_at", "not_a_time"),
        (BOOK | {"starts_at": "0001-01-01T00:00:00+23:59"}, "starts_at", "out_of_range"),
        (BOOK | {"ends_at": BOOK["starts_at"]}, "ends_at", "not_in_order"),
        (BOOK | {"ends_at": "2026-03-03T08:00:00+08:00"}, "ends_at", "not_in_order"),
        (BOOK | {"purpose": "a\u0000b"}, "purpose", "control_characters"),
        (BOOK | {"purpose": "   "}, "purpose", "blank"),
        (BOOK | {"purpose": "\u200b\u2800\u202e"}, "purpose", "blank"),
        (BOOK | {"purpose": "长" * 201}, "purpose", "too_long"),
        (BOOK | {"purpose": None}, "purpose", "null"),
        (BOOK | {"purpose": ["x"]}, "purpose", "not_text"),
    ],
)
def test_a_wrong_field_is_named(services: FakeServices, sign_in: SignIn, body: Any, field: str, code: str) -> None:
    answer = sign_in("wang").post("/bookings", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "invalid"
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]
    assert answer.json["errors"][0]["message"]
    assert services.calls == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"staff_told": ["x"]}, "staff_told", "not_an_object"),
        ({"staff_told": {"new": None}}, "staff_told.new", "null"),
        ({"staff_told": {"new": 7}}, "staff_told.new", "not_a_list"),
        ({"approver_ids": 7}, "approver_ids", "not_a_list"),
        ({"approver_ids": [["x"]]}, "approver_ids.0", "not_an_id"),
    ],
)
def test_so_is_one_that_names_staff(services: FakeServices, sign_in: SignIn, body: Any, field: str, code: str) -> None:
    admin = sign_in("admin")
    for answer in (
        admin.patch(f"/managed-spaces/{SPACE_ID}", json=body),
        admin.post(f"/managed-spaces/{SPACE_ID}/preview", json=body),
        admin.post("/managed-spaces", json=body),
        admin.post("/managed-spaces/preview", json=body),
    ):
        assert answer.status_code == 422, answer.text
        assert (field, code) in [(error["field"], error["code"]) for error in answer.json["errors"]]
    assert services.calls == []


def test_a_new_space_needs_its_community(services: FakeServices, sign_in: SignIn) -> None:
    answer = sign_in("admin").post("/managed-spaces", json={"approver_ids": [SPACE_ID]})
    assert answer.status_code == 422 and ("community_id", "required") in [
        (error["field"], error["code"]) for error in answer.json["errors"]
    ]
    assert services.calls == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"space_id": ', "application/json", 400, "malformed"),
        (b'{"attendees": NaN}', "application/json", 400, "malformed"),
        (b'{"purpose": "\xff\xfe"}', "application/json", 400, "malformed"),
        (b'{"purpose": "\\ud800"}', "application/json", 400, "malformed"),
        (b"", "application/json", 400, "malformed"),
        (b"[" * 5_000, "application/json", 400, "malformed"),
        (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"purpose": "' + b"x" * 200_000 + b'"}', "application/json", 413, "too_large"),
        (b'{"purpose": [' + b"{}," * 2_000 + b"{}]}", "application/json", 413, "too_large"),
        (b"[" + b"[[]]," * 1_000 + b"1]", "application/json", 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read(
    services: FakeServices, sign_in: SignIn, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = sign_in("wang").post("/bookings", data=body, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.mimetype == "application/problem+json"
    assert services.calls == []


def test_of_much_that_is_wrong_only_some_is_told(services: FakeServices, sign_in: SignIn) -> None:
    body = BOOK | {f"{number:03}{'x' * 500}": 1 for number in range(150)}
    answer = sign_in("wang").post("/bookings", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert len(answer.json["errors"]) == 50
    assert {len(error["field"]) for error in answer.json["errors"]} == {200}
    assert services.calls == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bookings/not-an-id", 404),
        (f"/bookings/{BOOKING_ID}x", 404),
        ("/nothing-here", 404),
        ("/bookings?limit=0", 422),
        ("/bookings?limit=101", 422),
        ("/bookings?limit=1e2", 422),
        ("/bookings?limt=5", 422),
        ("/bookings?scope=everybody", 422),
        ("/bookings?space_id=1", 422),
        ("/bookings?from=2026-03-03T09:00:00", 422),
        (f"/spaces/{SPACE_ID}/availability", 422),
        (f"/spaces/{SPACE_ID}/availability?from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z", 422),
        ("/cases?q=%00%00", 422),
    ],
)
def test_a_wrong_address(services: FakeServices, sign_in: SignIn, path: str, status: int) -> None:
    answer = sign_in("wang").get(path)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert services.calls == []


def test_a_wrong_method_says_which_are_right(visitor: Caller) -> None:
    answer = visitor.put("/bookings", json={})
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("invalid", 422),
        ("unauthenticated", 401),
        ("forbidden", 403),
        ("not_found", 404),
        ("conflict", 409),
        ("gone", 410),
        ("precondition", 412),
        ("too_many", 429),
        ("unavailable", 503),
    ],
)
def test_what_a_service_refuses(services: FakeServices, sign_in: SignIn, kind: Any, status: int) -> None:
    services.on("booking", "get_booking", Refused("booking.some_reason", kind, "因为如此。", {"state": "cancelled"}))
    answer = sign_in("wang").get(f"/bookings/{BOOKING_ID}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert (answer.json["code"], answer.json["detail"]) == ("booking.some_reason", "因为如此。")
    assert answer.json["details"] == {"state": "cancelled"}
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("refusal", [NotFound(), Forbidden(needs=["clerk"]), VersionMismatch(version=4), Unavailable()])
def test_what_the_gateway_refuses_speaks_the_readers_language(
    services: FakeServices, sign_in: SignIn, refusal: Refusal
) -> None:
    services.on("booking", "get_booking", refusal)
    resident = sign_in("wang")
    english = resident.get(f"/bookings/{BOOKING_ID}")
    chinese = resident.get(f"/bookings/{BOOKING_ID}", headers={"Accept-Language": "zh-CN"})
    assert (english.json["detail"], chinese.json["detail"]) == (refusal.text("en"), refusal.text("zh-CN"))
    assert (english.headers["Content-Language"], chinese.headers["Content-Language"]) == ("en", "zh-CN")


def test_fields_that_a_service_refuses_come_through(services: FakeServices, sign_in: SignIn) -> None:
    errors = [{"field": "starts_at", "code": "in_past", "message": "Must be in the future."}]
    services.on("booking", "book_space", Refused("booking.in_past", "invalid", "Too late.", {"errors": errors, "n": 1}))
    answer = sign_in("wang").post("/bookings", json=BOOK)
    assert (answer.json["errors"], answer.json["details"]) == (errors, {"n": 1})


def test_retry_after_is_the_service_s(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "get_booking", Refused("booking.pace", "too_many", "Slow down.", {"retry_after": 6.2}))
    answer = sign_in("wang").get(f"/bookings/{BOOKING_ID}")
    assert answer.headers["Retry-After"] == "7"


def test_a_bug_shows_an_id_and_nothing_else(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "get_booking", RuntimeError("SELECT secret FROM account"))
    answer = sign_in("wang").get(f"/bookings/{BOOKING_ID}", headers={"X-Request-ID": "trace-me-2026"})
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert (answer.json["code"], answer.json["correlation_id"]) == ("internal", "trace-me-2026")
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_a_strangers_body_is_not_looked_at(services: FakeServices, visitor: Caller) -> None:
    answer = visitor.post("/bookings", json={"nonsense": True})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_nothing_is_wrong_with_a_right_request(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "book_space", booking())
    assert sign_in("wang").post("/bookings", json=BOOK | {"attendees": 2, "purpose": " 练习 "}).status_code == 201
    assert services.calls[0].payload == BOOK | {"attendees": 2, "purpose": " 练习 "}, "the service trims it"
