"""Who must have a second factor and has none can set one up and do nothing else: over the API, on pages, and in streams."""

# ruff: noqa: F401, F811 - fixtures

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.directory import use_cases
from gateway.http import second_factor
from gateway.streams import sse
from tests.integration.gateway.authenticator import Authenticator
from tests.integration.gateway.browser import Browse, Browser, browse, location, visit
from tests.integration.gateway.conftest import START, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page as page_of
from tests.integration.gateway.test_authenticators import PASSWORD, code_of, send
from tests.integration.gateway.test_authenticators import set_up as set_up_totp
from tests.integration.gateway.test_passkeys import set_up as set_up_passkey

SignIn = Callable[[str], Caller]
NEEDED = (403, "auth.second_factor_needed")


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    services.on("cases", "list_cases", page_of())


@pytest.fixture(autouse=True)
def reach(database: Engine, people: None) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))


@pytest.fixture
def admin(sign_in: SignIn) -> Caller:
    """Has a passkey, and works in the whole district."""
    caller = sign_in("admin")
    set_up_passkey(caller, Authenticator())
    return caller


def demand(admin: Caller, *roles: str, path: str = "/settings", **more: Any) -> Any:
    answer = admin.put(path, json={"second_factor_for": roles, **more})
    assert answer.status_code == 200, answer.json
    return answer.json


# --- the door ---


def test_all_is_refused_but_setting_up(sign_in: SignIn, admin: Caller, clock: Clock) -> None:
    clerk = sign_in("clerk")
    assert clerk.get("/me").status_code == 200
    demand(admin, "staff")
    for answer in (
        clerk.get("/me"), clerk.get("/cases?scope=desk"), clerk.get("/staff"), clerk.get("/communities"), clerk.post("/cases"),
        clerk.put("/me/password"), clerk.get("/me/sessions"), clerk.get("/notifications/stream"),
        clerk.post(f"/staff/{admin.account_id}/factors/reset"), clerk.post("/me/totp/disable", json=PASSWORD),
    ):  # fmt: skip
        assert code_of(answer) == NEEDED, answer.request.path
    assert clerk.get("/auth/session").status_code == 200
    assert clerk.get("/me/factors").json["required_from"] == START.isoformat()
    set_up_totp(clerk, clock)
    assert clerk.get("/me").status_code == 200
    assert clerk.get("/me/factors").json["required_from"] == START.isoformat()


def test_signing_out_and_a_passkey_are_open_too(sign_in: SignIn, admin: Caller) -> None:
    clerk = sign_in("clerk")
    demand(admin, "clerk")
    assert set_up_passkey(clerk, Authenticator()).status_code == 201
    assert clerk.get("/me").status_code == 200
    handler = sign_in("handler")
    demand(admin, "handler")
    assert handler.delete("/auth/session").status_code == 204


def test_who_signs_in_by_password_comes_to_the_set_up(visit: Browser, admin: Caller, clock: Clock) -> None:
    demand(admin, "staff")
    answer = visit.send(visit.get("/sign-in/staff").form("/sign-in/staff"), username="clerk", **PASSWORD)
    assert location(answer).endswith("/desk")
    for path in ("/desk", "/mine", "/", "/desk/cases", "/admin/staff", "/mine/devices"):
        assert location(visit.client.get(path)).endswith("/mine/factors"), path
    page = visit.get("/mine/factors")
    assert "您的账户须有二次验证" in page.text and "data-stream" not in page.html
    assert (
        visit.client.get(
            next(attributes["href"] for _, attributes in page.tags if "site.css" in attributes.get("href", ""))
        ).status_code
        == 200
    )
    for path in ("/privacy", "/accessibility", "/problems/auth.second_factor_needed"):
        visit.get(path)
    assert visit.client.get("/desk", headers={"HX-Request": "true"}).status_code == 204
    assert location(send(visit, "/mine/factors", "/mine/totp", **PASSWORD)).endswith("/mine/totp")
    assert visit.client.get("/mine/totp").status_code == 200


def test_a_form_that_is_sent_meanwhile_is_shown_and_not_done(browse: Browse, sign_in: SignIn, admin: Caller) -> None:
    clerk = browse("clerk")
    form = clerk.get("/mine/factors").form("/mine/recovery-codes")
    demand(admin, "staff")
    csrf = form.fields["csrf_token"]
    answer = clerk.client.post("/desk/residents", data={"csrf_token": csrf, "name": "王奶奶的女儿"})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 403 and "王奶奶的女儿" in body and "/mine/factors" in body


def test_an_open_stream_ends_when_the_time_comes(
    sign_in: SignIn, admin: Caller, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT", 0.01)
    demand(admin, "staff", second_factor_from="2026-03-02T18:00:00+08:00")
    streams = {name: sign_in(name).get("/notifications/stream", buffered=False) for name in ("clerk", "admin", "wang")}
    chunks = {name: answer.iter_encoded() for name, answer in streams.items()}
    for _ in range(5):
        assert all(next(one) for one in chunks.values())
    clock.forward(hours=1)
    assert len(list(zip(range(1000), chunks["clerk"], strict=False))) < 1000, "ended"
    for name in ("admin", "wang"):
        for _ in range(50):
            assert next(chunks[name]), "goes on"
        streams[name].close()


def test_residents_and_visitors_notice_nothing(sign_in: SignIn, visitor: Caller, admin: Caller) -> None:
    demand(admin, "staff")
    assert sign_in("wang").get("/me").status_code == 200
    assert visitor.get("/communities").status_code == 200


def test_an_account_without_a_password_is_the_providers(sign_in: SignIn, admin: Caller, database: Engine) -> None:
    clerk = sign_in("clerk")
    demand(admin, "staff")
    with transaction(database) as session:
        session.execute(text("UPDATE account SET password_hash = NULL WHERE username = 'clerk'"))
    assert clerk.get("/me").status_code == 200


def test_every_open_endpoint_exists_and_every_other_is_closed(app: Flask) -> None:
    assert second_factor.OPEN - app.view_functions.keys() == set()
    closed = app.view_functions.keys() - second_factor.OPEN
    assert {"me.get_me", "pages.desk", "streams.stream_notifications", "factors.disable_totp", "pages.admin_settings"} <= closed


# --- who, where, from when ---


def test_roles_and_communities(sign_in: SignIn, admin: Caller, database: Engine) -> None:
    with transaction(database) as session:
        call = Call(session, START)
        use_cases.put_community(call, id="north", name={"zh-CN": "北关"}, time_zone="Asia/Shanghai", number_prefix="BG")
    demand(admin, "handler")
    assert code_of(sign_in("handler").get("/me")) == NEEDED
    assert sign_in("clerk").get("/me").status_code == 200
    demand(admin)
    demand(admin, "staff", path="/communities/north/settings")
    assert sign_in("clerk").get("/me").status_code == 200, "works in liuyi"
    with transaction(database) as session:
        session.execute(text("UPDATE account SET communities = '{liuyi,north}' WHERE username = 'clerk'"))
    assert code_of(sign_in("clerk").get("/me")) == NEEDED, "works there too"


def test_until_the_day_people_are_told(sign_in: SignIn, browse: Browse, admin: Caller, clock: Clock) -> None:
    demand(admin, "staff", second_factor_from="2026-03-04T08:00:00+08:00")
    clerk = sign_in("clerk")
    assert clerk.get("/me").status_code == 200
    assert "您的账户须有二次验证，否则不能继续工作" in browse("clerk").get("/mine/devices").text
    assert "须有二次验证" not in browse("admin").get("/mine/devices").text, "has one"
    assert "须有二次验证" not in browse("wang").get("/mine/factors", 403).text
    clock.now = START.replace(day=3, hour=23, minute=59)
    clerk = sign_in("clerk")
    assert clerk.get("/me").status_code == 200
    clock.forward(minutes=1)
    assert code_of(clerk.get("/me")) == NEEDED


def test_who_demands_one_has_one(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    for more in ({}, {"second_factor_from": "2026-03-04T08:00:00+08:00"}):
        answer = admin.put("/settings", json={"second_factor_for": ["admin"], **more})
        assert answer.status_code == 422
        assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [
            ("second_factor_for", "own_factor_first")
        ]
    assert admin.put("/settings", json={"second_factor_for": []}).json["version"] == 0
    set_up_passkey(admin, Authenticator())
    assert demand(admin, "admin") | {"notice": None} == {
        "version": 1, "notice": None, "notice_until": None, "sign_up": True, "unnamed_reports": True,
        "second_factor_for": ["admin"], "second_factor_from": START.isoformat(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"second_factor_for": ["king"]}, "second_factor_for.0", "not_a_choice"),
        ({"second_factor_for": ["admin", "admin"]}, "second_factor_for", "duplicate"),
        ({"second_factor_from": "2026-03-04T08:00:00+08:00"}, "second_factor_for", "required"),
        ({"second_factor_for": [], "second_factor_from": "2026-03-04T08:00:00+08:00"}, "second_factor_for", "required"),
        (
            {"second_factor_for": ["admin"], "second_factor_from": "2026-03-01T08:00:00+08:00"},
            "second_factor_from",
            "already_over",
        ),
    ],
)
def test_what_cannot_be_is_refused(admin: Caller, body: dict[str, Any], field: str, code: str) -> None:
    answer = admin.put("/settings", json=body)
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]
    assert admin.get("/settings").json["version"] == 0


def test_a_client_of_before_does_not_end_it(admin: Caller) -> None:
    demand(admin, "staff")
    after = admin.put("/settings", json={"sign_up": False}).json
    assert (after["second_factor_for"], after["second_factor_from"]) == (["staff"], START.isoformat())
    again = demand(admin, "staff", sign_up=False)
    assert again["version"] == after["version"], "what is so already changes nothing"
    assert demand(admin, sign_up=False)["second_factor_from"] is None


def test_it_is_a_setting_on_the_page(browse: Browse, admin: Caller, sign_in: SignIn, database: Engine) -> None:
    page = browse("admin")
    form = next(form for form in page.get("/admin/settings").forms if "notice_zh" in form.fields)
    answer = page.send(form, second_factor_for=["clerk", "handler"], second_factor_from="2026-03-02T09:30")
    assert answer.status_code == 422 and "own_factor" not in answer.get_data(as_text=True), "that time is over"
    form = next(form for form in page.get("/admin/settings").forms if "notice_zh" in form.fields)
    answer = page.send(form, second_factor_for=["clerk", "handler"], second_factor_from="2026-03-04T08:00")
    assert answer.status_code == 303
    settings = sign_in("admin").get("/settings").json
    assert (settings["second_factor_for"], settings["second_factor_from"]) == (
        ["clerk", "handler"], "2026-03-04T00:00:00+00:00",
    )  # fmt: skip
    shown = page.get("/admin/settings").text
    assert "谁必须有二次验证：– → 窗口、承办人" in shown
    assert "二次验证从什么时候起：– → 后天 08:00" in shown, shown[shown.index("二次验证从什么") :][:80]


# --- the last one ---


@pytest.mark.parametrize("kind", ["passkey", "totp"])
def test_the_last_one_stays_while_it_is_required(sign_in: SignIn, admin: Caller, clock: Clock, kind: str) -> None:
    clerk = sign_in("clerk")
    if kind == "totp":
        set_up_totp(clerk, clock)
        removal = "/me/totp/disable"
    else:
        removal = f"/me/passkeys/{set_up_passkey(clerk, Authenticator()).json['id']}/remove"
    demand(admin, "clerk")
    assert code_of(clerk.post(removal, json=PASSWORD)) == (409, "auth.second_factor_required")
    assert clerk.get("/me").status_code == 200
    if kind == "totp":
        set_up_passkey(clerk, Authenticator())
    else:
        set_up_totp(clerk, clock)
    assert clerk.post(removal, json=PASSWORD).status_code == 204, "another one is there"


def test_after_a_reset_a_new_one_must_be_set_up(sign_in: SignIn, admin: Caller, visitor: Caller, clock: Clock) -> None:
    set_up_totp(sign_in("clerk"), clock)
    demand(admin, "staff")
    assert admin.post(f"/staff/{demo_id('account', 'clerk')}/factors/reset", json={"reason": "手机丢失"}).status_code == 204
    session = visitor.post("/auth/sessions", json={"username": "clerk", **PASSWORD})
    assert session.status_code == 201
    clerk = Caller(visitor.client, {"Authorization": f"Bearer {session.json['token']}"})
    assert code_of(clerk.get("/me")) == NEEDED
    set_up_totp(clerk, clock)
    assert clerk.get("/me").status_code == 200


# --- who has none ---


def test_the_message_leads_to_the_page(sign_in: SignIn, browse: Browse, services: FakeServices) -> None:
    known = {
        "id": str(UUID(int=1)), "title": "您的账户添加了登录保护", "body": "…", "created_at": START.isoformat(),
        "read_at": None, "subject_type": "account", "subject_id": str(UUID(int=2)),
    }  # fmt: skip
    services.on("notify", "list_notifications", page_of(known) | {"unread_count": 1})
    services.on("notify", "mark_read", known)
    for name, leads_to in (("clerk", "/mine/factors"), ("wang", "/mine/data")):
        reader = browse(name)
        assert location(reader.send(reader.get("/mine/notifications").form(known["id"]))).endswith(leads_to)


def test_admins_see_who_has_none(sign_in: SignIn, admin: Caller, browse: Browse, clock: Clock) -> None:
    set_up_totp(sign_in("clerk"), clock)
    listed = {one["username"]: one["factors"] for one in admin.get("/staff").json["items"]}
    assert (listed["admin"], listed["clerk"], listed["handler"]) == (["passkey"], ["totp"], [])
    without = {one["username"] for one in admin.get("/staff?second_factor=without").json["items"]}
    with_one = {one["username"] for one in admin.get("/staff?second_factor=with").json["items"]}
    assert with_one == {"admin", "clerk"} and without == listed.keys() - with_one
    clerk = sign_in("clerk")
    assert {one["factors"] for one in clerk.get("/staff").json["items"]} == {None}
    assert clerk.get("/staff?second_factor=without").status_code == 403
    page = browse("admin").get("/admin/staff?second_factor=with")
    assert "验证器" in page.text and "通行密钥" in page.text and "handler" not in page.text
    for name, shown in (("clerk", "二次验证：验证器"), ("handler", "二次验证：没有")):
        assert shown in browse("admin").get(f"/admin/staff/{demo_id('account', name)}").text
