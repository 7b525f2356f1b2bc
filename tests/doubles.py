"""Doubles of services answer through the services' interfaces, so that they cannot drift from what is really asked and told."""

from collections.abc import Callable
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields

from chassis.rpc.context import CallContext
from chassis.rpc.interface.field_errors import field_errors
from chassis.rpc.refusal import Invalid, Refused
from gateway.api.examples import example_of
from gateway.calls.interfaces import INTERFACES

_VERBS = {verb.address: verb for interface in INTERFACES for verb in interface}


def ask(
    answer: Callable[[dict[str, Any]], Any], service: str, method: str, payload: dict[str, Any], context: CallContext
) -> dict[str, Any]:
    """What `answer(payload)` gives, as JSON. A payload that the verb does not take is refused as the service refuses it; an
    answer that the verb does not give, or a verb that does not exist, fails the test."""
    verb = _VERBS[f"{service}.{method}"]
    try:
        verb.takes.load(payload)
    except ValidationError as error:
        refusal = Invalid(errors=field_errors(error, context.language))
        raise Refused(refusal.code, refusal.kind, refusal.text(context.language), refusal.details) from error
    given: dict[str, Any] = completed(verb.gives, orjson.loads(orjson.dumps(answer(payload))))
    assert not (wrong := verb.gives.validate(given)), f"{verb.address} does not answer so: {wrong}"
    return given


def completed(schema: Schema, given: Any) -> Any:
    """`given` with the interface's own examples for required fields that a test does not care about."""
    if not isinstance(given, dict):
        return given
    fields_by_name = {field.data_key or name: field for name, field in schema.fields.items()}
    examples = example_of(schema)
    missing = {name for name, field in fields_by_name.items() if field.required and name not in given}
    whole = given | {name: examples.get(name) for name in missing}
    return {name: _inner(fields_by_name.get(name), value) for name, value in whole.items()}


def _inner(field: fields.Field[Any] | None, value: Any) -> Any:
    if isinstance(field, fields.List) and isinstance(value, list):
        return [_inner(field.inner, item) for item in value]
    return completed(field.schema, value) if isinstance(field, fields.Nested) else value
