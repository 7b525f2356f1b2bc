"""Facts on pages: a field of an answer with its label. The label and the word list of the field are in the interface."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import Answer, Words
from gateway.web import times
from gateway.web.labels import label, localized


def fact_label(answer: type[Answer], name: str) -> str:
    """The label of the field `name` in the page's language. Raises KeyError if the interface gives it none."""
    return localized(_field(answer, name).metadata["label"])


def fact_value(value: Any, answer: type[Answer], name: str) -> str:
    """The value of the field `name` as a page shows it. Empty if there is none."""
    field = _field(answer, name)
    if value is None or value == "":
        return ""
    if isinstance(field, fields.AwareDateTime):
        return times.moment(value)
    choices = field.metadata.get("choices")
    if isinstance(choices, Words):
        return label(choices, value)
    return localized(value) if isinstance(value, dict) else str(value)


def _field(answer: type[Answer], name: str) -> fields.Field[Any]:
    return answer._declared_fields[name]
