"""`account.work_changed.v1`: services hear who can do which work."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, func, select

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts.models import Account
from gateway.accounts.staff.announcing import announce_all, announce_new
from tests.integration.gateway.conftest import START, Caller

SignIn = Callable[[str], Caller]
PATH = f"/staff/{demo_id('account', 'handler')}"


def told(database: Engine) -> list[tuple[int, dict[str, Any]]]:
    """(version, data) of each message."""
    outbox = tables.outbox.c
    with reading(database) as session:
        rows = session.execute(
            select(outbox.version, outbox.data).where(outbox.type == "account.work_changed.v1").order_by(outbox.seq)
        )
        return [(version, data) for version, data in rows]


def test_each_change_of_work_is_told_as_a_whole(sign_in: SignIn, people: None, database: Engine) -> None:
    admin = sign_in("admin")
    for change in ({"disabled": True}, {"disabled": False}, {"roles": ["clerk"]}, {"communities": ["liuyi"]}):
        assert admin.patch(PATH, json=change).status_code == 200
    messages = told(database)
    states = [(data["active"], data["roles"], data["communities"]) for _, data in messages]
    assert states == [
        (False, ["handler"], ["liuyi"]),
        (True, ["handler"], ["liuyi"]),
        (True, ["clerk"], ["liuyi"]),
        (True, ["clerk"], ["liuyi"]),
    ]
    versions = [version for version, _ in messages]
    assert versions == sorted(set(versions)) == [data["version"] for _, data in messages]
    assert {data["changed_by"] for _, data in messages} == {str(demo_id("account", "admin"))}


def test_everything_at_once_is_one_message(sign_in: SignIn, people: None, database: Engine) -> None:
    """A new password removes second factors, which has a message of its own about the same account."""
    change = {"password": "given-by-an-admin", "roles": ["mediator"], "disabled": True}
    assert sign_in("admin").patch(PATH, json=change).status_code == 200
    ((_, data),) = told(database)
    assert (data["active"], data["roles"]) == (False, ["mediator"])


def test_a_name_or_a_refused_change_is_not_told(sign_in: SignIn, people: None, database: Engine) -> None:
    admin = sign_in("admin")
    admin.patch(PATH, json={"name": "李静"})
    assert admin.patch(f"/staff/{demo_id('account', 'admin')}", json={"disabled": True}).status_code == 422
    assert told(database) == []


def test_departments_are_told_when_they_change(sign_in: SignIn, people: None, database: Engine) -> None:
    admin = sign_in("admin")
    for _ in range(2):
        assert admin.patch(PATH, json={"departments": []}).status_code == 200
    ((_, data),) = told(database)
    assert data["departments"] == []


def test_staff_of_whom_nothing_was_told_are_told_once(people: None, database: Engine) -> None:
    for _ in range(2):
        with transaction(database) as session:
            assert not announce_new(session, START)
    messages = told(database)
    of_handler = [data for _, data in messages if data["account_id"] == str(demo_id("account", "handler"))]
    assert [(data["active"], data["roles"], data["changed_by"]) for data in of_handler] == [(True, ["handler"], None)]
    assert len({data["account_id"] for _, data in messages}) == len(messages) > 3
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(Account.party == "staff")) == len(messages)


def test_a_change_is_not_told_again(sign_in: SignIn, people: None, database: Engine) -> None:
    assert sign_in("admin").patch(PATH, json={"disabled": True}).status_code == 200
    with transaction(database) as session:
        announce_new(session, START)
    of_handler = [data for _, data in told(database) if data["account_id"] == str(demo_id("account", "handler"))]
    assert [data["active"] for data in of_handler] == [False]


def test_the_operator_has_the_work_of_all_staff_told_again(sign_in: SignIn, people: None, database: Engine) -> None:
    """Services then forget who left before they listened."""
    assert sign_in("admin").patch(PATH, json={"disabled": True}).status_code == 200
    with transaction(database) as session:
        count = announce_all(session, START)
    _, *again = told(database)
    assert len(again) == count > 1
    states = {data["account_id"]: (data["active"], data["changed_by"]) for _, data in again}
    assert states[str(demo_id("account", "handler"))] == (False, None)
    assert states[str(demo_id("account", "admin"))] == (True, None)
    with transaction(database) as session:
        announce_all(session, START)
