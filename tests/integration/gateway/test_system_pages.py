"""The pages of systems: forms that say what is wrong, secrets that are shown once, and nothing of other communities."""

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from tests.integration.gateway.browser import Browse, Browser, Form, browse, location  # noqa: F401 - fixture
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page as page_of
from tests.integration.gateway.test_admin_pages import rows, sent

NEW = {"name": "=12345 热线", "contact": "值班室", "rights": ["cases:read"], "messages": ["messages:read:case.*"]}


def new_system(admin: Browser) -> str:
    """The path of the page of a new system."""
    return location(admin.send(admin.get("/admin/systems/new").form("/new"), **NEW)).partition("#")[0]


def about(admin: Browser, path: str) -> Form:
    """The form with the name and the rights, on the page of a system."""
    return next(form for form in admin.get(path).forms if form.action == path)


def secret_on(page: str) -> str:
    return page.split('<p class="token">')[1].split("<")[0]


def test_a_key_is_made_shown_once_replaced_and_revoked(
    browse: Browse,  # noqa: F811
    visitor: Caller,
    services: FakeServices,
    clock: Clock,
) -> None:
    services.on("cases", "list_cases", page_of())
    admin = browse("admin")
    path = new_system(admin)
    assert rows(admin, "/admin/systems.csv")[1] == [
        "'=12345 热线",
        "六一社区",
        "查看事项（不含个人信息）、读取消息（事项）",
        "",
        "没有有效密钥",
    ]
    secret = secret_on(sent(admin, path, f"{path}/keys", 200, days="30"))
    assert secret.startswith("lk_") and secret not in admin.get(path).text
    headers = {"X-API-Key": secret}
    assert visitor.get("/cases", headers=headers).status_code == 200
    assert rows(admin, "/admin/systems.csv")[1][3:] == ["2026-03-02 17:00", "在用"]
    replaced = admin.get(path).form("/replace")
    new = secret_on(admin.send(replaced, overlap_hours="24").get_data(as_text=True))
    assert "已更换，即将失效" in admin.get(path).text
    clock.forward(minutes=1)
    again = admin.send_and_follow(replaced, overlap_hours="24", idempotency_key="another-attempt")
    assert "该密钥已经更换过。" in again.text
    assert visitor.get("/cases", headers=headers).status_code == 200
    assert "已吊销，不能再使用。" in admin.send_and_follow(admin.get(path).form("/revoke")).text
    assert [visitor.get("/cases", headers={"X-API-Key": one}).status_code for one in (secret, new)] == [200, 401]
    actions = [row[3] for row in rows(admin, "/admin/audit_log.csv?kind=api_key")[1:]]
    assert actions == ["吊销", "新建", "更换", "新建"]


def test_a_client_is_shown_with_its_id_and_the_address(browse: Browse, app: Flask) -> None:  # noqa: F811
    admin = browse("admin")
    path = new_system(admin)
    page = sent(admin, path, f"{path}/keys", 200, kind="client", days="30", label="主机房")
    for expected in ("client_id", "client_secret", "lc_", "http://localhost/oauth/token"):
        assert expected in page
    assert "OAuth 客户端 · 主机房" in admin.get(path).text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "  "}, "请填写名称。"),
        ({"exact": "cases:everything"}, "“cases:everything”不是有效的权限"),
        ({"exact": "cases:read@yuxin"}, "“cases:read@yuxin”中的社区不在该系统的范围内。"),
        ({"rights": ["gateway"]}, "gateway"),
        ({"requests_per_minute": "0"}, "1"),
        ({"requests_per_minute": "many"}, "many"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    browse: Browse,  # noqa: F811
    database: Engine,
    typed: dict[str, object],
    message: str,
) -> None:
    admin = browse("admin")
    page = sent(admin, "/admin/systems/new", "/new", 422, **NEW | typed)
    assert message in page and 'value="值班室"' in page
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM system")) == 0
    path = new_system(admin)
    answer = admin.send(about(admin, path), **NEW | typed)
    assert answer.status_code == 422 and message in answer.get_data(as_text=True)
    assert "=12345 热线" in admin.get(path).text


def test_two_admins_at_once(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    path = new_system(admin)
    first, second = about(admin, path), about(admin, path)
    assert "已保存" in admin.send_and_follow(first, exact="cases:write").text
    page = admin.send(second, contact="新联系人")
    body = page.get_data(as_text=True)
    assert page.status_code == 409 and "别人做了这些改动" in body and 'value="新联系人"' in body
    assert "以本系统的名义提交事项" in body
    switched = admin.send_and_follow(admin.get(path).form("/off"), version="1")
    assert "内容已被更新" in switched.text
    assert "已停用，它的密钥都不能再使用。" in admin.send_and_follow(admin.get(path).form("/off")).text
    assert "已启用。" in admin.send_and_follow(admin.get(path).form("/on")).text


def test_the_rights_come_back_into_their_fields(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    path = new_system(admin)
    admin.send(about(admin, path), exact="bookings:read@liuyi messages:read:booking.confirmed.v1")
    form = about(admin, path)
    again = admin.send_and_follow(form)
    assert "bookings:read@liuyi\nmessages:read:booking.confirmed.v1" in again.text
    assert len(rows(admin, "/admin/audit_log.csv?kind=system")) == 3, "saving the same again changes nothing"


def test_the_systems_of_others_are_not_there(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin = browse("admin")
    path = new_system(admin)
    forms = [about(admin, path), *(admin.get(path).form(part) for part in (f"{path}/keys", "/off"))]
    with transaction(database) as session:
        session.execute(text("UPDATE system SET communities = '{yuxin}'"))
    assert admin.client.get(path).status_code == 404
    assert [admin.send(form).status_code for form in forms] == [404] * 3
    assert len(rows(admin, "/admin/systems.csv")) == 1


@pytest.mark.parametrize("who", ["clerk", "supervisor"])
def test_only_admins_see_the_pages(browse: Browse, who: str) -> None:  # noqa: F811
    path = new_system(browse("admin"))
    for address in ("/admin/systems", "/admin/systems.csv", "/admin/systems/new", path, "/admin/api_keys"):
        assert browse(who).client.get(address).status_code == 403


def test_the_address_of_earlier_releases_leads_here(browse: Browse) -> None:  # noqa: F811
    assert location(browse("admin").client.get("/admin/api_keys")) == "/admin/systems"
