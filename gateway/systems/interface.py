"""Requests and answers of the API about other systems and their keys."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Count,
    Flag,
    ListOf,
    OneOf,
    Paged,
    Pattern,
    Request,
    Text,
    Versioned,
    flag,
    identifier,
    moment,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.rights import PATTERN
from gateway.systems.keys import DEFAULT_OVERLAP_HOURS, MOST_OVERLAP_HOURS
from gateway.systems.models import CREDENTIALS
from gateway.systems.offered import EXAMPLES, MOST, NOT_A_RIGHT

MOST_REQUESTS = 100_000  # in a minute
STATES = ("active", "ending", "expired", "revoked")  # of a credential


def rights(example: list[str] = EXAMPLES, **options: Any) -> ListOf:
    return ListOf(
        Pattern(PATTERN, NOT_A_RIGHT, example=example[0]),
        most=MOST,
        example=example,
        description="`cases:read`, `cases:write`, `bookings:read`, `bookings:write`, `messages:read`; messages also with "
        "types "
        "(`messages:read:case.*`); each optionally in one community (`@liuyi`)",
        **options,
    )


def _communities() -> ListOf:
    return ListOf(
        Code(example="liuyi"),
        most=200,
        distinct=True,
        example=None,
        description="those that the system reaches; left out: your own community",
    )


class NewSystem(Request):
    name = Text(required=True, most=80, example="12345 热线")
    contact = Text(most=120, example="热线值班室", description="whom to call about it; only admins see it")
    communities = _communities()
    whole_district = Flag(example=None, description="it reaches all communities; for admins of the whole district")
    rights = rights(required=True)
    requests_per_minute = Count(least=1, most=MOST_REQUESTS, example=600, description="default: LINLI_SYSTEM_REQUESTS")


class ChangeSystem(Request):
    """Fields that are left out stay as they are."""

    name = Text(most=80, example="12345 热线")
    contact = Text(most=120, example=None)
    communities = _communities()
    whole_district = Flag(example=None)
    rights = rights()
    requests_per_minute = Count(least=1, most=MOST_REQUESTS, example=None)
    disabled = Flag(example=False, description="true switches the system off at once, false on again")


class ListSystems(Paged):
    q = Text(most=60, example=None, description="a part of the name")


class SystemKey(Answer):
    id = identifier()
    kind = word(CREDENTIALS, description="key: an API key; client: a client of OAuth 2, client credentials")
    label = text("12345 热线")
    prefix = text("lk_1f0c9a3e", description="the beginning of the key; of a client, its client_id")
    state = word(STATES, description="ending: it was replaced, and ends at `expires_at`")
    created_at = moment()
    expires_at = moment(maybe=True, description="null for keys of earlier releases, which do not expire")
    last_used_at = moment(maybe=True, description="with an error of a minute")
    revoked_at = moment(maybe=True)


class MadeSystemKey(SystemKey):
    secret = text("lk_1f0c9a3e_9sT…", description="only in this answer")


class System(Versioned):
    community_id = text("liuyi", description="what its requests are about if they name no community; empty: none")
    name = text("12345 热线")
    contact = text("热线值班室", maybe=True)
    communities = fields.List(
        fields.String(), required=True, metadata={"example": ["liuyi"], "description": "empty for the whole district"}
    )
    whole_district = flag()
    rights = fields.List(fields.String(), required=True, metadata={"example": EXAMPLES})
    requests_per_minute = number(600, maybe=True, description="null: the default of the installation")
    disabled = flag()
    created_at = moment()
    last_used_at = moment(maybe=True)
    keys = fields.List(fields.Nested(SystemKey), required=True)


SYSTEMS = page_of(System)


def _days() -> Count:
    return Count(least=1, most=36_500, example=365, description="default: LINLI_KEY_DAYS; at most LINLI_KEY_DAYS_MOST")


class NewSystemKey(Request):
    kind = OneOf(*CREDENTIALS, load_default="key")
    label = Text(most=80, example="主机房", description="what it is used for; default: the name of the system")
    days = _days()


class ReplaceKey(Request):
    days = _days()
    overlap_hours = Count(
        least=0,
        most=MOST_OVERLAP_HOURS,
        load_default=DEFAULT_OVERLAP_HOURS,
        example=DEFAULT_OVERLAP_HOURS,
        description="how long the old secret still works",
    )


class NewKey(Request):
    label = Text(required=True, most=80, example="12345 热线")
    scopes = rights(["messages:read"], required=True, least=1)
    community_id = Code(example=None, description="one in which you work; by default your own")
    whole_district = Flag(example=False, description="read the messages of all communities; for admins of the whole district")


class Key(Versioned):
    label = text("12345 热线")
    prefix = text("lk_1f0c9a3e")
    system_id = identifier(maybe=True, description="the system that owns the key")
    scopes = fields.List(fields.String(), required=True, metadata={"example": ["messages:read"]})
    whole_district = flag(description="whether it reads the messages of all communities, and not only of its own")
    created_at = moment()
    expires_at = moment(maybe=True)
    last_used_at = moment(maybe=True)
    revoked_at = moment(maybe=True)


class MadeKey(Key):
    secret = text("lk_1f0c9a3e_9sT…", description="only in this answer")


KEYS = page_of(Key)
