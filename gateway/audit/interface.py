"""Requests and answers of the API about the audit log."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Code,
    Id,
    Moment,
    OneOf,
    Paged,
    check_order,
    identifier,
    moment,
    number,
    page_of,
    text,
    word,
)
from gateway.audit.models import ACTIONS, KINDS

PARTIES = ("staff", "system")


class Entry(Answer):
    id = identifier()
    at = moment()
    actor_id = identifier(maybe=True, description="the account that made the change; null for a command of the operator")
    actor_name = text("何伟", maybe=True)
    actor_party = word(PARTIES)
    kind = word(KINDS)
    subject_id = text("0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10", description="what was changed")
    label = text("zhao.lei", description="what was changed, for people")
    action = word(ACTIONS)
    communities = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"example": ["liuyi"], "description": "null: the whole district"},
    )
    version = number(2, maybe=True, description="of what was changed, after the change")
    before = fields.Dict(
        required=True, allow_none=True, metadata={"example": {"roles": ["clerk"]}, "description": "null: it was new"}
    )
    after = fields.Dict(required=True, allow_none=True, metadata={"example": {"roles": ["handler"]}})
    correlation_id = text("0199d3a07c1e7a529d5b3f1c2b6a4e10", description="the X-Request-ID of the request")


ENTRIES = page_of(Entry)


class ListEntries(Paged):
    kind = OneOf(*KINDS, example=None)
    subject_id = Code(example=None)
    actor_id = Id(example=None)
    start = Moment(example=None, description="not before")
    end = Moment(example=None, description="before")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end")
