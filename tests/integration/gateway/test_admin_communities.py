"""The directory on pages and over the API: a community is set up and changed by those who may, without SQL."""

from json import loads
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from gateway.directory import use_cases
from gateway.directory.models import Community, Grid
from tests.integration.gateway.browser import Browse, Browser, browse, location  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, Caller
from tests.integration.gateway.test_residents import SignIn

NEW = "/admin/communities/new"
NORTH: dict[str, Any] = {"id": "north", "name_zh": "北关社区", "number_prefix": "BG", "time_zone": "Asia/Shanghai"}
BODY = {"name": {"zh-CN": "北关社区"}, "time_zone": "Asia/Shanghai", "number_prefix": "BG"}
BORDER = '{"type": "Polygon", "coordinates": [[[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]]}'


@pytest.fixture(autouse=True)
def reach(database: Engine, people: None) -> None:
    """`admin` works in the whole district, `supervisor` is an admin of liuyi."""
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
        session.execute(
            text("INSERT INTO role_grant SELECT id, 'admin', '[]', now() FROM account WHERE username = 'supervisor'")
        )


def send(browser: Browser, path: str, status: int, **typed: Any) -> str:
    """The body of the answer to the form on `path`."""
    answer = browser.send(browser.get(path).form(path), **typed)
    body = answer.get_data(as_text=True)
    assert answer.status_code == status, body[:3000]
    return body


def put_north(database: Engine) -> None:
    with transaction(database) as session:
        use_cases.put_community(Call(session, START), id="north", **BODY)


def told(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(tables.outbox)) or 0


# --- on pages ---


def test_a_community_is_set_up_on_pages(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin = browse("admin")
    send(admin, "/admin/sub_districts/new", 303, id="beiguan", name_zh="北关街道")
    send(
        admin, NEW, 303, **NORTH, sub_district_id="beiguan", phone="0394-1234567", address_zh="北关路1号", hosts="bg.example.cn"
    )
    page = admin.get("/admin/communities/north")
    assert "北关社区" in page.text and "还没有网格" in page.text
    send(admin, "/admin/communities/north/grids/new", 303, id="north-1", name_zh="一网格", position="0", border=BORDER)
    with reading(database) as session:
        community = session.get_one(Community, "north")
        assert (community.sub_district_id, community.hosts, community.address) == (
            "beiguan", ["bg.example.cn"], {"zh-CN": "北关路1号"},
        )  # fmt: skip
        assert session.get_one(Grid, "north-1").border is not None
    home = admin.client.get("/communities").get_data(as_text=True)
    assert "北关社区" in home, "this process knows it at once"
    log = admin.get("/admin/audit_log").text
    assert "北关街道" in log and "一网格" in log


def test_an_admin_of_a_community_changes_it_and_sees_no_other(browse: Browse, database: Engine) -> None:  # noqa: F811
    put_north(database)
    admin = browse("supervisor")
    page = admin.get("/admin/communities")
    assert "六一社区" in page.text and "北关社区" not in page.text and "新增社区" not in page.text
    assert admin.client.get("/admin/communities/north").status_code == 404
    send(admin, "/admin/communities/liuyi", 303, phone="0394-7654321")
    with reading(database) as session:
        liuyi = session.get_one(Community, "liuyi")
        assert (liuyi.phone, liuyi.number_prefix) == ("0394-7654321", "LY"), "what was not changed stays"
        assert liuyi.privacy_notice is not None or liuyi.hours is not None
    assert admin.send(browse("admin").get(NEW).form(NEW), **NORTH).status_code in (400, 403)


def test_what_is_refused_is_told_beside_the_field_and_what_was_typed_stays(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin, before = browse("admin"), told(database)
    for typed, field, sentence in (
        ({"number_prefix": "LY"}, "number_prefix", "LY"),
        ({"number_prefix": "x"}, "number_prefix", "大写"),
        ({"id": "六一"}, "id", "字母"),
        ({"id": "liuyi"}, "id", "已经有社区"),
        ({"phone": "call us"}, "phone", "数字"),
        ({"lat": "91", "lon": "114"}, "lat", "90"),
        ({"hosts": "https://x"}, "hosts", "域名"),
        ({"name_zh": " "}, "name_zh", "名称"),
    ):
        answer = admin.send(admin.get(NEW).form(NEW), **NORTH | {"address_zh": "北关路1号"} | typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code in (409, 422), typed
        assert f'id="{field}-error1"' in page and sentence in page, typed
        assert "北关路1号" in page
    assert told(database) == before


def test_a_border_that_is_none_is_refused(browse: Browse, database: Engine) -> None:  # noqa: F811
    path = "/admin/communities/liuyi/grids/new"
    for border in ("x", "[]", '{"type": "Point", "coordinates": [1, 2]}'):
        page = send(browse("admin"), path, 422, id="liuyi-9", name_zh="九", position="9", border=border)
        assert "GeoJSON" in page
    with reading(database) as session:
        assert session.get(Grid, "liuyi-9") is None


CROSSED = '{"type": "Polygon", "coordinates": [[[114.0, 33.0], [114.1, 33.1], [114.1, 33.0], [114.0, 33.1], [114.0, 33.0]]]}'
# liuyi-1 and liuyi-2 of the demo are partly in it.
OVERLAPPING = CROSSED.replace("[114.0, 33.0], [114.1, 33.1], [114.1, 33.0], [114.0, 33.1], [114.0, 33.0]", "%s") % (
    "[114.65, 33.627], [114.655, 33.627], [114.655, 33.628], [114.65, 33.628], [114.65, 33.627]"
)


def test_a_border_that_crosses_itself_or_another_is_refused_with_the_place(browse: Browse, database: Engine) -> None:  # noqa: F811
    path = "/admin/communities/liuyi/grids/new"
    before = told(database)
    for border, status, sentence in (
        (CROSSED, 422, "边界在 114.05, 33.05 处自己相交或相接。"),
        (OVERLAPPING, 409, "边界与网格“第一网格（六一路东段）”（liuyi-1）重叠"),
    ):
        page = send(browse("admin"), path, status, id="liuyi-9", name_zh="九", position="9", border=border)
        assert sentence in page and 'id="border-error1"' in page
    assert told(database) == before


def test_two_admins_change_one_community(browse: Browse, database: Engine) -> None:  # noqa: F811
    first, second = browse("admin"), browse("supervisor")
    path = "/admin/communities/liuyi"
    mine, theirs = first.get(path).form(path), second.get(path).form(path)
    assert first.send(mine, phone="0394-1111111").status_code == 303
    answer = second.send(theirs, phone="0394-2222222")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "0394-1111111" in page and "0394-2222222" in page
    with reading(database) as session:
        assert session.get_one(Community, "liuyi").phone == "0394-1111111"


def test_the_list_is_searched(browse: Browse, database: Engine) -> None:  # noqa: F811
    put_north(database)
    admin = browse("admin")
    for q, found in (("北关", True), ("nor", True), ("100%", False), ("六一", False)):
        assert ("/admin/communities/north" in admin.get(f"/admin/communities?q={q}").html) is found, q


# --- over the API ---


def test_the_api_adds_and_changes(sign_in: SignIn, visitor: Caller) -> None:
    admin = sign_in("admin")
    made = admin.put("/communities/north", json=BODY)
    assert (made.status_code, made.json["id"], made.json["version"]) == (200, "north", 1)
    tag = visitor.get("/communities/north").headers["ETag"]
    assert admin.put("/communities/north", json=BODY | {"phone": "0394-1234567"}, headers={"If-Match": tag}).status_code == 200
    assert admin.put("/communities/north", json=BODY, headers={"If-Match": tag}).status_code == 412
    assert visitor.get("/communities/north").json["phone"] == "0394-1234567", "this process tells it at once"
    grid = admin.put("/communities/north/grids/north-1", json={"name": {"zh-CN": "一"}, "position": 0})
    assert (grid.status_code, grid.json["active"]) == (200, True)
    assert admin.put("/sub-districts/beiguan", json={"name": {"zh-CN": "北关街道"}}).status_code == 200
    assert [row["id"] for row in admin.get("/sub-districts").json["items"]] == ["beiguan", "chenzhou"]


def test_who_may_not(sign_in: SignIn, database: Engine) -> None:
    put_north(database)
    own = sign_in("supervisor")
    before = told(database)
    assert own.put("/communities/north", json=BODY | {"phone": "123"}).status_code == 404
    assert own.put("/communities/north/grids/n-1", json={"name": {"zh-CN": "一"}, "position": 0}).status_code == 404
    assert own.put("/communities/south", json=BODY | {"number_prefix": "NG"}).status_code == 403
    assert own.put("/sub-districts/x", json={"name": {"zh-CN": "x"}}).status_code == 403
    assert sign_in("clerk").put("/communities/liuyi", json=BODY).status_code == 403
    assert sign_in("wang").get("/sub-districts").status_code == 403
    assert told(database) == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/communities/north", BODY | {"time_zone": "Mars"}, "time_zone"),
        ("/communities/north", BODY | {"name": {}}, "name.zh-CN"),
        ("/communities/north", BODY | {"colour": "red"}, "colour"),
        ("/communities/north", BODY | {"sub_district_id": "nowhere"}, "sub_district_id"),
        ("/communities/a b", BODY, "id"),
        ("/communities/liuyi/grids/g", {"name": {"zh-CN": "一"}, "position": -1}, "position"),
        ("/communities/liuyi/grids/g", {"name": {"zh-CN": "一"}, "position": 0, "border": "x"}, "border"),
        ("/communities/liuyi/grids/g", {"name": {"zh-CN": "一"}, "position": 0, "border": loads(CROSSED)}, "border"),
    ],
)
def test_bad_input_is_refused_with_the_field(sign_in: SignIn, path: str, body: dict[str, Any], field: str) -> None:
    refused = sign_in("admin").put(path, json=body)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, field), refused.json


def test_prefixes_hosts_and_grids_of_others_conflict(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    admin.put("/communities/north", json=BODY | {"hosts": ["bg.example.cn"]})
    for path, body, code in (
        ("/communities/south", BODY, "directory.prefix_taken"),
        ("/communities/north", BODY | {"number_prefix": "XX"}, "directory.prefix_fixed"),
        ("/communities/south", BODY | {"number_prefix": "NG", "hosts": ["bg.example.cn"]}, "directory.host_taken"),
        ("/communities/north/grids/liuyi-1", {"name": {"zh-CN": "一"}, "position": 0}, "directory.grid_of_another_community"),
        (
            "/communities/liuyi/grids/liuyi-9",
            {"name": {"zh-CN": "九"}, "position": 9, "border": loads(OVERLAPPING)},
            "directory.grids_overlap",
        ),
    ):
        refused = admin.put(path, json=body)
        assert (refused.status_code, refused.json["code"]) == (409, code)


def test_host_names_and_the_sub_district_are_for_the_district(sign_in: SignIn, database: Engine) -> None:
    own, liuyi = sign_in("supervisor"), sign_in("wang").get("/communities/liuyi").json
    body = {name: liuyi[name] for name in ("name", "time_zone", "number_prefix", "address", "phone", "hours", "location")}
    body |= {"sub_district_id": liuyi["sub_district"]["id"], "hosts": liuyi["hosts"], "privacy_notice": liuyi["privacy_notice"]}
    assert own.put("/communities/liuyi", json=body | {"phone": "0394-9999999"}).status_code == 200
    for change, field in (({"hosts": ["localhost"]}, "hosts"), ({"sub_district_id": None}, "sub_district_id")):
        sent = {name: value for name, value in (body | change).items() if value is not None}
        refused = own.put("/communities/liuyi", json=sent)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, field)


def test_a_first_admin_without_a_community_works_in_a_district_of_several(sign_in: SignIn, database: Engine) -> None:
    put_north(database)
    with transaction(database) as session:
        session.execute(text("UPDATE account SET community_id = '' WHERE username = 'admin'"))
    admin = sign_in("admin")
    new = {"username": "zhao.lei", "name": "赵磊", "roles": ["clerk"], "communities": ["north"]}
    made = admin.post("/staff", json=new)
    assert (made.status_code, made.json["community_id"]) == (201, "north")
    assert admin.post("/staff", json=new | {"username": "x.y", "communities": [], "whole_district": True}).status_code == 201
    wang = sign_in("wang").account_id
    assert admin.get(f"/residents/{wang}").status_code == 200


def test_numbers_that_are_none_are_no_coordinates(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    answer = admin.send(admin.get(NEW).form(NEW), **NORTH | {"lat": "sNaN", "lon": "114"})
    assert answer.status_code == 422
