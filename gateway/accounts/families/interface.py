"""Requests and answers of the API about households, children and guardians."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Count,
    FieldError,
    Id,
    ListOf,
    Request,
    Rule,
    Text,
    Versioned,
    demo_example,
    flag,
    identifier,
    list_of,
    moment,
    number,
    text,
)
from gateway.accounts.families.households import MOST_MEMBERS

ONE_WAY_IN = Rule("one_way_in", "Send a code or an invitation_id.", "请提供邀请码或邀请编号之一。")


class Member(Answer):
    id = identifier()
    name = text("王秀英", maybe=True)
    is_child = flag()


class KnownMember(Member):
    birth_year = number(1948, maybe=True)


class Household(Versioned):
    """A household, for staff."""

    address = text("六一路18号3单元201", maybe=True, description="a note")
    members = fields.List(fields.Nested(KnownMember), required=True)


class OwnHousehold(Answer):
    id = identifier()
    address = text("六一路18号3单元201", maybe=True, description="a note of the community's staff")
    members = fields.List(fields.Nested(Member), required=True)


class NewHousehold(Request):
    members = ListOf(Id(), required=True, least=1, most=MOST_MEMBERS, distinct=True, example=[demo_example("account", "li")])
    address = Text(most=200, example="六一路18号3单元201")


class DescribeHousehold(Request):
    address = Text(most=200, example="六一路18号3单元202", description="left out: it is removed")


class AddMember(Request):
    account_id = Id(required=True, example=demo_example("account", "zhang"))


class Invite(Request):
    phone = Text(most=32, example=None, description="of the person; left out: the answer has a code to pass on")


class HouseholdInvitation(Answer):
    id = identifier()
    code = text("7KQ2MX9B", maybe=True, description="only in this answer")
    expires_at = moment()


class WaitingInvitation(Answer):
    id = identifier()
    by = text("张敏", description="who invites you; may be empty")


class JoinHousehold(Request):
    code = Text(most=16, example="7KQ2MX9B")
    invitation_id = Id(example=None)

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise FieldError(ONE_WAY_IN)


class Child(Answer):
    id = identifier()
    name = text("小明", maybe=True)
    birth_year = number(2018)
    until = number(2036, description="you act for the child until the end of this year")


class NewChild(Request):
    name = Text(required=True, most=40, example="小明")
    birth_year = Count(required=True, least=1900, most=2200, example=2018)


class Guardian(Answer):
    id = identifier()
    name = text("张敏", maybe=True)


class AddGuardian(Request):
    guardian_id = Id(required=True, example=demo_example("account", "li"))


CHILDREN, GUARDIANS, WAITING = list_of(Child), list_of(Guardian), list_of(WaitingInvitation)
