"""Field errors. They are raised with the broken rule, and shown in the reader's language."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from marshmallow import ValidationError

from chassis.rpc import rules
from chassis.rpc.rules import Rule, field_error

MAX_ERRORS = 50
MAX_PATH_LENGTH = 200


class _RuleMessage(str):
    """An error message for marshmallow that keeps the broken rule and its details. It is a string, because marshmallow
    keeps strings as they are when it merges the messages of several fields."""

    rule: Rule
    details: dict[str, Any]

    @classmethod
    def of(cls, rule: Rule, details: dict[str, Any]) -> "_RuleMessage":
        message = cls(rule.code)
        message.rule, message.details = rule, details
        return message


class FieldError(ValidationError):
    """A field breaks `rule`. A field raises it without `field`; a schema raises it with the name of one of its fields."""

    def __init__(self, rule: Rule, field: str = "_schema", **details: Any) -> None:
        super().__init__([_RuleMessage.of(rule, details)], field)


_RULES_BY_MESSAGE = {
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
    MAX_ERRORS entries, and a path has at most MAX_PATH_LENGTH characters, because the caller decides how many unknown
    fields it sends and how long their names are."""
    return list(islice(_walk(error.messages, "", language), MAX_ERRORS))


def _walk(node: Any, path: str, language: str) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _walk(value, path if key == "_schema" else f"{path}.{key}".lstrip("."), language)
    else:
        for message in node if isinstance(node, list) else [node]:
            rule, details = _rule_of(message)
            yield field_error(rule, path[:MAX_PATH_LENGTH], language, **details)


def _rule_of(message: object) -> tuple[Rule, dict[str, Any]]:
    if isinstance(message, _RuleMessage):
        return message.rule, message.details
    return _RULES_BY_MESSAGE.get(str(message), rules.INVALID), {}
