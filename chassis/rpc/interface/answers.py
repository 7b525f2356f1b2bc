"""Fields of answers. A field with `maybe` can be null or missing. Every other field is always present. A field with a `label`
can be shown on pages by `parts/facts.html` of the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from inspect import ismethod
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from chassis.rpc.identity import Identity
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY, EXAMPLE_ID, EXAMPLE_TIME, metadata_of

_caller: ContextVar[tuple[Identity, datetime]] = ContextVar("caller")


class Answer(Schema):
    """An object in an answer. If the dumped object has a method with the name of a field, the field gets the result of
    calling it for the caller: `booking.can(acting, now)`. Loading accepts unknown fields, so that fields can be added
    later."""

    class Meta:
        unknown = INCLUDE

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        value = super().get_attribute(obj, attr, default)
        return value(*_caller.get()) if ismethod(value) else value


@contextmanager
def caller_context(acting: Identity, now: datetime) -> Iterator[None]:
    """Inside the block, answers are dumped for the caller `acting` at the time `now`."""
    token = _caller.set((acting, now))
    try:
        yield
    finally:
        _caller.reset(token)


Label = tuple[str, str] | None  # what a page calls the field, in Chinese and in English


def _options(example: Any, maybe: bool, description: str, label: Label, **more: Any) -> dict[str, Any]:
    if label:
        more["label"] = {"zh-CN": label[0], "en": label[1]}
    return {"metadata": metadata_of(example, description, **more), "required": not maybe, "allow_none": maybe}


def text(example: str, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any) -> fields.String:
    """A string."""
    return fields.String(**_options(example, maybe, description, label), **rest)


def word(
    choices: tuple[str, ...], *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any
) -> fields.String:
    """A string that is one of `choices`."""
    options = _options(choices[0], maybe, description, label, choices=choices)
    return fields.String(validate=validate.OneOf(choices), **options, **rest)


def number(example: int, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any) -> fields.Integer:
    """A whole number."""
    return fields.Integer(**_options(example, maybe, description, label), **rest)


def flag(
    example: bool = False, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any
) -> fields.Boolean:
    """true or false."""
    return fields.Boolean(**_options(example, maybe, description, label), **rest)


def moment(
    example: str = EXAMPLE_TIME, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any
) -> fields.AwareDateTime:
    """A point in time, in RFC 3339 with an offset."""
    return fields.AwareDateTime(**_options(example, maybe, description, label), **rest)


def identifier(
    example: str = EXAMPLE_ID, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any
) -> fields.UUID:
    """The id of a thing, a UUID."""
    return fields.UUID(**_options(example, maybe, description, label), **rest)


class Names(Answer):
    """A text in Chinese and English. English may be missing."""

    zh = fields.String(data_key="zh-CN", required=True, metadata={"example": "名称"})
    en = fields.String(metadata={"example": "Name"})


class _Names(fields.Nested):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **rest: Any) -> Any:  # type: ignore[override]
        return value  # the stored form is the answer's form


def names(zh: str, en: str, *, maybe: bool = False, description: str = "", label: Label = None, **rest: Any) -> fields.Nested:
    """A text in both languages, as {"zh-CN": …, "en": …}."""
    return _Names(Names, **_options({"zh-CN": zh, "en": en}, maybe, description, label), **rest)


class Versioned(Answer):
    """The fields that every aggregate has."""

    id = identifier()
    version = number(1, description="counts changes; also in the ETag")
    community_id = text(EXAMPLE_COMMUNITY)


def page_of(item: type[Schema], **more: fields.Field[Any]) -> Schema:
    """Return the schema of one page of a list. It dumps a chassis.database.pagination.Page."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(
            required=True, allow_none=True, metadata={"example": None, "description": "null on the last page"}
        ),
    }
    return Answer.from_dict(members | more, name=f"{item.__name__}Page")()


class _List(Answer):
    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return super().dump({"items": obj, "next_cursor": None}, many=many)


def list_of(item: type[Schema]) -> Schema:
    """Return the schema of a short list without pages. It dumps any iterable."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(allow_none=True, metadata={"example": None, "description": "always null"}),
    }
    return _List.from_dict(members, name=f"{item.__name__}List")()
