"""What RPC takes and gives. Unknown fields are refused; text is trimmed, bounded, and free of control characters."""

import unicodedata
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.cases.coordinates import DATUMS
from services.cases.search import MIN_QUERY
from services.cases.workflow import State

MAX_PHOTOS = 6


class Words(fields.String):
    """Text that people wrote: trimmed; between `least` and `most` characters. Line ends and tabs are kept."""

    def __init__(self, *, most: int, least: int = 1, **rest: Any) -> None:
        super().__init__(validate=validate.Length(least, most), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **rest).strip()
        # Cc: control characters (PostgreSQL keeps no NUL); Cs: halves of surrogate pairs, which UTF-8 cannot hold.
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t" for character in text):
            raise ValidationError("Control characters are not text.")
        return text


class Code(Words):
    """A code or id of reference data."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(most=64, **rest)


class Request(Schema):
    class Meta:
        unknown = RAISE


class Paged(Request):
    limit = fields.Integer(strict=True, load_default=20, validate=validate.Range(1, 100))
    cursor = Words(most=500, allow_none=True)


class Position(Request):
    lat = fields.Float(required=True, validate=validate.Range(-90, 90))
    lon = fields.Float(required=True, validate=validate.Range(-180, 180))
    datum = fields.String(load_default="wgs84", validate=validate.OneOf(DATUMS))


def _distinct(photo_ids: list[Any]) -> None:
    if len(set(photo_ids)) < len(photo_ids):
        raise ValidationError("Each photo can be given once.")


class ReportCase(Request):
    channel = Code(required=True)
    category = Code(required=True)
    text = Words(required=True, most=2000)
    grid_id = Code(allow_none=True)
    address = Words(allow_none=True, most=200)
    location = fields.Nested(Position, allow_none=True)
    photo_ids = fields.List(fields.UUID(), allow_none=True, validate=[validate.Length(max=MAX_PHOTOS), _distinct])
    anonymous = fields.Boolean(allow_none=True)
    resident_id = fields.UUID(allow_none=True)


class OneCase(Request):
    case_id = fields.UUID(required=True)


class FindPhotos(Request):
    photo_ids = fields.List(fields.UUID(), required=True, validate=[validate.Length(1, 100), _distinct])


class CaseHistory(Paged, OneCase):
    pass


class LookUpCase(Request):
    number = Words(required=True, most=40)
    token = Words(required=True, most=100)


class ListCases(Paged):
    scope = fields.String(load_default="mine", validate=validate.OneOf(("mine", "desk")))
    state = fields.String(allow_none=True, validate=validate.OneOf([state.value for state in State]))
    category = Code(allow_none=True)
    grid_id = Code(allow_none=True)
    q = Words(allow_none=True, least=MIN_QUERY, most=60)


class Nothing(Request):
    """For lists that take no filter."""


class Step(OneCase):
    expected_version = fields.Integer(strict=True, allow_none=True)


class AcceptCase(Step):
    category = Code(allow_none=True)
    note = Words(allow_none=True, most=1000)


class DispatchCase(Step):
    department_id = fields.UUID(required=True)
    handler_id = fields.UUID(allow_none=True)
    note = Words(allow_none=True, most=1000)


class ReasonedStep(Step):
    """Decline, return, reopen."""

    reason = Words(required=True, most=1000)


class SettleCase(Step):
    settlement = Words(required=True, most=2000)


class CloseCase(Step):
    satisfied = fields.Boolean(allow_none=True)
    comment = Words(allow_none=True, most=1000)
