"""The payload of a verb from an HTTP request: ids in the path, the query or the body, and the version in If-Match.

This module only handles HTTP: content type, JSON, and numbers and booleans in a query. The service validates the fields.
"""

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import fields

from chassis.rpc.interface import Verb
from chassis.rpc.refusal import Invalid, VersionMismatch
from chassis.rpc.rules import UNKNOWN_FIELD, field_error
from gateway.api.answers import expected_version
from gateway.api.parsing import json_object, load, query_object
from gateway.http import current

VERSION = "expected_version"


def remaining_fields(verb: Verb, taken: set[str]) -> dict[str, fields.Field[Any]]:
    """The fields of the verb by their names on the wire, without `taken`: those from the path or a header, and hidden ones."""
    return {field.data_key or name: field for name, field in verb.takes.fields.items() if name not in taken | {VERSION}}


def payload_of(verb: Verb, path: Mapping[str, Any], hidden: set[str], but: set[str]) -> dict[str, Any]:
    """The payload by the names on the wire, without the parameters of the query in `but`. Raises the errors of json_object,
    Invalid if the body has a field that the path or a header gives, and VersionMismatch if If-Match is not one of our ETags and
    all fields are valid."""
    open_fields = remaining_fields(verb, set(path) | hidden)
    given = _sent_fields(open_fields, but)
    _refuse_fields(
        {name for name, field in verb.takes.fields.items() if (field.data_key or name) not in open_fields} & given.keys()
    )
    payload = given | {name: str(value) for name, value in path.items()}
    if VERSION in verb.takes.fields:
        try:
            payload |= expected_version()
        except VersionMismatch:
            load(verb.takes, payload)  # so that a wrong field is reported before a wrong ETag
            raise
    return payload


def _sent_fields(open_fields: Mapping[str, fields.Field[Any]], but: set[str]) -> dict[str, Any]:
    if not open_fields:
        return {}
    if request.method not in ("GET", "DELETE"):
        return json_object()
    return {name: value for name, value in query_object(open_fields).items() if name not in but}


def _refuse_fields(names: set[str]) -> None:
    if names:
        raise Invalid(errors=[field_error(UNKNOWN_FIELD, name, current.language()) for name in sorted(names)])
