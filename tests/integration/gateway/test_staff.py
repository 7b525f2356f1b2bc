"""Staff: passwords, authenticators, accounts, roles."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from chassis.demo import demo_id
from gateway.accounts import passwords
from gateway.accounts.models import SignInSession
from gateway.accounts.staff import changing
from tests.integration.gateway.conftest import AccountsOf, Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import NOBODY

SignIn = Callable[[str], Caller]
CLERK = {"username": "clerk", "password": "linli-demo"}


def test_staff_sign_in_by_password(visitor: Caller, people: None) -> None:
    answer = visitor.post("/auth/sessions", json=CLERK)
    assert answer.status_code == 201
    account = answer.json["account"]
    assert (account["id"], account["roles"], account["party"]) == (str(demo_id("account", "clerk")), ["clerk"], "staff")
    assert account["name"] == "刘芳"


@pytest.mark.parametrize("body", [CLERK | {"password": "wrong"}, CLERK | {"username": "nobody"}, CLERK | {"username": "CLERK"}])
def test_wrong_passwords_and_unknown_names_look_the_same(visitor: Caller, people: None, body: dict[str, str]) -> None:
    answer = visitor.post("/auth/sessions", json=body)
    assert (answer.status_code, answer.json["code"]) == (401, "auth.password_wrong")


def test_an_unknown_name_costs_a_hash_too(visitor: Caller, people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.accounts import passwords

    real, verified = passwords._hasher, []

    class Recording:
        hash = staticmethod(real.hash)

        def verify(self, password_hash: str, password: str) -> bool:
            verified.append(password_hash)
            return real.verify(password_hash, password)

    monkeypatch.setattr(passwords, "_hasher", Recording())
    for username in ("clerk", "nobody"):
        visitor.post("/auth/sessions", json={"username": username, "password": "wrong"})
    known, unknown = [part.split("$") for part in verified]
    assert known[1:4] == unknown[1:4] and known[1] == "argon2id"  # the same method, at the same cost


def test_guessing_a_password_is_throttled(visitor: Caller, people: None) -> None:
    for _ in range(10):
        assert visitor.post("/auth/sessions", json=CLERK | {"password": "wrong"}).status_code == 401
    refused = visitor.post("/auth/sessions", json=CLERK)
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert visitor.post("/auth/sessions", json={"username": "admin", "password": "linli-demo"}).status_code == 201


def test_guessing_over_many_names_is_throttled_by_client(visitor: Caller, people: None, app: Flask) -> None:
    from gateway.http import limits

    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        app.preprocess_request()
        for _ in range(30):
            limits.spend(limits.SIGN_IN_FAILURES)
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 429


# --- passwords ---


def test_a_new_password_signs_the_others_out(sign_in: SignIn, visitor: Caller) -> None:
    clerk, elsewhere = sign_in("clerk"), sign_in("clerk")
    change = {"password": "linli-demo", "new_password": "much-longer-than-before"}
    assert clerk.put("/me/password", json=change | {"password": "wrong"}).status_code == 401
    assert clerk.put("/me/password", json=change | {"new_password": "short"}).status_code == 422
    assert clerk.put("/me/password", json=change).status_code == 204
    assert (clerk.get("/me").status_code, elsewhere.get("/me").status_code) == (200, 401)
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 401
    assert visitor.post("/auth/sessions", json=CLERK | {"password": "much-longer-than-before"}).status_code == 201


# --- accounts ---

NEW = {"username": "zhao.lei", "name": "赵磊", "password": "a-long-password", "roles": ["grid_worker"], "grids": ["liuyi-3"]}


def test_staff_are_listed_for_those_who_hand_out_work(sign_in: SignIn) -> None:
    for who in ("admin", "supervisor", "clerk"):
        found = sign_in(who).get("/staff?role=handler").json["items"]
        assert [(item["username"], item["name"], item["roles"]) for item in found] == [("handler", "孙立", ["handler"])]
    for who, status in (("handler", 403), ("wang", 403)):
        assert sign_in(who).get("/staff").status_code == status


def test_the_list_of_staff_comes_in_pages(sign_in: SignIn) -> None:
    admin, names, path = sign_in("admin"), [], "/staff?limit=3"
    for _ in range(3):
        answer = admin.get(path)
        names += [item["username"] for item in answer.json["items"]]
        path = answer.headers.get("Link", "<>").split(">")[0].strip("<").removeprefix("/api/v1")
    assert names == ["admin", "clerk", "grid", "handler", "mediator", "organiser", "supervisor"]
    assert path == ""


def test_an_admin_adds_staff_who_can_work_at_once(sign_in: SignIn, visitor: Caller) -> None:
    made = sign_in("admin").post("/staff", json=NEW)
    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/staff/{made.json['id']}"
    answer = visitor.post("/auth/sessions", json={"username": "zhao.lei", "password": "a-long-password"})
    assert (answer.json["account"]["roles"], answer.json["account"]["grids"]) == (["grid_worker"], ["liuyi-3"])


def test_only_an_admin_adds_or_changes_staff(sign_in: SignIn) -> None:
    for who in ("supervisor", "clerk", "wang"):
        caller = sign_in(who)
        assert caller.post("/staff", json=NEW).status_code == 403
        assert caller.patch(f"/staff/{demo_id('account', 'clerk')}", json={"roles": ["admin"]}).status_code == 403


def test_roles_are_in_force_with_the_next_request(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", {"items": [], "next_cursor": None})
    clerk, admin = sign_in("clerk"), sign_in("admin")
    admin.patch(f"/staff/{clerk.account_id}", json={"roles": ["organiser", "grid_worker"], "grids": ["liuyi-5"]})
    clerk.get("/bookings")
    identity = services.calls[-1].context.identity
    assert (identity.roles, identity.grids) == ({"organiser", "grid_worker"}, {"liuyi-5"})


def test_changes_of_staff_know_versions(sign_in: SignIn) -> None:
    admin, path = sign_in("admin"), f"/staff/{demo_id('account', 'clerk')}"
    seen = admin.get(path).headers["ETag"]
    assert admin.patch(path, json={"roles": ["clerk"]}, headers={"If-Match": seen}).status_code == 200
    assert admin.patch(path, json={"roles": ["admin"]}, headers={"If-Match": seen}).status_code == 412
    assert admin.get(path).json["roles"] == ["clerk"]


def test_an_admin_cannot_lock_themselves_out(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert admin.patch(f"/staff/{admin.account_id}", json={"disabled": True}).status_code == 422
    assert admin.get("/me").status_code == 200


def test_a_residents_account_is_no_staff_account(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    for account_id in (str(demo_id("account", "wang")), NOBODY):
        assert admin.patch(f"/staff/{account_id}", json={"roles": ["admin"]}).status_code == 404


def test_staff_of_another_community_are_not_there(sign_in: SignIn, database: Engine) -> None:
    """Else an admin could give the supervisor next door a new password, and sign in with it."""
    admin, elsewhere = sign_in("admin"), demo_id("account", "supervisor")
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET community_id = 'next-door' WHERE id = :id"), {"id": elsewhere})
    assert admin.get(f"/staff/{elsewhere}").status_code == 404
    assert admin.patch(f"/staff/{elsewhere}", json={"password": "a new password"}).status_code == 404


def test_a_password_that_is_changed_while_it_is_checked_opens_nothing(
    visitor: Caller, accounts_of: AccountsOf, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing takes a while, between the transactions; who was in is signed out by the change, and nobody comes in late."""
    matches = passwords.matches

    def changed_meanwhile(password_hash: str | None, password: str) -> bool:
        with accounts_of("admin").transaction() as call:
            changing.change(call, demo_id("account", "clerk"), password_hash=passwords.hash_password("a-new-password"))
        return matches(password_hash, password)

    monkeypatch.setattr(passwords, "matches", changed_meanwhile)
    answer = visitor.post("/auth/sessions", json={"username": "clerk", "password": "linli-demo"})
    assert answer.status_code == 401
    with Session(database) as session:
        assert session.scalars(select(SignInSession)).all() == []


def test_an_invitation_ends_the_old_password_also_while_it_is_being_changed(
    sign_in: SignIn, visitor: Caller, accounts_of: AccountsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, hashed = sign_in("clerk"), passwords.hash_password

    def invited_meanwhile(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hashed)
        with accounts_of("admin").transaction() as call:
            changing.change(call, demo_id("account", "clerk"), password_hash=hashed("set-by-the-admin"))
        return hashed(password)

    monkeypatch.setattr(passwords, "hash_password", invited_meanwhile)
    change = {"password": "linli-demo", "new_password": "the-password-of-a-thief"}
    assert clerk.put("/me/password", json=change).status_code == 401
    body = {"username": "clerk", "password": "the-password-of-a-thief"}
    assert visitor.post("/auth/sessions", json=body).status_code == 401
