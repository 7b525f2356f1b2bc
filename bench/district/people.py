"""Accounts of the gateway: residents with encrypted names and phones and their search terms, staff, systems, the audit log."""

import secrets
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, insert, text
from uuid_utils.compat import uuid7

from bench.district import EVERYWHERE, RESIDENTS, STAFF, community_ids
from chassis.config import settings
from chassis.database.engine import transaction
from gateway.accounts import name_index
from gateway.accounts.models import ROLES, Account, AccountSearch, RoleGrant
from gateway.accounts.personal import PersonalFields
from gateway.accounts.search_index import hashes_of_keys
from gateway.accounts.search_terms import terms_of
from gateway.audit.models import AuditEntry
from gateway.systems.models import System

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀兰霞平刚桂英华玉萍红建国志"
_CHANGES = 50  # entries of the audit log of each community


def fill(engine: Engine, communities: int, now: datetime) -> None:
    personal = PersonalFields(settings().encryption_keys, settings().index_keys)
    with transaction(engine) as session:
        everywhere = _staff(personal, community_ids(1)[0], EVERYWHERE, now) | {"username": EVERYWHERE, "whole_district": True}
        session.execute(insert(Account), [everywhere])
        grants = [{"account_id": everywhere["id"], "role": role, "granted_at": now} for role in ROLES]
        session.execute(insert(RoleGrant), grants)
    for place, community_id in enumerate(community_ids(communities)):
        staff = [_staff(personal, community_id, role, now) for role in STAFF]
        residents = [_resident(personal, community_id, place * RESIDENTS + number, now) for number in range(RESIDENTS)]
        grants = [{"account_id": one["id"], "role": one["username"].split(".")[0], "granted_at": now} for one in staff]
        with transaction(engine) as session:
            session.execute(insert(Account), staff)
            session.execute(insert(RoleGrant), grants)
            session.execute(insert(Account), [account for account, _ in residents])
            session.execute(insert(AccountSearch), [terms for _, terms in residents])
            session.execute(insert(System), [_system(personal, community_id, now)])
            session.execute(insert(AuditEntry), [_entry(staff[-1], number, now) for number in range(_CHANGES)])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _account(personal: PersonalFields, community_id: str, name: str, now: datetime) -> dict[str, Any]:
    who = {"id": uuid7(), "community_id": community_id, "version": 1, "name": personal.seal(name), "key_id": personal.key_id}
    return who | {"language": "zh-CN", "created_at": now}


def _staff(personal: PersonalFields, community_id: str, role: str, now: datetime) -> dict[str, Any]:
    """Nobody signs in with the password: the hash is none."""
    more = {"party": "staff", "username": f"{role}.{community_id}", "password_hash": "!"}
    return _account(personal, community_id, _name(), now) | more


def _resident(personal: PersonalFields, community_id: str, number: int, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    name, phone = _name(), f"+86188{number:08}"
    account = _account(personal, community_id, name, now) | {
        "party": "resident",
        "phone": personal.seal(phone),
        "phone_index": personal.index(phone),
        "name_index": name_index.of(personal, name),
    }
    (terms, *_) = hashes_of_keys(personal, terms_of(name, [phone]))
    return account, {"account_id": account["id"], "key_id": personal.key_id, "terms": terms}


def _system(personal: PersonalFields, community_id: str, now: datetime) -> dict[str, Any]:
    plain = {"id": uuid7(), "community_id": community_id, "version": 1, "name": f"系统 {community_id}", "created_at": now}
    return plain | {"communities": [community_id], "rights": ["bookings:read"], "key_id": personal.key_id}


def _entry(admin: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "at": now,
        "actor_id": admin["id"],
        "actor_party": "staff",
        "kind": "staff",
        "subject_id": str(admin["id"]),
        "label": admin["username"],
        "action": "changed",
        "communities": [admin["community_id"]],
        "version": number + 1,
        "before": {"roles": ["clerk"]},
        "after": {"roles": ["admin"]},
        "correlation_id": uuid4().hex,
    }


def _name() -> str:
    return secrets.choice(_FAMILY) + secrets.choice(_GIVEN) + secrets.choice(_GIVEN)
