from typing import Any

import pytest

from chassis.observability.redaction import HIDDEN, redact, redact_text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "secret",
        "csrf_token",
        "Authorization",
        "set-cookie",
        "otp",
        "pin",
        "phone",
        "phones",
        "reporter_phone",
        "email",
        "e-mail",
        "api_key",
        "X-API-Key",
        "LINLI_ENCRYPTION_KEYS",
        "id_number",
        "address",
        "real_name",
    ],
)
def test_names_that_hide_their_value(name: str) -> None:
    assert redact("anything", name) == HIDDEN
    assert redact({name: "anything"}) == {name: HIDDEN}
    assert redact([{name: ["anything"]}]) == [{name: HIDDEN}]


@pytest.mark.parametrize("name", ["spinner", "phonetic", "secretary", "public_address", "remote_address", "author"])
def test_names_that_only_look_like_it(name: str) -> None:
    assert redact("visible", name) == "visible"


@pytest.mark.parametrize("value", ["246810", "1234", 246810])
def test_one_time_codes_are_hidden(value: Any) -> None:
    assert redact(value, "code") == HIDDEN


def test_codes_of_refusals_are_not() -> None:
    assert redact("booking.space_taken", "code") == "booking.space_taken"
    assert redact(None, "code") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 19900000001 now", "call [phone] now"),
        ("+8613812345678", "[phone]"),
        ("+86 138 1234 5678", "[phone]"),
        ("138-1234-5678", "[phone]"),
        ("电话13812345678。", "电话[phone]。"),
        ("id 11010519491231002X", "id [id number]"),
        ("Basic\tbGlubGk6c2VjcmV0", "Basic [hidden]"),
        ("BEARER abc", "BEARER [hidden]"),
        ("to wang@example.org, please", "to [e-mail], please"),
        ("amqp://user:pass@host:5672/v", "amqp://[credentials]@host:5672/v"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [hidden]"),
        ("whsec_c2VjcmV0", HIDDEN),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln", HIDDEN),
    ],
)
def test_values_are_known_by_their_shape(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "0199d3a0-7c1e-7a52-9d5b-138123456789",  # an id, not a phone
        "2026-11-22T14:21:55.329112Z",
        "order 202611220000012345",
        "http://localhost:8000/api",
        "booking.confirmed.v1",
        "138123456789",  # a digit too many
        "11010519491231002000000000000000",  # an id without dashes
    ],
)
def test_values_that_only_look_like_it(text: str) -> None:
    assert redact_text(text) == text


def test_numbers_are_looked_at_too() -> None:
    assert redact(13812345678) == "[phone]"
    assert redact(42) == 42
    assert redact(1.5) == 1.5
    assert redact(True, "password") is True


def test_what_was_given_is_not_changed() -> None:
    given = {"a": {"password": "p"}, "b": ("19900000001",)}
    assert redact(given) == {"a": {"password": HIDDEN}, "b": ["[phone]"]}
    assert given == {"a": {"password": "p"}, "b": ("19900000001",)}


def test_depth_has_an_end() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert "[…]" in str(redact(endless))


def test_bytes_are_counted_not_shown() -> None:
    assert redact(b"\x00secret", "body") == "[7 bytes]"
