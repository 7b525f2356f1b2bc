"""Who is on leave, and who is told meanwhile."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.background.expiry import delete_expired
from chassis.database.engine import transaction
from services.notify import upkeep
from services.notify.recipients import substitutes
from tests.integration.notify.conftest import NOW, Post, account_id, case, resident

ROADS = {"zh-CN": "市政养护所", "en": "Public works"}
LEAVE: dict[str, Any] = {
    "substitution_id": uuid4(),
    "account_id": account_id("handler"),
    "substitute_id": account_id("mediator"),
    "starts_at": NOW,
    "ends_at": NOW + timedelta(days=2),
    "version": 1,
}


def keep(post: Post, **over: Any) -> None:
    with transaction(post.engine) as session:
        substitutes.keep(session, community_id="liuyi", **LEAVE | over)


def told(post: Post, days: float, type_: str = "case.dispatched.v1") -> dict[UUID, str]:
    """The template by account, of a case that is dispatched to the handler then."""
    data = case(department_name=ROADS, handler_id=account_id("handler"))
    new = post.hear(type_, data, now=NOW + timedelta(days=days))
    return {one.account_id: one.template for one in new if one.account_id}


HANDLER = {account_id("handler"): "case_assigned"}
BOTH = HANDLER | {account_id("mediator"): "case_assigned_to_absent"}


@pytest.mark.parametrize("type_", ["case.dispatched.v1", "case.handed_over.v1"])
def test_both_are_told_during_leave_and_only_then(post: Post, type_: str) -> None:
    keep(post)
    assert [told(post, days, type_) for days in (-0.1, 0, 1.9, 2)] == [HANDLER, BOTH, BOTH, HANDLER]


@pytest.mark.parametrize("type_", ["case.answered.v1", "case.withdrawn.v1", "case.resumed.v1"])
def test_the_substitute_hears_what_becomes_of_the_case(post: Post, type_: str) -> None:
    keep(post)
    assert set(told(post, 1, type_)) == set(BOTH)


def test_the_reporter_of_a_case_has_no_substitute(post: Post) -> None:
    keep(post)
    assert [one.account_id for one in post.hear("case.accepted.v1", case(reporter_id=account_id("handler")))] == [
        account_id("handler")
    ]


def test_the_newest_state_counts_in_whatever_order_it_comes(post: Post) -> None:
    keep(post, version=2, ends_at=NOW + timedelta(days=1))
    keep(post)
    assert told(post, 1.5) == HANDLER


def test_the_substitute_is_told_once_when_it_is_set_up(post: Post) -> None:
    for version in (1, 2):
        post.hear("substitution.arranged.v1", LEAVE | {"version": version})
    [item] = post.ask(resident("mediator"), "list_notifications")["items"]
    assert (item["template"], item["subject_type"]) == ("substitution", "substitution")
    assert "3月2日" in item["body"]
    assert post.ask(resident("handler"), "list_notifications")["items"] == []


def test_what_is_long_over_is_deleted(post: Post) -> None:
    keep(post)
    for days, left in ((31, 1), (33, 0)):
        delete_expired(post.engine, upkeep.expiries(), NOW + timedelta(days=days))
        assert len(post.rows("SELECT 1 FROM substitution")) == left
