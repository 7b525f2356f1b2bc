"""Fields of requests. Each is strict and bounded, and has an example for the documentation."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from marshmallow import RAISE, Schema, fields

from chassis import text as texts
from chassis.demo import demo_id
from chassis.rpc import rules
from chassis.rpc.interface.field_errors import FieldError
from chassis.rpc.rules import Rule

EXAMPLE_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10"
EXAMPLE_TIME = "2026-03-02T09:00:00+08:00"
EXAMPLE_COMMUNITY = "north"
# Calendars and databases can calculate with times in this range.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_CODE = re.compile(r"[A-Za-z0-9._\-]{1,64}")
# Python, JavaScript and JSON Schema validators all understand these anchors. Only Python understands `\Z`.
CODE_PATTERN = f"^{_CODE.pattern}$"


def demo_example(kind: str, name: str) -> str:
    """Return the id of a demo object as an example, so that the requests in the documentation work on a demo
    installation."""
    return str(demo_id(kind, name))


def metadata_of(example: Any, description: str, **more: Any) -> dict[str, Any]:
    """Return a field's metadata for the documentation. Example objects do not contain fields whose example is None."""
    shown = {} if example is None else {"example": example}
    return shown | ({"description": description} if description else {}) | more


class Part(Schema):
    """An object inside a request. Unknown fields are refused. A field that the caller leaves out is not in the loaded
    values, so the use case's default applies."""

    class Meta:
        unknown = RAISE


class Request(Part):
    """The request of a verb."""


class Text(fields.String):
    """Text written by people, cleaned by chassis.text. It has `least` to `most` characters; at least one is visible."""

    def __init__(self, *, most: int, least: int = 1, example: str | None = "…", description: str = "", **rest: Any) -> None:
        bounds = {"minLength": least, "maxLength": most, "pattern": r"\S"}
        super().__init__(metadata=metadata_of(example, description, **bounds), **rest)
        self.most, self.least = most, least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text = texts.cleaned(super()._deserialize(value, attr, data, **rest))
        if texts.has_control_characters(text):
            raise FieldError(rules.CONTROL_CHARACTERS)
        if not texts.is_visible(text):
            raise FieldError(rules.BLANK)
        if len(text) > self.most:
            raise FieldError(rules.TOO_LONG, most=self.most)
        if len(text) < self.least:
            raise FieldError(rules.TOO_SHORT, least=self.least)
        return text


class Code(fields.String):
    """A short code of reference data, such as `north-1`."""

    def __init__(self, *, example: str | None, description: str = "", **rest: Any) -> None:
        super().__init__(metadata=metadata_of(example, description, pattern=CODE_PATTERN), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **rest)
        if not _CODE.fullmatch(code):
            raise FieldError(rules.NOT_A_CODE)
        return code


class Pattern(fields.String):
    """Text that matches the regular expression `pattern` as a whole. Other text breaks `rule`. Write `pattern` without
    anchors, and only with syntax that means the same in JavaScript."""

    def __init__(self, pattern: str, rule: Rule, *, example: str | None, description: str = "", **rest: Any) -> None:
        super().__init__(metadata=metadata_of(example, description, pattern=f"^(?:{pattern})$"), **rest)
        self._matches, self._rule = re.compile(pattern).fullmatch, rule

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest)
        if not self._matches(text):
            raise FieldError(self._rule)
        return text


class Secret(fields.String):
    """A password or key of `least` to `most` characters. It is not cleaned."""

    def __init__(self, *, least: int = 1, most: int, example: str | None = None, description: str = "", **rest: Any) -> None:
        bounds = {"minLength": least, "maxLength": most}
        super().__init__(metadata=metadata_of(example, description, **bounds), **rest)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        secret: str = super()._deserialize(value, attr, data, **rest)
        if len(secret) < self.least:
            raise FieldError(rules.TOO_SHORT, least=self.least)
        if len(secret) > self.most:
            raise FieldError(rules.TOO_LONG, most=self.most)
        return secret


class OneOf(fields.String):
    """A string that is one of `choices`. The first one is its example, unless another or none (None) is given."""

    def __init__(self, *choices: str, example: str | None = "", description: str = "", **rest: Any) -> None:
        shown = choices[0] if example == "" else example
        super().__init__(metadata=metadata_of(shown, description, enum=list(choices)), **rest)
        self.choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        word: str = super()._deserialize(value, attr, data, **rest)
        if word not in self.choices:
            raise FieldError(rules.NOT_A_CHOICE, choices=", ".join(self.choices))
        return word


class Id(fields.UUID):
    """A UUID in its usual form of 36 characters."""

    def __init__(self, *, example: str | None = EXAMPLE_ID, description: str = "", **rest: Any) -> None:
        super().__init__(metadata=metadata_of(example, description), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, str) or len(value) != 36:
            raise FieldError(rules.NOT_AN_ID)
        return super()._deserialize(value, attr, data, **rest)


class Moment(fields.AwareDateTime):
    """A point in time between the years 2000 and 2200, in RFC 3339 with an offset. It is loaded in UTC."""

    def __init__(self, *, example: str | None = EXAMPLE_TIME, description: str = "", **rest: Any) -> None:
        super().__init__(format="iso", metadata=metadata_of(example, description, format="date-time"), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, str) or len(value) > 40:
            raise FieldError(rules.NOT_A_TIME)
        moment = super()._deserialize(value, attr, data, **rest)
        if not _RFC3339.fullmatch(value):
            raise FieldError(rules.NOT_A_TIME)
        if not EARLIEST <= moment <= LATEST:
            raise FieldError(rules.OUT_OF_RANGE, least=EARLIEST.year, most=LATEST.year)
        return moment.astimezone(UTC)


class Count(fields.Integer):
    """A whole number from `least` to `most`."""

    def __init__(
        self, *, least: int = 0, most: int = 2**31 - 1, example: int | None = 1, description: str = "", **rest: Any
    ) -> None:
        bounds = {"minimum": least, "maximum": most}
        super().__init__(strict=True, metadata=metadata_of(example, description, **bounds), **rest)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> int:
        if isinstance(value, (str, bool)):
            raise FieldError(rules.NOT_A_NUMBER)
        number = super()._deserialize(value, attr, data, **rest)
        if not self.least <= number <= self.most:
            raise FieldError(rules.OUT_OF_RANGE, least=self.least, most=self.most)
        return int(number)


class Decimal(fields.Float):
    """A finite number from `least` to `most`."""

    def __init__(self, *, least: float, most: float, example: float, description: str = "", **rest: Any) -> None:
        bounds = {"minimum": least, "maximum": most}
        super().__init__(allow_nan=False, metadata=metadata_of(example, description, **bounds), **rest)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> float:
        if isinstance(value, (str, bool)):
            raise FieldError(rules.NOT_A_DECIMAL)
        number = super()._deserialize(value, attr, data, **rest)
        if not self.least <= number <= self.most:
            raise FieldError(rules.OUT_OF_RANGE, least=self.least, most=self.most)
        return float(number)


class Flag(fields.Boolean):
    """true or false. Numbers and strings such as 1 or "true" are refused."""

    def __init__(self, *, example: bool | None = True, description: str = "", **rest: Any) -> None:
        super().__init__(metadata=metadata_of(example, description), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> bool:
        if not isinstance(value, bool):  # not a set of allowed values: 1 == True, so 1 would be in it
            raise FieldError(rules.NOT_A_BOOLEAN)
        return value


class ListOf(fields.List[Any]):
    """A list of `least` to `most` items. With `distinct`, no item may occur twice."""

    def __init__(
        self,
        inner: fields.Field[Any],
        *,
        most: int,
        least: int = 0,
        distinct: bool = False,
        example: Any = None,
        description: str = "",
        **rest: Any,
    ) -> None:
        bounds = {"minItems": least, "maxItems": most, "uniqueItems": distinct}
        super().__init__(inner, metadata=metadata_of(example, description, **bounds), **rest)
        self.most, self.least, self.distinct = most, least, distinct

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> list[Any]:
        # The length is checked first. marshmallow would load every item of a huge list before it counts them.
        if isinstance(value, list) and len(value) > self.most:
            raise FieldError(rules.TOO_MANY, most=self.most)
        items: list[Any] = super()._deserialize(value, attr, data, **rest)
        if len(items) < self.least:
            raise FieldError(rules.TOO_FEW, least=self.least)
        if self.distinct and len(set(items)) < len(items):
            raise FieldError(rules.DUPLICATE)
        return items


class _Languages(Part):
    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return obj.get("zh-CN" if attr == "zh" else attr, default)


@cache
def _languages(most: int) -> type[Schema]:
    members: dict[str, Any] = {
        "zh": Text(most=most, data_key="zh-CN", attribute="zh-CN", required=True),
        "en": Text(most=most),
    }
    return _Languages.from_dict(members, name=f"Bilingual{most}")


class Bilingual(fields.Nested):
    """A text in Chinese and English, at most `most` characters each. English may be missing. It is loaded as
    {"zh-CN": …, "en": …}."""

    def __init__(self, *, most: int, zh: str, en: str, description: str = "", **rest: Any) -> None:
        super().__init__(_languages(most), metadata=metadata_of({"zh-CN": zh, "en": en}, description), **rest)


class Paged(Request):
    """The request of a list."""

    limit = Count(least=1, most=100, example=20, load_default=20, description="items per page")
    cursor = Text(most=500, example=None, description="`next_cursor` of the previous page")


class Expecting(Request):
    """The request of a change to a stored object. `expected_version` is the version that the caller saw (If-Match over
    HTTP)."""

    expected_version = Count(least=1, example=None)


def check_order(data: Mapping[str, Any], earlier: str, later: str, *, names: Mapping[str, str] = {}) -> None:
    """Raises FieldError for the field `later` if its value is not after the value of `earlier`. Either field may be
    missing. `names` maps a field to its name on the wire, where the two differ."""
    first, second = data.get(earlier), data.get(later)
    if first is not None and second is not None and second <= first:
        raise FieldError(rules.NOT_IN_ORDER, names.get(later, later), other=names.get(earlier, earlier))
