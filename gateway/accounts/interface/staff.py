"""Staff, for those who work with them and for admins."""

import re

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Flag,
    ListOf,
    OneOf,
    Paged,
    Pattern,
    Request,
    Rule,
    Text,
    Versioned,
    flag,
    moment,
    page_of,
    text,
    word,
)
from gateway.accounts.interface.passwords import new_password
from gateway.accounts.models import ROLES, STATES

USERNAME = re.compile(r"[a-z][a-z0-9._\-]{1,31}")
BAD_USERNAME = Rule(
    "bad_username",
    "2 to 32 lowercase letters, digits, dots, dashes or underscores, beginning with a letter.",
    "2 至 32 个小写字母、数字、点、横线或下划线，以字母开头。",
)


def communities_of_staff() -> ListOf:
    return ListOf(
        Code(example="liuyi"),
        most=200,
        distinct=True,
        example=None,
        description="where they work; left out: your own community",
    )


def departments_of_handler() -> ListOf:
    return ListOf(
        Code(example="public-works"), most=50, distinct=True, example=[], description="codes of departments, for handlers"
    )


class Staff(Versioned):
    username = text("handler")
    name = text("承办人", maybe=True)
    roles = fields.List(fields.String(), required=True, metadata={"example": ["handler"]})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    departments = fields.List(
        fields.String(), required=True, metadata={"example": [], "description": "codes of the departments of a handler"}
    )
    communities = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["liuyi"], "description": "where they work; empty for the district"},
    )
    whole_district = flag(description="whether they work in all communities")
    disabled = flag()
    state = word(STATES, description="invited: they have not chosen a password yet")
    factors = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"example": ["passkey", "totp"], "description": "kinds of second factors; null: only admins see them"},
    )


STAFF = page_of(Staff)


class LinkSubject(Request):
    subject = Text(
        required=True, allow_none=True, most=255, example="248289761001", description="`sub` of the provider; null: none"
    )


class Invitation(Answer):
    token = text("9sT…", description="only in this answer")
    link = text("https://linli.example/invitation?token=9sT…", description="the page on which the person chooses a password")
    expires_at = moment()


class AddedStaff(Staff):
    invitation = fields.Nested(
        Invitation, required=True, allow_none=True, metadata={"description": "null if the request had a password"}
    )


class ChangeStaff(Request):
    roles = ListOf(OneOf(*ROLES), most=len(ROLES), example=["handler"])
    grids = ListOf(Code(example="liuyi-1"), most=50, example=[])
    departments = departments_of_handler()
    communities = communities_of_staff()
    whole_district = Flag(example=None)
    name = Text(most=40, example=None)
    disabled = Flag(example=False)
    password = new_password(example="a-long-first-password")


class NewStaff(Request):
    username = Pattern(USERNAME.pattern, BAD_USERNAME, required=True, example="zhao.lei")
    name = Text(required=True, most=40, example="赵磊")
    password = new_password(example=None, description="left out: the answer has the link of an invitation")
    roles = ListOf(OneOf(*ROLES), required=True, most=len(ROLES), example=["handler"])
    grids = ListOf(Code(example="liuyi-1"), most=50, example=[])
    departments = departments_of_handler()
    communities = communities_of_staff()
    whole_district = Flag(example=None, description="let them work in all communities")


class ListStaff(Paged):
    role = OneOf(*ROLES)
    community_id = Code(example=None, description="who work in this community")
    department = Code(example=None, description="handlers of this department, by its code")
    state = OneOf(*STATES)
    second_factor = OneOf(
        "with", "without", example=None, description="with or without a passkey or an authenticator; for admins"
    )
    q = Text(most=60, example=None, description="a part of the user name or of the name")
