"""The audit log: every change of staff, keys and directory, in its transaction, kept by the database, shown within reach."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.accounts.staff import changing
from gateway.audit import recording, upkeep
from gateway.audit.models import AuditEntry
from gateway.directory import use_cases as directory
from gateway.directory.file import BadFile, load
from tests.integration.gateway.conftest import START, AccountsOf, Caller, Clock

SignIn = Callable[[str], Caller]
CLERK = str(demo_id("account", "clerk"))
ADMIN = str(demo_id("account", "admin"))
NEW = {"username": "zhao.lei", "name": "赵磊", "roles": ["handler"]}


def entries(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"/audit-log{query}")
    assert answer.status_code == 200, answer.json
    return list(answer.json["items"])


def stored(database: Engine) -> int:
    with Session(database) as session:
        return session.scalar(select(func.count(AuditEntry.id))) or 0


def put_north(database: Engine, **changes: Any) -> None:
    north = {"id": "north", "name": {"zh-CN": "北关社区"}, "time_zone": "Asia/Shanghai", "number_prefix": "BG"}
    with transaction(database) as session:
        directory.put_community(Call(session, START), **north | changes)


def test_a_change_of_staff_is_told_from_what_to_what(sign_in: SignIn, clock: Clock) -> None:
    admin = sign_in("admin")
    admin.patch(f"/staff/{CLERK}", json={"roles": ["organiser"], "name": "刘 芳"}, headers={"X-Request-ID": "who-did-it-2026"})
    [entry] = entries(admin)
    assert entry == {
        "id": entry["id"],
        "at": clock.now.isoformat(),
        "actor_id": ADMIN,
        "actor_name": "何伟",
        "actor_party": "staff",
        "kind": "staff",
        "subject_id": CLERK,
        "label": "clerk",
        "action": "changed",
        "communities": ["liuyi"],
        "version": 3,
        "before": {"roles": ["clerk"], "name": "(old)"},
        "after": {"roles": ["organiser"], "name": "(new)"},
        "correlation_id": "who-did-it-2026",
    }


def test_every_kind_of_change_is_logged_without_secrets(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    admin = sign_in("admin")
    made = admin.post("/staff", json=NEW).json
    visitor.post("/auth/invitations", json={"token": made["invitation"]["token"], "password": "a-password-of-my-own"})
    path = f"/staff/{made['id']}"
    admin.patch(path, json={"password": "given-by-an-admin"})
    admin.patch(path, json={"disabled": True})
    admin.patch(path, json={"disabled": False})
    admin.patch(path, json={"roles": ["handler"]})  # as it was
    key = admin.post("/api-keys", json={"label": "12345 热线", "scopes": ["messages:read"]}).json
    for _ in range(2):
        admin.delete(f"/api-keys/{key['id']}")
    found = entries(admin)
    assert [(entry["kind"], entry["action"], entry["label"]) for entry in reversed(found)] == [
        ("staff", "created", "zhao.lei"),
        ("staff", "invited", "zhao.lei"),
        ("staff", "accepted", "zhao.lei"),
        ("staff", "password_set", "zhao.lei"),
        ("staff", "disabled", "zhao.lei"),
        ("staff", "enabled", "zhao.lei"),
        ("system", "created", "12345 热线"),
        ("api_key", "created", "12345 热线"),
        ("api_key", "revoked", "12345 热线"),
    ]
    assert found[6]["actor_id"] == made["id"], "the person accepted the invitation"
    assert found[8]["after"]["roles"] == ["handler"] and found[8]["before"] is None
    with database.connect() as connection:
        everything = str(connection.execute(text("SELECT * FROM audit_entry")).all())
    for secret in ("赵磊", "a-password", "given-by", "argon2", made["invitation"]["token"], key["secret"]):
        assert secret not in everything


def test_a_refused_change_leaves_no_entry(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    assert admin.post("/staff", json=NEW | {"username": "clerk"}).status_code == 409
    assert admin.patch(f"/staff/{CLERK}", json={"roles": ["handler"], "communities": ["nowhere"]}).status_code == 422
    assert stored(database) == 0


def test_a_change_that_is_not_logged_is_not_made(
    accounts_of: AccountsOf, database: Engine, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "AuditEntry", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError), accounts_of("admin").transaction() as call:
        changing.change(call, demo_id("account", "clerk"), roles=["handler"])
    with Session(database) as session:
        assert session.get_one(Account, demo_id("account", "clerk")).roles == ["clerk"]


def test_changes_of_the_directory_are_logged(database: Engine, sign_in: SignIn) -> None:
    put_north(database)
    put_north(database)
    put_north(database, phone="0394-1234567")
    with transaction(database) as session:
        directory.put_sub_district(Call(session, START), id="chenzhou", name={"zh-CN": "陈州街"})
        ring = [[114 + n / 1000, 33.0] for n in range(600)] + [[114.0, 34.0], [114.0, 33.0]]
        border = {"type": "Polygon", "coordinates": [ring]}
        directory.put_grid(
            Call(session, START), id="north-1", community_id="north", name={"zh-CN": "一格"}, position=0, border=border
        )
    with Session(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
        session.commit()
    grid, sub_district, changed, created = entries(sign_in("admin"))
    assert (created["kind"], created["action"], created["before"], created["actor_id"]) == ("community", "created", None, None)
    assert (created["actor_party"], created["communities"], created["label"]) == ("system", ["north"], "北关社区")
    assert (changed["before"], changed["after"]) == ({"phone": None}, {"phone": "0394-1234567"})
    assert (sub_district["kind"], sub_district["communities"]) == ("sub_district", None)
    assert grid["communities"] == ["north"] and set(grid["after"]["border"]) == {"bytes", "fingerprint"}


def test_a_file_that_is_refused_leaves_no_entry(database: Engine) -> None:
    with pytest.raises(BadFile), transaction(database) as session:
        load(
            Call(session, START),
            b'{"sub_districts": [{"id": "a", "name": {"zh-CN": "a"}}, {"id": "", "name": {"zh-CN": "b"}}]}',
        )
    assert stored(database) == 0


def test_an_admin_reads_of_the_own_communities_only(database: Engine, sign_in: SignIn, accounts_of: AccountsOf) -> None:
    put_north(database)
    admin = sign_in("admin")
    admin.patch(f"/staff/{CLERK}", json={"roles": ["handler"]})
    assert [entry["kind"] for entry in entries(admin)] == ["staff"]
    assert entries(admin, "?kind=community") == entries(admin, "?subject_id=north") == []
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET communities = '{north,liuyi}' WHERE username = 'admin'"))
    assert [entry["kind"] for entry in entries(sign_in("admin"))] == ["staff", "community"]
    for other, status in (("supervisor", 403), ("wang", 403)):
        assert sign_in(other).get("/audit-log").status_code == status


def test_who_moves_is_read_of_in_both_communities(database: Engine, sign_in: SignIn) -> None:
    put_north(database)
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET communities = '{north,liuyi}' WHERE username = 'admin'"))
    sign_in("admin").patch(f"/staff/{CLERK}", json={"communities": ["north"]})
    for community in ("north", "liuyi"):
        with database.begin() as connection:
            connection.execute(
                text("UPDATE account SET communities = ARRAY[:one] WHERE username = 'admin'"), {"one": community}
            )
        assert [entry["label"] for entry in entries(sign_in("admin"), "?kind=staff")] == ["clerk"]


def test_the_filters_and_pages(sign_in: SignIn, clock: Clock) -> None:
    admin = sign_in("admin")
    for number in range(4):
        clock.forward(hours=1)
        admin.patch(f"/staff/{CLERK}", json={"roles": ["handler"] if number % 2 else ["organiser"]})
    admin.post("/api-keys", json={"label": "热线", "scopes": ["messages:read"]})
    assert len(entries(admin, f"?kind=staff&subject_id={CLERK}&actor_id={ADMIN}")) == 4
    assert entries(admin, f"?actor_id={CLERK}") == []
    assert len(entries(admin, "?start=2026-03-02T11:00:00Z&end=2026-03-02T12:00:00Z")) == 1
    seen, path = [], "/audit-log?limit=2"
    while path:
        answer = admin.get(path)
        seen += [entry["id"] for entry in answer.json["items"]]
        path = answer.headers.get("Link", "<>").split(">")[0].strip("<").removeprefix("/api/v1")
    assert len(seen) == len(set(seen)) == 6 and seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "query", ["kind=person", "start=yesterday", "actor_id=1", "cursor=!", "limit=0", "x=1", "subject_id=a%20b"]
)
def test_bad_queries(sign_in: SignIn, query: str) -> None:
    assert sign_in("admin").get(f"/audit-log?{query}").status_code == 422


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET label = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_the_database_keeps_every_entry(database: Engine, statement: str) -> None:
    put_north(database)
    with pytest.raises(DBAPIError, match="audit log"), database.begin() as connection:
        connection.execute(text(statement))
    assert stored(database) == 1


def test_the_upkeep_deletes_what_is_old(database: Engine) -> None:
    put_north(database)
    assert not upkeep.delete_old(database, START + timedelta(days=10), timedelta(days=30))
    assert stored(database) == 1
    upkeep.delete_old(database, START + timedelta(days=30), timedelta(days=30))
    assert stored(database) == 0
    put_north(database, phone="0394-1")
    with pytest.raises(DBAPIError, match="audit log"), database.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
