"""The community scope of a call, and what it makes of a statement."""

from dataclasses import replace

import orjson
import pytest
from sqlalchemy import column, select

from chassis.database.communities import within
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField

LIUYI, BOTH, NONE = Communities.only("liuyi"), Communities.only("nuanquan", "liuyi"), Communities.only()


def test_a_scope_contains_communities_and_smaller_scopes() -> None:
    assert "liuyi" in LIUYI and "liuyi" in BOTH and "liuyi" in DISTRICT
    assert "nuanquan" not in LIUYI and "liuyi" not in NONE
    assert LIUYI in BOTH and BOTH in DISTRICT and DISTRICT in DISTRICT
    assert BOTH not in LIUYI and DISTRICT not in BOTH


def test_a_call_about_one_community_needs_one() -> None:
    assert LIUYI.one() == "liuyi"
    for several in (BOTH, NONE, DISTRICT):
        with pytest.raises(InvalidField) as refusal:
            several.one()
        [error] = refusal.value.details_for("en")["errors"]
        assert (error["field"], error["code"]) == ("community_id", "one_community")


@pytest.mark.parametrize(
    ("communities", "condition"),
    [
        (LIUYI, "community_id = 'liuyi'"),
        (BOTH, "community_id IN ('liuyi', 'nuanquan')"),
        (NONE, "community_id IN (NULL) AND (1 != 1)"),
    ],
)
def test_a_scope_is_a_condition(communities: Communities, condition: str) -> None:
    statement = select(column("id")).where(within(column("community_id"), communities))
    assert str(statement.compile(compile_kwargs={"literal_binds": True})).endswith(f"WHERE {condition}")


def test_the_whole_district_is_no_condition() -> None:
    assert str(select(column("id")).where(within(column("community_id"), DISTRICT))).endswith("WHERE true")


@pytest.mark.parametrize("communities", [LIUYI, BOTH, NONE, DISTRICT])
def test_a_call_carries_its_scope(communities: Communities) -> None:
    context = replace(CallContext(), communities=communities)
    assert CallContext.from_claims(orjson.loads(orjson.dumps(context.to_claims()))).communities == communities


def test_people_work_in_their_community_and_staff_without_one_in_the_district() -> None:
    assert Identity("a", "staff", community_id="liuyi").reach == LIUYI
    assert Identity("a", "staff").reach == DISTRICT
    assert Identity("a", "resident").reach == Identity().reach == NONE


@pytest.mark.parametrize("works_in", [None, DISTRICT, NONE, Communities.only("north", "south")])
def test_staff_work_where_their_account_says(works_in: Communities | None) -> None:
    identity = Identity("a", "staff", community_id="liuyi", works_in=works_in)
    assert identity.reach == (LIUYI if works_in is None else works_in)
    assert Identity.from_claims(orjson.loads(orjson.dumps(identity.to_claims()))) == identity


def test_the_claims_of_an_older_release_are_read() -> None:
    claims = {"party": "staff", "account_id": "a", "community_id": "liuyi", "roles": ["clerk"]}
    assert Identity.from_claims(claims).reach == LIUYI
    assert Identity("a", "staff", frozenset({"clerk"}), "liuyi").to_claims() == claims
