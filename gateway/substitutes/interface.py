"""Requests and answers of the API about substitutes during leave."""

from typing import Any

from marshmallow import validates_schema

from chassis.rpc.interface import (
    Answer,
    Id,
    Moment,
    Request,
    Versioned,
    check_order,
    flag,
    identifier,
    list_of,
    moment,
    text,
)
from chassis.rpc.interface.fields import demo_example


class SubstitutionAnswer(Versioned):
    account_id = identifier(description="who is on leave")
    account_name = text("孙立", maybe=True)
    substitute_id = identifier(description="who does their work meanwhile")
    substitute_name = text("周海燕", maybe=True)
    starts_at = moment()
    ends_at = moment()
    over = flag(False, description="whether it has ended or was called off")


class Candidate(Answer):
    id = identifier()
    name = text("周海燕", maybe=True)


SUBSTITUTION = SubstitutionAnswer()
SUBSTITUTIONS = list_of(SubstitutionAnswer)
CANDIDATES = list_of(Candidate)


class OfAccount(Request):
    account_id = Id(example=None, description="a colleague, for admins; left out: yourself")


class NewSubstitution(OfAccount):
    substitute_id = Id(required=True, example=demo_example("account", "admin"))
    starts_at = Moment(required=True, example="2026-11-29T16:00:00+00:00")
    ends_at = Moment(required=True, example="2026-12-06T16:00:00+00:00")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")
