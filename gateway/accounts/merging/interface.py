"""Requests and answers of the API about doubles and merging."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Id, Paged, Request, flag, identifier, number, page_of, text
from gateway.accounts.merging.doubles import REASONS


class LikelyDouble(Answer):
    id = identifier()
    name = text("李奶奶", maybe=True)
    birth_year = number(1944, maybe=True)
    claimed = flag(description="its owner uses it; it can only be the one that stays")


class Double(Answer):
    community_id = text("liuyi")
    reasons = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["birth_year"], "description": f"what is the same besides the name: {', '.join(REASONS)}"},
    )
    residents = fields.List(fields.Nested(LikelyDouble), required=True, metadata={"description": "two"})


DOUBLES = page_of(Double)


class ListDoubles(Paged):
    pass


class MergeResidents(Request):
    other_id = Id(required=True, description="the record that is merged into this one. This cannot be undone")
