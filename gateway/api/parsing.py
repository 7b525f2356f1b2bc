"""Reads bodies and queries strictly: content type, JSON, then the schema. Says what is wrong field by field."""

from typing import Any, NoReturn

import orjson
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from chassis.rpc.interface.field_errors import field_errors
from chassis.rpc.refusal import Invalid
from gateway.http import current

MOST_VALUES = 2_000  # in one body; the largest that means anything, a year's sessions of a club event, has some 300


class StrictParser(FlaskParser):
    """Raises UnsupportedMediaType (415), BadRequest (400), RequestEntityTooLarge (413) or Invalid (422)."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs' own way of saying it
        "json": RAISE,
        "query": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        if not req.mimetype == "application/json" and not req.mimetype.endswith("+json"):
            raise UnsupportedMediaType()
        try:
            body = orjson.loads(req.get_data(cache=True))
        except orjson.JSONDecodeError as error:
            raise BadRequest() from error
        if _holds_more_than(MOST_VALUES, body):
            raise RequestEntityTooLarge()
        if not isinstance(body, dict):
            raise Invalid(errors=[{"field": "", "code": "not_an_object", "message": "The body must be a JSON object."}])
        return body

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        # webargs files the messages under the location; the caller knows where it put what.
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) and len(messages) == 1 else messages
        raise Invalid(errors=field_errors(ValidationError(inner), current.language()))


def _holds_more_than(most: int, body: Any) -> bool:
    """Schemas look at every element of a list before they say that it is too long, and nobody else is served meanwhile: a
    megabyte of empty objects took a minute. This looks at `most` of them."""
    seen, rest = 0, [body]
    while rest:
        value = rest.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        seen += len(inner)
        if seen > most:
            return True
        rest.extend(inner)
    return False
