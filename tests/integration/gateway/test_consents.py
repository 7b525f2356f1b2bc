"""Nothing of an account is used before its owner has agreed to the privacy notice."""

# ruff: noqa: F811 - the fixtures of browser.py are imported, and are parameters of tests

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.consents.models import GRACE
from gateway.directory import use_cases as directory
from gateway.directory.file import show
from gateway.http import community
from tests.integration.gateway.browser import Browse, browse, location  # noqa: F401  a fixture
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, page

SignIn = Callable[[str], Caller]


@pytest.fixture
def newcomer(sign_in: SignIn, database: Engine) -> Caller:
    """Wang, who has agreed to nothing yet."""
    with transaction(database) as session:
        session.execute(text("DELETE FROM consent WHERE account_id = :id"), {"id": demo_id("account", "wang")})
    return sign_in("wang")


@pytest.fixture
def change_notice(app: Flask, database: Engine, clock: Clock) -> Callable[[str], None]:
    def change(notice: str) -> None:
        with transaction(database) as session:
            call = Call(session, clock.now)
            [values] = show(call)["communities"]
            values = {name: value for name, value in values.items() if name != "grids"}
            directory.put_community(call, **values | {"privacy_notice": {"zh-CN": notice}})
        with app.test_request_context():
            community.directory_changed()

    return change


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/me", None),
        ("get", "/bookings", None),
        ("post", "/bookings", BOOK),
        ("patch", "/me", {"name": "王"}),
        ("get", "/me/reveals", None),
        ("post", "/cases", {"channel": "photo", "category": "x", "text": "y"}),
    ],
)
def test_the_account_cannot_be_used_before(newcomer: Caller, services: FakeServices, method: str, path: str, body: Any) -> None:
    answer = getattr(newcomer, method)(path, **({"json": body} if body else {}))
    assert (answer.status_code, answer.json["code"]) == (403, "consent_needed")
    assert answer.json["details"] == {"community_id": "liuyi", "version": 1}
    assert services.calls == []


def test_reading_the_notice_agreeing_and_then_everything(newcomer: Caller, services: FakeServices) -> None:
    services.on("booking", "list_bookings", page())
    session = newcomer.get("/auth/session").json
    assert session["consent"] == {"community_id": "liuyi", "version": 1, "changed": False, "needed": True}
    notice = newcomer.get("/communities/liuyi/privacy-notices/1").json
    assert notice["version"] == 1 and "六一社区" in notice["notice"]["zh-CN"]
    agreed = newcomer.post("/me/consents", json={"version": 1})
    assert (agreed.status_code, agreed.json["given_by"], agreed.json["by_voice"]) == (201, "self", False)
    again = newcomer.post("/me/consents", json={"version": 1})
    assert again.json == agreed.json, "it is recorded once"
    assert newcomer.get("/bookings").status_code == 200
    assert newcomer.get("/auth/session").json["consent"] is None
    assert newcomer.get("/me/consents").json["items"] == [agreed.json]


def test_whoever_does_not_agree_can_sign_out_and_erase(newcomer: Caller) -> None:
    assert newcomer.post("/me/erasure").status_code == 201
    assert newcomer.delete("/me/erasure").status_code == 204
    assert newcomer.delete("/auth/session").status_code == 204


@pytest.mark.parametrize("version", [2, 999])
def test_only_the_version_in_force_can_be_agreed_to(newcomer: Caller, version: int) -> None:
    answer = newcomer.post("/me/consents", json={"version": version})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_in_force")


def test_staff_and_visitors_are_asked_nothing(sign_in: SignIn, visitor: Caller, services: FakeServices) -> None:
    services.on("booking", "list_bookings", page())
    assert sign_in("clerk").get("/bookings").status_code == 200
    assert sign_in("clerk").get("/auth/session").json["consent"] is None
    assert visitor.get("/communities").status_code == 200


def test_a_new_text_is_a_new_version_with_a_grace(
    sign_in: SignIn, services: FakeServices, change_notice: Callable[[str], None], clock: Clock, database: Engine
) -> None:
    services.on("booking", "list_bookings", page())
    wang = sign_in("wang")
    change_notice("新的声明。")
    assert wang.get("/auth/session").json["consent"] == {
        "community_id": "liuyi", "version": 2, "changed": True, "needed": False,
    }  # fmt: skip
    assert wang.get("/bookings").status_code == 200, "nobody is stopped in the middle"
    with database.connect() as connection:
        published = connection.scalar(text("SELECT published_at FROM privacy_notice WHERE version = 2"))
    clock.now = published + GRACE + GRACE / 100
    wang = sign_in("wang")
    assert wang.get("/bookings").json["code"] == "consent_needed"
    assert wang.post("/me/consents", json={"version": 2}).status_code == 201
    assert wang.get("/bookings").status_code == 200
    old = wang.get("/communities/liuyi/privacy-notices/1").json
    assert "六一社区" in old["notice"]["zh-CN"], "what was agreed to can still be shown"
    assert [one["version"] for one in wang.get("/me/consents").json["items"]] == [2, 1]


@pytest.mark.parametrize("change", ["UPDATE privacy_notice SET notice = '{}'", "DELETE FROM privacy_notice"])
def test_a_published_text_never_changes(database: Engine, change: str) -> None:
    with pytest.raises(IntegrityError, match="not changed or deleted"), transaction(database) as session:
        session.execute(text(change))


def test_a_community_without_a_notice_asks_nothing(
    newcomer: Caller, services: FakeServices, change_notice: Callable[..., None], app: Flask, database: Engine, clock: Clock
) -> None:
    services.on("booking", "list_bookings", page())
    with transaction(database) as session:
        call = Call(session, clock.now)
        [values] = show(call)["communities"]
        gone = {name: value for name, value in values.items() if name not in ("grids", "privacy_notice")}
        directory.put_community(call, **gone)
    with app.test_request_context():
        community.directory_changed()
    assert newcomer.get("/bookings").status_code == 200
    assert newcomer.post("/me/consents", json={"version": 2}).json["code"] == "consents.no_notice"


def test_staff_record_what_a_resident_tells_them(sign_in: SignIn, database: Engine) -> None:
    clerk = sign_in("clerk")
    made = clerk.post("/residents", json={"name": "李奶奶", "birth_year": 1944}).json
    path = f"/residents/{made['id']}/consents"
    told = clerk.post(path, json={"version": 1})
    assert (told.status_code, told.json["by_voice"]) == (201, True)
    with database.connect() as connection:
        row = connection.execute(text("SELECT recorded_by FROM consent WHERE account_id = :id"), {"id": made["id"]}).one()
    assert str(row.recorded_by) == clerk.account_id
    assert sign_in("li").post(path, json={"version": 1}).status_code == 403


@pytest.mark.parametrize("version", ["1" + "0" * 20, "9" * 5_000, "²", "-1", ""])
def test_the_page_refuses_a_version_that_no_notice_has(sign_in: SignIn, browse: Browse, database: Engine, version: str) -> None:
    made = sign_in("clerk").post("/residents", json={"name": "李奶奶", "birth_year": 1944}).json
    browser = browse("clerk")
    form = browser.get(f"/desk/residents/{made['id']}/account").form("/consents")
    assert browser.send(form, version=version, given_by="self").status_code == 422
    with database.connect() as connection:
        rows = connection.execute(text("SELECT 1 FROM consent WHERE account_id = :id"), {"id": made["id"]}).all()
    assert rows == []


def test_a_child_needs_a_guardian(sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    made = clerk.post("/residents", json={"name": "小明", "birth_year": 2016}).json
    path = f"/residents/{made['id']}/consents"
    refused = clerk.post(path, json={"version": 1})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "guardian_needed")
    assert clerk.post(path, json={"version": 1, "given_by": "guardian"}).json["given_by"] == "guardian"


# --- pages ---


def test_a_page_leads_to_the_notice_and_back_to_what_the_reader_wanted(
    newcomer: Caller,
    browse: Browse,
    services: FakeServices,
) -> None:
    browser = browse("wang")
    there = location(browser.client.get("/mine/looked?cursor="))
    assert there.startswith("/consent?next=")
    shown = browser.get(there)
    assert "六一社区党群服务中心用您的姓名和手机号" in shown.text
    refused = browser.send(shown.form("/consent"))
    assert refused.status_code == 422, "nothing is chosen for the reader"
    assert location(browser.send(shown.form("/consent"), given_by="self")) == "/mine/looked?cursor="
    assert browser.get("/mine/looked").language == "zh-CN"


def test_a_part_that_htmx_loads_shows_nothing_before(newcomer: Caller, browse: Browse) -> None:
    answer = browse("wang").client.get("/mine/notifications/unread", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_changed_notice_is_told_once_and_stops_no_form(
    people: None,
    browse: Browse,
    change_notice: Callable[[str], None],
) -> None:
    browser = browse("wang")
    change_notice("新的声明。")
    form = browser.get(location(browser.client.get("/mine/looked")))
    assert "隐私声明有更新" in form.text
    sent = browser.client.post("/mine/name", data={"csrf_token": form.form("/consent").fields["csrf_token"], "name": "王秀英"})
    assert location(sent) == "/mine", "the form went through"
    assert location(browser.send(form.form("/consent/later"))) == "/mine/looked"
    browser.get("/mine/looked")
