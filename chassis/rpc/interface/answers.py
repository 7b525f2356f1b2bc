"""Fields of answers. A field is always there unless `maybe` says that it can be null or missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from inspect import ismethod
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from chassis.rpc.identity import Identity
from chassis.rpc.interface.fields import EXAMPLE_ID, EXAMPLE_TIME, metadata_of

_caller: ContextVar[tuple[Identity, datetime]] = ContextVar("caller")


class Answer(Schema):
    """An object in an answer. A field whose name is a method of the dumped object gets what the method returns for the
    caller: `booking.can(acting, now)`. Readers accept more fields than they know, so that fields can be added later."""

    class Meta:
        unknown = INCLUDE

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        value = super().get_attribute(obj, attr, default)
        return value(*_caller.get()) if ismethod(value) else value


@contextmanager
def answering(acting: Identity, now: datetime) -> Iterator[None]:
    """Inside the block, answers are dumped for this caller."""
    token = _caller.set((acting, now))
    try:
        yield
    finally:
        _caller.reset(token)


def _options(example: Any, maybe: bool, description: str, **more: Any) -> dict[str, Any]:
    return {"metadata": metadata_of(example, description, **more), "required": not maybe, "allow_none": maybe}


def text(example: str, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.String:
    return fields.String(**_options(example, maybe, description), **rest)


def word(*choices: str, maybe: bool = False, description: str = "", **rest: Any) -> fields.String:
    """One word of a list."""
    return fields.String(validate=validate.OneOf(choices), **_options(choices[0], maybe, description), **rest)


def number(example: int, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.Integer:
    return fields.Integer(**_options(example, maybe, description), **rest)


def flag(example: bool = False, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.Boolean:
    return fields.Boolean(**_options(example, maybe, description), **rest)


def moment(example: str = EXAMPLE_TIME, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.AwareDateTime:
    """A point in time, RFC 3339 with an offset."""
    return fields.AwareDateTime(**_options(example, maybe, description), **rest)


def identifier(example: str = EXAMPLE_ID, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.UUID:
    return fields.UUID(**_options(example, maybe, description), **rest)


class Names(Answer):
    """Text in both languages; English may be missing."""

    zh = fields.String(data_key="zh-CN", required=True, metadata={"example": "汇星党员活动室"})
    en = fields.String(metadata={"example": "Huixing activity room"})


class _Names(fields.Nested):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **rest: Any) -> Any:  # type: ignore[override]
        return value  # stored as it is shown


def names(zh: str, en: str, *, maybe: bool = False, description: str = "", **rest: Any) -> fields.Nested:
    """Text in both languages, as {"zh-CN": …, "en": …}."""
    return _Names(Names, **_options({"zh-CN": zh, "en": en}, maybe, description), **rest)


class Versioned(Answer):
    """What every aggregate has."""

    id = identifier()
    version = number(1, description="counts changes; also in the ETag")
    community_id = text("liuyi")


def page_of(item: type[Schema], **more: fields.Field[Any]) -> Schema:
    """One page of a list; dumps a chassis.database.pagination.Page."""
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
    """A short list that needs no pages; dumps any iterable."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(allow_none=True, metadata={"example": None, "description": "always null"}),
    }
    return _List.from_dict(members, name=f"{item.__name__}List")()
