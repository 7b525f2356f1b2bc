"""Strict parsing of bodies and queries: content type, JSON, then the schema. Errors are listed by field."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from flask import request
from marshmallow import Schema, ValidationError, fields
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from chassis.rpc.interface.field_errors import field_errors
from chassis.rpc.refusal import Invalid
from chassis.rpc.rules import NOT_AN_OBJECT, field_error
from gateway.http import current

MOST_VALUES = 2_000  # in one body; the largest useful body, a year's sessions of a club event, has about 300
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_BOOLEANS = {"true": True, "false": False}


def load(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` loaded by the schema. Raises Invalid with every wrong field, in the reader's language."""
    try:
        loaded: dict[str, Any] = schema.load(values)
    except ValidationError as error:
        raise Invalid(errors=field_errors(error, current.language())) from error
    return loaded


def json_object() -> dict[str, Any]:
    """The JSON object in the request's body. Raises UnsupportedMediaType (415), BadRequest (400) if the body is not JSON,
    RequestEntityTooLarge (413) if it has too many values, and Invalid (422) if the JSON is not an object."""
    if not request.mimetype == "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType()
    try:
        body = orjson.loads(request.get_data(cache=True))
    except orjson.JSONDecodeError as error:
        raise BadRequest() from error
    if _has_more_values_than(MOST_VALUES, body):
        raise RequestEntityTooLarge()
    if not isinstance(body, dict):
        raise Invalid(errors=[field_error(NOT_AN_OBJECT, "", current.language())])
    return body


def query_object(known: Mapping[str, fields.Field[Any]]) -> dict[str, Any]:
    """The request's query. Text is converted to the JSON type of the `known` field. Text that cannot be converted stays text,
    and the field refuses it."""
    return {name: _value(known.get(name), text) for name, text in request.args.items()}


def _value(field: fields.Field[Any] | None, text: str) -> Any:
    if isinstance(field, fields.Integer) and _NUMBER.fullmatch(text):
        return int(text)
    if isinstance(field, fields.Boolean):
        return _BOOLEANS.get(text, text)
    return text


def _has_more_values_than(most: int, body: Any) -> bool:
    """A schema validates every element of a list before it reports that the list is too long. For a megabyte of empty objects
    that took a minute, and no other request was answered. This function stops after `most` values."""
    seen, rest = 0, [body]
    while rest:
        value = rest.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        seen += len(inner)
        if seen > most:
            return True
        rest.extend(inner)
    return False
