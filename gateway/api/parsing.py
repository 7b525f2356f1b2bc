"""Reads bodies and queries strictly: content type, JSON, then the schema. Says what is wrong field by field."""

from typing import Any, NoReturn

import orjson
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from chassis.refusal import Invalid
from chassis.service import field_errors


class StrictParser(FlaskParser):
    """Raises UnsupportedMediaType (415), BadRequest (400) or Invalid (422)."""

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
        if not isinstance(body, dict):
            raise Invalid(errors=[{"field": "", "code": "not_an_object", "message": "The body must be a JSON object."}])
        return body

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        # webargs files the messages under the location; the caller knows where it put what.
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) and len(messages) == 1 else messages
        raise Invalid(errors=field_errors(ValidationError(inner)))
