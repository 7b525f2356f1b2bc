"""Field errors. They are raised with the broken rule, and shown in the reader's language."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from marshmallow import ValidationError

from chassis.rpc import rules
from chassis.rpc.rules import Rule, field_error

MOST_ERRORS = 50
LONGEST_NAME = 200


class _Breach(str):
    """An error message for marshmallow that keeps the broken rule and its details. It is a string, because marshmallow
    keeps strings as they are when it merges the messages of several fields."""

    rule: Rule
    details: dict[str, Any]

    @classmethod
    def of(cls, rule: Rule, details: dict[str, Any]) -> "_Breach":
        breach = cls(rule.code)
        breach.rule, breach.details = rule, details
        return breach


class FieldError(ValidationError):
    """A field breaks `rule`. A field raises it without `field`; a schema raises it with the name of one of its fields."""

    def __init__(self, rule: Rule, field: str = "_schema", **details: Any) -> None:
        super().__init__([_Breach.of(rule, details)], field)


_OF_MARSHMALLOW = {
    "Missing data for required field.": rules.REQUIRED,
    "Unknown field.": rules.UNKNOWN_FIELD,
    "Field may not be null.": rules.NULL,
    "Invalid input type.": rules.NOT_AN_OBJECT,
    "Invalid type.": rules.NOT_AN_OBJECT,
    "Not a valid list.": rules.NOT_A_LIST,
    "Not a valid string.": rules.NOT_TEXT,
    "Not a valid UUID.": rules.NOT_AN_ID,
    "Not a valid integer.": rules.NOT_A_NUMBER,
    "Not a valid number.": rules.NOT_A_DECIMAL,
    "Not a valid boolean.": rules.NOT_A_BOOLEAN,
    "Not a valid datetime.": rules.NOT_A_TIME,
    "Not a valid aware datetime.": rules.NAIVE_TIME,
    "Not a valid date.": rules.NOT_A_DATE,
}


def field_errors(error: ValidationError, language: str) -> list[dict[str, str]]:
    """Return a flat list of {field, code, message}. `field` is a dotted path with list indexes. The list has at most
    MOST_ERRORS entries, and a path has at most LONGEST_NAME characters, because the caller decides how many unknown
    fields it sends and how long their names are."""
    return list(islice(_walk(error.messages, "", language), MOST_ERRORS))


def _walk(node: Any, path: str, language: str) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _walk(value, path if key == "_schema" else f"{path}.{key}".lstrip("."), language)
    else:
        for message in node if isinstance(node, list) else [node]:
            rule, details = _rule_of(message)
            yield field_error(rule, path[:LONGEST_NAME], language, **details)


def _rule_of(message: object) -> tuple[Rule, dict[str, Any]]:
    if isinstance(message, _Breach):
        return message.rule, message.details
    return _OF_MARSHMALLOW.get(str(message), rules.INVALID), {}
