"""Settings that admins change while the district runs: each takes effect at once, within the admin's reach, with a history."""

# ruff: noqa: F401, F811 - fixtures

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from gateway.directory import use_cases
from gateway.directory.known import KnownCommunities
from gateway.directory.models import LiveSetting
from gateway.service import COMMUNITIES, GatewayService
from tests.integration.gateway.browser import Browse, Browser, Form, browse
from tests.integration.gateway.conftest import START, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import REPORT, page
from tests.integration.gateway.test_residents import SignIn

PAGE = "/admin/settings"
CLOSED = {"zh-CN": "台风天气，今天闭馆。", "en": "Closed today."}


@pytest.fixture(autouse=True)
def reach(database: Engine, people: None) -> None:
    """`admin` works in the whole district, `supervisor` is an admin of liuyi."""
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
        session.execute(
            text("INSERT INTO role_grant SELECT id, 'admin', '[]', now() FROM account WHERE username = 'supervisor'")
        )


def put_north(database: Engine) -> None:
    with transaction(database) as session:
        use_cases.put_community(
            Call(session, START), id="north", name={"zh-CN": "北关社区"}, time_zone="Asia/Shanghai", number_prefix="BG"
        )


def form_of(browser: Browser, address: str = PAGE) -> Form:
    """Not the form with which one chooses a community."""
    return next(form for form in browser.get(address).forms if "notice_zh" in form.fields)


def save(browser: Browser, address: str = PAGE, status: int = 303, **typed: Any) -> str:
    answer = browser.send(form_of(browser, address), **typed)
    body = answer.get_data(as_text=True)
    assert answer.status_code == status, body[:3000]
    return body


# --- a notice ---


def test_a_notice_is_on_every_page_until_its_time_is_over(browse: Browse, app: Flask, clock: Clock) -> None:
    visitor = Browser(app.test_client())
    assert "闭馆" not in visitor.get("/sign-in").text
    save(browse("admin"), notice_zh=CLOSED["zh-CN"], notice_en=CLOSED["en"], notice_until="2026-03-02T20:00")
    assert CLOSED["zh-CN"] in visitor.get("/sign-in").text
    clock.now = START.replace(hour=11, minute=59)  # 19:59 in Shanghai
    assert CLOSED["zh-CN"] in visitor.get("/cases/lookup").text
    clock.now = START.replace(hour=12, minute=0)
    assert CLOSED["zh-CN"] not in visitor.get("/sign-in").text


def test_notices_of_the_district_and_of_the_community_are_both_shown(
    browse: Browse,
    app: Flask,
    database: Engine,
) -> None:
    put_north(database)
    admin = browse("admin")
    save(admin, notice_zh="全区停电")
    save(admin, f"{PAGE}?community=north", notice_zh="北关停水")
    seen = {}
    for community in ("liuyi", "north"):
        reader = Browser(app.test_client())
        reader.client.get(f"/c/{community}")
        page = reader.get("/sign-in").text
        seen[community] = ("全区停电" in page, "北关停水" in page)
    assert seen == {"liuyi": (True, False), "north": (True, True)}


def test_a_notice_is_text(browse: Browse, app: Flask) -> None:
    save(browse("admin"), notice_zh="<script>alert(1)</script>")
    page = Browser(app.test_client()).get("/sign-in")
    assert "<script>alert(1)" not in page.html and "<script>alert(1)" in page.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"notice_zh": "字" * 301}, "notice_zh"),
        ({"notice_zh": "闭馆", "notice_until": "2026-03-02T08:00"}, "notice_until"),
        ({"notice_until": "2026-03-03T08:00"}, "notice_zh"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(
    browse: Browse,
    database: Engine,
    typed: dict[str, str],
    field: str,
) -> None:
    body = save(browse("admin"), status=422, **typed)
    assert f'id="{field}-error' in body
    assert all(value in body for value in typed.values())
    with reading(database) as session:
        assert session.get(LiveSetting, "") is None


# --- what people may do by themselves ---


def test_new_residents_are_sent_to_the_counter_when_sign_up_is_closed(
    sign_in: SignIn, visitor: Caller, services: FakeServices
) -> None:
    assert sign_in("admin").put("/communities/liuyi/settings", json={"sign_up": False}).status_code == 200
    new = enter(visitor, services, "13912345678")
    assert (new.status_code, new.json["code"]) == (403, "auth.sign_up_closed")
    assert enter(visitor, services, "19900000001").status_code == 201, "who has an account signs in as before"
    assert sign_in("admin").put("/communities/liuyi/settings", json={}).status_code == 200
    assert enter(visitor, services, "13912345678").status_code == 201


def enter(visitor: Caller, services: FakeServices, phone: str) -> Any:
    services.on("notify", "send_code", {"id": str(uuid4())})
    assert visitor.post("/auth/codes?community_id=liuyi", json={"phone": phone}).status_code == 202
    sent = services.of("send_code")
    code = sent[-1].payload["code"] if sent and sent[-1].payload["phone"].endswith(phone) else "246810"
    return visitor.post("/auth/sessions?community_id=liuyi", json={"phone": phone, "code": code})


def test_reports_need_a_sign_in_where_the_admin_says_so(
    sign_in: SignIn, visitor: Caller, services: FakeServices, app: Flask
) -> None:
    assert sign_in("supervisor").put("/communities/liuyi/settings", json={"unnamed_reports": False}).status_code == 200
    refused = visitor.post("/cases?community_id=liuyi", json=REPORT)
    assert (refused.status_code, refused.json["code"]) == (401, "case.sign_in_to_report")
    assert services.of("report_case") == []
    for name in ("list_channels", "list_categories", "list_grids"):
        services.on("cases", name, page())
    form = Browser(app.test_client()).get("/cases/report")
    assert "这里只接受登录后的反映" in form.text and "new_photos" not in form.html


# --- who may, and what is kept of it ---


def test_an_admin_of_a_community_changes_only_its_settings(
    sign_in: SignIn,
    browse: Browse,
    database: Engine,
) -> None:
    put_north(database)
    admin = sign_in("supervisor")
    assert admin.put("/settings", json={"sign_up": False}).status_code == 403
    for answer in (admin.get("/communities/north/settings"), admin.put("/communities/north/settings", json={})):
        assert answer.status_code == 404
    assert sign_in("clerk").get("/settings").status_code == 403
    page = browse("supervisor").get(PAGE)
    assert "北关" not in page.text and "全区</option>" not in page.text
    assert browse("supervisor").client.get(f"{PAGE}?community=north").status_code == 404


def test_two_admins_at_once_and_the_history(sign_in: SignIn, browse: Browse) -> None:
    admin = browse("admin")
    form, tag = form_of(admin), sign_in("admin").get("/settings").headers["ETag"]
    assert sign_in("admin").put("/settings", json={"notice": CLOSED}, headers={"If-Match": tag}).status_code == 200
    answer = admin.send(form, notice_zh="我的公告")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "我的公告" in body and CLOSED["zh-CN"] in body, "what was typed and what changed"
    stale = sign_in("admin").put("/settings", json={}, headers={"If-Match": tag})
    assert stale.status_code == 412
    entries = sign_in("admin").get("/audit-log?kind=live_setting").json["items"]
    assert [entry["after"] for entry in entries] == [{"notice": CLOSED}]


def test_putting_what_is_so_already_changes_nothing(sign_in: SignIn) -> None:
    answer = sign_in("admin").put("/settings", json={})
    assert answer.json["version"] == 0
    assert sign_in("admin").get("/audit-log?kind=live_setting").json["items"] == []


def test_other_gateways_read_the_settings_again(database: Engine, sign_in: SignIn) -> None:
    """What the job does that a notification wakes (gateway.service)."""
    other = KnownCommunities(clock=lambda: 0.0)
    assert other.get(database).live_of("liuyi")[0].sign_up
    sign_in("admin").put("/settings", json={"sign_up": False})
    assert other.get(database).live_of("liuyi")[0].sign_up, "a copy"
    other.forget()
    assert not other.get(database).live_of("liuyi")[0].sign_up
    COMMUNITIES.get(database)
    GatewayService.forget_live_settings(GatewayService())
    assert not COMMUNITIES.get(database).live_of("liuyi")[0].sign_up


def test_the_times_of_a_notice_are_those_of_the_community(sign_in: SignIn, browse: Browse) -> None:
    save(browse("admin"), notice_zh="闭馆", notice_until="2026-03-02T20:00")
    until = sign_in("admin").get("/settings").json["notice_until"]
    assert until == "2026-03-02T12:00:00+00:00"
