"""Building blocks of answers. A field is always there unless `maybe` says that it may be null or missing."""

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from gateway.api.fields import EXAMPLE_ID, EXAMPLE_TIME


class Given(Schema):
    """An object in an answer; more fields may be added to it in time."""

    class Meta:
        unknown = INCLUDE


def _options(example: Any, maybe: bool, description: str) -> dict[str, Any]:
    metadata = {"example": example} | ({"description": description} if description else {})
    return {"metadata": metadata, "required": not maybe, "allow_none": maybe}


def text(example: str, *, maybe: bool = False, description: str = "") -> fields.String:
    return fields.String(**_options(example, maybe, description))


def word(*choices: str, maybe: bool = False, description: str = "") -> fields.String:
    return fields.String(validate=validate.OneOf(choices), **_options(choices[0], maybe, description))


def number(example: int, *, maybe: bool = False, description: str = "") -> fields.Integer:
    return fields.Integer(**_options(example, maybe, description))


def flag(example: bool = False, *, maybe: bool = False, description: str = "") -> fields.Boolean:
    return fields.Boolean(**_options(example, maybe, description))


def moment(example: str = EXAMPLE_TIME, *, maybe: bool = False, description: str = "") -> fields.AwareDateTime:
    return fields.AwareDateTime(**_options(example, maybe, description))


def ident(example: str = EXAMPLE_ID, *, maybe: bool = False, description: str = "") -> fields.UUID:
    return fields.UUID(**_options(example, maybe, description))


class Names(Given):
    """Text in both languages; English may be missing."""

    zh = fields.String(data_key="zh-CN", required=True, metadata={"example": "汇星党员活动室"})
    en = fields.String(metadata={"example": "Huixing activity room"})


def names(zh: str, en: str, *, maybe: bool = False) -> fields.Nested:
    return fields.Nested(Names, **_options({"zh-CN": zh, "en": en}, maybe, ""))


class Versioned(Given):
    """What every aggregate has."""

    id = ident()
    version = number(1, description="counts changes; also in the ETag")
    community_id = text("liuyi")


def page_of(item: type[Schema], **more: fields.Field[Any]) -> Schema:
    """One page of a list."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(
            required=True, allow_none=True, metadata={"description": "null on the last page", "example": None}
        ),
    }
    return Given.from_dict(members | more, name=f"{item.__name__}Page")()


def list_of(item: type[Schema]) -> Schema:
    """A short list that needs no pages."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(allow_none=True, metadata={"description": "always null", "example": None}),
    }
    return Given.from_dict(members, name=f"{item.__name__}List")()
