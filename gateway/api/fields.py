"""Fields as the API takes and gives them: strict, bounded, each with an example for the documentation."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.demo import demo_id

EXAMPLE_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10"
EXAMPLE_TIME = "2026-03-02T09:00:00+08:00"
SECTIONS = ("convenience", "neighbour", "smart", "elders")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def of_demo(kind: str, name: str) -> str:
    """Id of a thing of the demo: whoever pastes the example there is understood."""
    return str(demo_id(kind, name))


def _shown(example: Any) -> dict[str, Any]:
    """Metadata of a field; without an example it is left out of examples."""
    return {} if example is None else {"example": example}


class Shape(Schema):
    """A JSON object. Fields that are not listed are refused."""

    class Meta:
        unknown = RAISE


class Words(fields.String):
    """Text that people wrote: trimmed, of `least` to `most` characters, free of control characters."""

    def __init__(self, *, most: int, least: int = 1, example: str | None = "…", **rest: Any) -> None:
        metadata = _shown(example) | {"pattern": r"\S"} | rest.pop("metadata", {})
        super().__init__(validate=validate.Length(least, most), metadata=metadata, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest).strip()
        if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text):
            raise ValidationError("Control characters are not text.")
        return text


class Code(fields.String):
    """A short code of reference data, such as `liuyi-1`."""

    PATTERN = r"^[A-Za-z0-9._\-]{1,64}$"

    def __init__(self, *, example: str, **rest: Any) -> None:
        metadata = {"example": example} | rest.pop("metadata", {})
        super().__init__(validate=validate.Regexp(self.PATTERN + r"\Z"), metadata=metadata, **rest)


class OneOf(fields.String):
    """One of a few words."""

    def __init__(self, *choices: str, example: str | None = None, **rest: Any) -> None:
        metadata = {"example": example or choices[0]} | rest.pop("metadata", {})
        super().__init__(validate=validate.OneOf(choices), metadata=metadata, **rest)


class Id(fields.UUID):
    """The id of a thing."""

    def __init__(self, *, example: str | None = EXAMPLE_ID, **rest: Any) -> None:
        super().__init__(metadata=_shown(example) | rest.pop("metadata", {}), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, str) or len(value) != 36:
            raise self.make_error("invalid_uuid")
        return super()._deserialize(value, attr, data, **rest)


class Moment(fields.AwareDateTime):
    """A point in time, RFC 3339 with offset; naive times are refused."""

    def __init__(self, *, example: str = EXAMPLE_TIME, **rest: Any) -> None:
        metadata = {"example": example, "format": "date-time"} | rest.pop("metadata", {})
        super().__init__(metadata=metadata, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        moment = super()._deserialize(value, attr, data, **rest)
        if not _RFC3339.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        if not _EARLIEST <= moment <= _LATEST:
            raise ValidationError("Must be between the years 2000 and 2200.")
        return moment


class Count(fields.Integer):
    """A whole number from `least` to `most`. `strict=False` reads the text of a query."""

    def __init__(self, *, least: int = 0, most: int = 2**31 - 1, example: int = 1, strict: bool = True, **rest: Any) -> None:
        metadata = {"example": example} | rest.pop("metadata", {})
        super().__init__(strict=strict, validate=validate.Range(least, most), metadata=metadata, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if isinstance(value, str) and (self.strict or not re.fullmatch(r"-?[0-9]{1,10}", value)):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **rest)


class Flag(fields.Boolean):
    """true or false, and nothing that only looks like it. `strict=False` reads the text of a query."""

    truthy = {True, "true"}  # noqa: RUF012 - marshmallow's own way of saying it
    falsy = {False, "false"}  # noqa: RUF012

    def __init__(self, *, example: bool = True, strict: bool = True, **rest: Any) -> None:
        super().__init__(metadata={"example": example} | rest.pop("metadata", {}), **rest)
        self.strict = strict

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if self.strict and not isinstance(value, bool):  # 1 is a member of {True}, too
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **rest)


class Bilingual(Shape):
    """A name or text in both languages; English may be missing."""

    zh = Words(most=4000, example="汇星党员活动室", data_key="zh-CN", attribute="zh-CN", required=True)
    en = Words(most=4000, example="Huixing activity room")


class Paged(Shape):
    """Query of every list."""

    limit = Count(least=1, most=100, example=20, strict=False, load_default=20, metadata={"description": "items per page"})
    cursor = Words(most=500, example="WzFd", metadata={"description": "`next_cursor` of the page before"})
