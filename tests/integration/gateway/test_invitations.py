"""Invitations: who is new, or has lost a password, chooses one behind a link that works once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.demo import demo_id
from gateway import housekeeping
from gateway.accounts import invitations
from gateway.accounts.models import Account, Invitation
from gateway.accounts.staff import changing
from gateway.refusals.sign_in import InvitationUsed
from tests.integration.gateway.browser import Browser, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import AccountsOf, Caller, Clock
from tests.integration.gateway.samples import NOBODY

SignIn = Callable[[str], Caller]
NEW = {"username": "zhao.lei", "name": "赵磊", "roles": ["handler"]}
CLERK = demo_id("account", "clerk")
PASSWORD = "a-password-of-my-own"


def invited(admin: Caller, account_id: Any = CLERK) -> dict[str, Any]:
    answer = admin.post(f"/staff/{account_id}/invitation")
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def accept(visitor: Caller, token: str, password: str = PASSWORD) -> Any:
    return visitor.post("/auth/invitations", json={"token": token, "password": password})


def signs_in(visitor: Caller, username: str, password: str = PASSWORD) -> bool:
    return visitor.post("/auth/sessions", json={"username": username, "password": password}).status_code == 201


def test_a_new_person_chooses_a_password(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    admin = sign_in("admin")
    made = admin.post("/staff", json=NEW)
    assert (made.status_code, made.json["state"]) == (201, "invited")
    invitation = made.json["invitation"]
    assert invitation["link"] == f"http://localhost/invitation?token={invitation['token']}"
    assert invitation["expires_at"] == "2026-03-09T09:00:00+00:00"
    assert not signs_in(visitor, "zhao.lei")
    answer = accept(visitor, invitation["token"])
    assert (answer.status_code, answer.json) == (200, {"username": "zhao.lei"})
    assert signs_in(visitor, "zhao.lei")
    assert admin.get(f"/staff/{made.json['id']}").json["state"] == "active"
    with Session(database) as session:
        stored = session.scalars(select(Invitation)).one()
        assert invitation["token"].encode() not in stored.token_hash and str(stored.created_by) == admin.account_id


def test_a_client_that_sends_a_password_gets_no_invitation(sign_in: SignIn, visitor: Caller) -> None:
    made = sign_in("admin").post("/staff", json=NEW | {"password": PASSWORD})
    assert (made.json["invitation"], made.json["state"]) == (None, "active")
    assert signs_in(visitor, "zhao.lei")


def test_a_repeated_request_gets_the_same_link(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    key = {"Idempotency-Key": "add-zhao-lei-1"}
    first, second = (admin.post("/staff", json=NEW, headers=key).json for _ in range(2))
    assert first == second


def test_a_link_works_once(sign_in: SignIn, visitor: Caller) -> None:
    token = invited(sign_in("admin"))["token"]
    assert accept(visitor, token).status_code == 200
    refused = accept(visitor, token, "another-password-of-mine")
    assert (refused.status_code, refused.json["code"]) == (410, "auth.invitation_used")
    assert signs_in(visitor, "clerk")


def test_a_link_expires(sign_in: SignIn, visitor: Caller, clock: Clock) -> None:
    token = invited(sign_in("admin"))["token"]
    clock.forward(days=7)
    refused = accept(visitor, token)
    assert (refused.status_code, refused.json["code"]) == (410, "auth.invitation_expired")


def test_inviting_again_replaces_the_link(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    first, second = invited(admin)["token"], invited(admin)["token"]
    assert accept(visitor, first).json["code"] == "auth.invitation_unknown"
    assert accept(visitor, second).status_code == 200


def test_unknown_links_all_look_the_same(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    replaced, real = invited(admin)["token"], invited(admin)["token"]
    answers = {
        (answer.status_code, answer.json["code"], answer.json["detail"])
        for token in (replaced, real[:-1], real.swapcase(), "x", "\0", "邀请", "' OR true --")
        for answer in [accept(visitor, token)]
    }
    assert len(answers) == 1 and answers.pop()[:2] == (401, "auth.invitation_unknown")


def test_guessing_links_is_throttled_and_opening_a_right_one_is_not(sign_in: SignIn, visitor: Caller, visit: Browser) -> None:  # noqa: F811
    link = invited(sign_in("admin"))["link"]
    for _ in range(40):
        visit.get(link)
    for _ in range(30):
        assert accept(visitor, "guess").status_code == 401
    refused = accept(visitor, "guess")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert visit.client.get(link).status_code == 429


def test_an_invitation_ends_password_sessions_and_authenticator(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    clerk, admin = sign_in("clerk"), sign_in("admin")
    assert clerk.post("/me/totp", json={"password": "linli-demo"}).status_code == 201
    invited(admin)
    assert clerk.get("/me").status_code == 401
    assert not signs_in(visitor, "clerk", "linli-demo")
    with Session(database) as session:
        account = session.get_one(Account, CLERK)
        assert account.password_hash is None and account.totp_secret is None


def test_a_password_from_an_admin_ends_the_link(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    token = invited(admin)["token"]
    admin.patch(f"/staff/{CLERK}", json={"password": "given-by-an-admin"})
    assert accept(visitor, token).json["code"] == "auth.invitation_unknown"
    assert signs_in(visitor, "clerk", "given-by-an-admin")


def test_who_is_switched_off_has_no_link(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    token = invited(admin)["token"]
    admin.patch(f"/staff/{CLERK}", json={"disabled": True})
    assert accept(visitor, token).json["code"] == "auth.invitation_unknown"
    refused = admin.post(f"/staff/{CLERK}/invitation")
    assert (refused.status_code, refused.json["code"]) == (409, "staff.disabled")


def test_who_may_invite_whom(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert admin.post(f"/staff/{admin.account_id}/invitation").json["errors"][0]["code"] == "own_invitation"
    assert admin.post(f"/staff/{NOBODY}/invitation").status_code == 404
    assert admin.post(f"/staff/{demo_id('account', 'wang')}/invitation").status_code == 404
    for other in ("supervisor", "wang"):
        assert sign_in(other).post(f"/staff/{CLERK}/invitation").status_code == 403


@pytest.mark.parametrize("password", ["short", "x" * 201, ""])
def test_a_bad_password_leaves_the_link(sign_in: SignIn, visitor: Caller, password: str) -> None:
    token = invited(sign_in("admin"))["token"]
    assert accept(visitor, token, password).status_code == 422
    assert accept(visitor, token).status_code == 200


def test_two_people_with_one_link(accounts_of: AccountsOf) -> None:
    accounts = accounts_of("admin")
    with accounts.transaction() as call:
        _, link = changing.invite(call, CLERK)

    def choose(number: int) -> bool:
        try:
            invitations.accept(accounts, token=link.token, password=f"password-number-{number}")
        except InvitationUsed:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(choose, range(4))) == [False, False, False, True]


def test_two_admins_invite_at_once(accounts_of: AccountsOf, database: Engine) -> None:
    def invite(_: int) -> str:
        with accounts_of("admin").transaction() as call:
            return changing.invite(call, CLERK)[1].token

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(invite, range(4)))) == 4
    with Session(database) as session:
        assert session.scalar(select(func.count(Invitation.id))) == 1


def test_old_invitations_are_deleted(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    invited(sign_in("admin"))
    for days, left in ((36, 1), (2, 0)):
        clock.forward(days=days)
        delete_expired(database, housekeeping.expiries(), clock.now)
        with Session(database) as session:
            assert session.scalar(select(func.count(Invitation.id))) == left


# --- the page ---


def test_the_page_behind_the_link(sign_in: SignIn, visitor: Caller, visit: Browser) -> None:  # noqa: F811
    link = invited(sign_in("admin"))["link"]
    form = visit.get(link).form("/invitation")
    for typed, sentence in (
        ({"password": "short", "again": "short"}, "密码至少 10 个字符"),
        ({"password": PASSWORD, "again": "another-password"}, "两次输入的密码不一样"),
        ({"password": "", "again": ""}, "请填写新密码"),
    ):
        answer = visit.send(form, **typed)
        assert answer.status_code == 422 and sentence in answer.get_data(as_text=True)
    page = visit.send_and_follow(form, password=PASSWORD, again=PASSWORD)
    assert "请用用户名 clerk 登录" in page.text
    assert signs_in(visitor, "clerk")
    assert "链接已使用过" in visit.get(link, 410).text
    assert "链接已使用过" in visit.send(form, password=PASSWORD, again=PASSWORD).get_data(as_text=True)


def test_the_page_of_a_forged_link(visit: Browser) -> None:  # noqa: F811
    assert "链接无效" in visit.get("/invitation?token=forged", 401).text
    assert "链接无效" in visit.get("/invitation", 401).text
    visit.client.set_cookie("linli_language", "en")
    assert "This link is not valid" in visit.get("/invitation?token=forged", 401).text


def test_the_password_is_in_no_answer(sign_in: SignIn, visit: Browser, app: Flask) -> None:  # noqa: F811
    form = visit.get(invited(sign_in("admin"))["link"]).form("/invitation")
    body = visit.send(form, password=PASSWORD, again="different-again").get_data(as_text=True)
    assert PASSWORD not in body and not re.search(r'type="password"[^>]*value="[^"]', body)
