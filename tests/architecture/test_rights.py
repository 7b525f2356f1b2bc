"""No operation of the API can forget what other systems may do: it is closed to them unless it names a right. And a right that
an admin can give opens something."""

import re

import pytest
from flask import Flask, g

from chassis.rpc.communities import DISTRICT
from chassis.rpc.identity import Identity
from chassis.rpc.rights import Right
from gateway.api import access, resource
from gateway.api.access import Access
from gateway.http.current import Access as RequestAccess
from gateway.refusals.systems import KeyNotEnough
from gateway.systems.offered import RIGHTS
from tests.architecture.tree import ROOT, python_files

SYSTEM = Identity(party="system", system_id="0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10", works_in=DISTRICT)
# Every way in which an operation can say who may use it.
ACCESS = {
    "anyone": access.ANYONE,
    "maybe signed in": access.MAYBE_SIGNED_IN,
    "signed in": access.SIGNED_IN,
    "any staff": access.ANY_STAFF,
    "admins": access.staff("admin"),
}


def rights_of_operations() -> set[str]:
    import orjson

    from gateway.api.command import document

    paths = orjson.loads(document())["paths"]
    return {
        right
        for item in paths.values()
        for name, operation in item.items()
        if name != "parameters"
        for way in operation["security"]
        for right in way.get("oauth2", ())
    }


def test_the_rights_of_operations_are_those_that_admins_can_give() -> None:
    needed = rights_of_operations()
    assert needed == set(RIGHTS)
    for right in needed:
        assert str(Right.parse(right)) == right


def may(who: Access, method: str, *scopes: str) -> bool:
    with Flask(__name__).test_request_context("/", method=method):
        identity = Identity(party="system", system_id=SYSTEM.system_id, works_in=DISTRICT, scopes=frozenset(scopes))
        g.access = RequestAccess(identity, "api_key")
        try:
            who.check()
        except KeyNotEnough:
            return False
        return True


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_operation_that_says_nothing_about_systems_is_closed_to_them(name: str, method: str) -> None:
    """Also with all rights there are. What every visitor may read is open."""
    public = ACCESS[name].for_visitors and method == "GET"
    assert may(ACCESS[name], method, *RIGHTS, "gateway") is public


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_named_right_opens_it(method: str) -> None:
    who = access.SIGNED_IN.or_system("cases:read", "cases:write")
    assert may(who, method, "cases:write") and may(who, method, "cases:read@liuyi")
    assert not may(who, method, "bookings:read") and not may(who, method)


def test_access_is_checked_in_one_place() -> None:
    """Every operation passes `_guarded`, and nothing else in the API asks what a system may do."""
    assert "operation.needs.check()" in (ROOT / "gateway/api/resource.py").read_text()
    assert resource._guarded
    asking = [
        file.name
        for file in python_files("gateway/api", "gateway/operations", "gateway/web")
        if re.search(r"identity(\(\))?\.(scopes|reach_of)", file.read_text())
    ]
    assert asking == ["access.py"]
