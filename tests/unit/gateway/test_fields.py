"""What a query's text becomes, and what the fields of the interfaces then make of it."""

from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from chassis.rpc.interface import Count, Flag
from gateway.api.parsing import query_object

FIELDS: dict[str, Any] = {"flag": Flag(), "count": Count(least=0, most=100)}


@pytest.mark.parametrize("value", [1, 0, 1.0, "true", "false", "yes", "", [], {}])
def test_a_flag_in_a_body_is_true_or_false(value: Any) -> None:
    assert Flag().deserialize(True) is True
    assert Flag().deserialize(False) is False
    with pytest.raises(ValidationError):
        Flag().deserialize(value)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("1", "1"), ("yes", "yes"), ("", "")])
def test_a_flag_in_a_query_is_one_of_two_words(text: str, value: Any) -> None:
    with Flask("test").test_request_context(query_string={"flag": text}):
        assert query_object(FIELDS) == {"flag": value}


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), ("-7", -7), ("7.0", "7.0"), ("٧", "٧"), ("1e3", "1e3"), (" 7", " 7"), ("9" * 19, "9" * 19)]
)
def test_a_number_in_a_query_is_written_in_digits(text: str, value: Any) -> None:
    with Flask("test").test_request_context(query_string={"count": text}):
        assert query_object(FIELDS) == {"count": value}


def test_what_is_no_field_stays_text_for_the_service_to_refuse() -> None:
    with Flask("test").test_request_context(query_string={"surprise": "7"}):
        assert query_object(FIELDS) == {"surprise": "7"}
