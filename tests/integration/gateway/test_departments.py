"""Departments on pages and over the API, the handlers who belong to them, and what services hear of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.audit.models import AuditEntry
from gateway.directory import adoption, file, use_cases
from gateway.directory.models import Department
from gateway.directory.storage import department_codes
from tests.integration.gateway.browser import Browse, Browser, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import CASE_ID, case
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
HANDLER = demo_id("account", "handler")
ROADS: dict[str, Any] = {"name": {"zh-CN": "道路所", "en": "Roads"}, "position": 20}


@pytest.fixture(autouse=True)
def reach(database: Engine, people: None, services: FakeServices) -> None:
    """`admin` works in the whole district, `supervisor` is an admin of liuyi. There is a second community."""
    services.on("cases", "list_cases", page_of())
    with transaction(database) as session:
        name = {"zh-CN": "北关社区"}
        call = Call(session, START)
        use_cases.put_community(call, id="north", name=name, time_zone="Asia/Shanghai", number_prefix="BG")
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


def told(database: Engine) -> list[dict[str, Any]]:
    outbox = tables.outbox
    with reading(database) as session:
        rows = session.execute(select(outbox.c.data).where(outbox.c.type == "department.changed.v1").order_by(outbox.c.seq))
        return [data for (data,) in rows if data["code"] == "roads"]


def problem(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json.get("errors", ())]


def test_a_department_is_made_and_changed_on_pages(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin, new = browse("admin"), "/admin/departments/new"
    assert "请填写名称" in send(admin, new, 422, id="roads", name_zh=" ", position="1")
    send(admin, new, 303, id="roads", name_zh="道路所", name_en="Roads", position="20")
    assert "这个代码已经有单位在用" in send(admin, new, 409, id="roads", name_zh="另一个", position="1")
    send(admin, "/admin/departments/roads", 303, name_zh="道路养护所", position="20", communities=["liuyi"])
    assert [(one["version"], one["name"]["zh-CN"], one["communities"]) for one in told(database)] == [
        (1, "道路所", None),
        (2, "道路养护所", ["liuyi"]),
    ]
    page = admin.get("/admin/departments/roads").text
    assert "还没有承办人" in page and "道路所 → 道路养护所" in page and "修改" in page
    assert "道路养护所" in admin.get("/admin/departments?q=道路").text


def test_a_colleagues_change_is_noticed(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin = browse("admin")
    form = admin.get("/admin/departments/sanitation").form("/admin/departments/sanitation")
    send(admin, "/admin/departments/sanitation", 303, name_zh="环卫站")
    answer = admin.send(form, name_zh="环卫队")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "环卫所 → 环卫站" in body and 'value="环卫队"' in body


def test_an_admin_of_a_community_gives_departments_to_it_alone(sign_in: SignIn, database: Engine) -> None:
    of_liuyi, of_district = sign_in("supervisor"), sign_in("admin")
    for body in (ROADS, ROADS | {"communities": ["liuyi", "north"]}):
        assert problem(of_liuyi.put("/departments/roads", json=body)) == (422, [("communities", "outside_reach")])
    assert of_liuyi.put("/departments/roads", json=ROADS | {"communities": ["liuyi"]}).status_code == 200
    assert of_district.put("/departments/roads", json=ROADS | {"communities": ["liuyi", "north"]}).status_code == 200
    assert of_liuyi.put("/departments/roads", json=ROADS | {"communities": ["liuyi"]}).status_code == 403
    assert of_district.put("/departments/roads", json=ROADS | {"communities": ["north"]}).status_code == 200
    assert of_liuyi.put("/departments/roads", json=ROADS | {"communities": ["liuyi"]}).status_code == 404
    assert sign_in("clerk").put("/departments/roads", json=ROADS).status_code == 403
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.kind == "department").order_by(AuditEntry.id)).all()
        found = [(entry.action, entry.communities) for entry in entries if entry.subject_id == "roads"]
    assert found == [("created", ["liuyi"]), ("changed", ["liuyi", "north"]), ("changed", ["liuyi", "north"])]


@pytest.mark.parametrize(
    ("over", "errors"),
    [
        ({"communities": ["nowhere"]}, [("communities", "unknown")]),
        ({"communities": []}, [("communities", "too_few_items")]),
        ({"position": -1}, [("position", "out_of_range")]),
        ({"name": {"en": "Roads"}}, [("name.zh-CN", "required")]),
    ],
)
def test_bad_departments_are_refused(
    sign_in: SignIn, database: Engine, over: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert problem(sign_in("admin").put("/departments/roads", json=ROADS | over)) == (422, errors)
    assert problem(sign_in("admin").put("/departments/a%20b", json=ROADS))[0] in (404, 422)
    assert told(database) == []


def test_a_handler_belongs_to_departments_with_the_next_request(sign_in: SignIn, services: FakeServices) -> None:
    services.on("cases", "get_case", case(steps=[]))
    admin, handler = sign_in("admin"), sign_in("handler")

    def heard() -> frozenset[str]:
        assert handler.get(f"/cases/{CASE_ID}").status_code == 200
        return services.of("get_case")[-1].context.identity.departments

    assert heard() == {"public-works", "sanitation", "urban-management"}
    answer = admin.patch(f"/staff/{HANDLER}", json={"departments": ["housing", "sanitation"]})
    assert answer.json["departments"] == ["housing", "sanitation"] and heard() == {"housing", "sanitation"}
    assert [one["username"] for one in admin.get("/staff?department=housing").json["items"]] == ["handler"]
    assert admin.patch(f"/staff/{HANDLER}", json={"roles": ["clerk"]}).json["departments"] == []
    assert heard() == frozenset()


def test_only_departments_in_use_within_reach_are_given(sign_in: SignIn) -> None:
    admin, of_liuyi = sign_in("admin"), sign_in("supervisor")
    admin.put("/departments/roads", json=ROADS | {"communities": ["north"]})
    path = f"/staff/{HANDLER}"
    for who, code in ((of_liuyi, "roads"), (admin, "nonsense")):
        assert problem(who.patch(path, json={"departments": [code]})) == (422, [("departments", "unknown")])
    assert admin.patch(path, json={"departments": ["roads"]}).status_code == 200
    admin.put("/departments/roads", json=ROADS | {"communities": ["north"], "active": False})
    assert of_liuyi.patch(path, json={"departments": ["roads", "housing"]}).status_code == 200, "what they had may stay"
    of_liuyi.patch(path, json={"departments": ["housing"]})
    assert problem(admin.patch(path, json={"departments": ["roads"]})) == (422, [("departments", "unknown")])


def test_the_page_of_a_handler_offers_the_departments(browse: Browse, database: Engine) -> None:  # noqa: F811
    path = f"/admin/staff/{HANDLER}"
    send(browse("supervisor"), path, 303, departments=["housing"])
    with reading(database) as session:
        assert session.get_one(Account, HANDLER).departments == ["housing"]


def test_a_resident_belongs_to_no_department(database: Engine) -> None:
    with pytest.raises(IntegrityError, match="account_departments_check"), transaction(database) as session:
        session.execute(update(Account).where(Account.party == "resident").values(departments=["housing"]))


def test_the_desk_is_told_that_nobody_will_see_it(
    browse: Browse,  # noqa: F811
    services: FakeServices,
) -> None:
    from services.cases.interface.cases import StepOfCase
    from services.cases.interface.workflow import BY_NAME

    warning = "没有人会收到这张派单"
    services.on("cases", "get_case", case(steps=[StepOfCase().dump(BY_NAME["dispatch"])]))
    for method in ("list_departments", "list_grids", "list_categories", "get_case_history"):
        services.on("cases", method, page_of())
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    clerk, path = browse("clerk"), f"/desk/cases/{CASE_ID}"
    for code, handler_id, warned in (("housing", None, True), ("sanitation", None, False), ("housing", str(HANDLER), False)):
        department_id = str(demo_id("department", code))
        services.on("cases", "take_step", case(department_id=department_id, handler_id=handler_id, steps=[]))
        form = clerk.get(path).form(f"{path}/dispatch")
        answer = clerk.send(form, department_id=department_id)
        assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
        assert (warning in clerk.get(path).text) == warned, code


# --- an operator's departments, and files ---


def test_departments_that_cases_has_are_taken_over_once(database: Engine) -> None:
    known = str(demo_id("department", "old"))
    listed = page_of(
        {"id": known, "code": "old", "name": {"zh-CN": "老单位"}},
        {"id": str(demo_id("department", "housing")), "code": "housing", "name": {"zh-CN": "别的名字"}},
        {"id": known, "code": "no code", "name": {"zh-CN": "代码不合规"}},
    )
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert [adoption.adopt_departments(database, lambda: listed, now) for _ in range(2)] == [1, 0]
    with reading(database) as session:
        old, housing = session.get_one(Department, "old"), session.get_one(Department, "housing")
        assert str(old.department_id) == known and old.communities is None and old.active
        assert housing.name["zh-CN"] == "物业管理办公室"
        assert "no code" not in department_codes(session)


def test_a_file_has_departments(database: Engine) -> None:
    content = (
        b'{"departments": [{"id": "roads", "name": {"zh-CN": "R"}, "communities": ["north"]},'
        b' {"id": "lamps", "name": {"zh-CN": "L"}}]}'
    )
    with transaction(database) as session:
        file.load(Call(session, START), content)
        shown = {one["id"]: one for one in file.show(Call(session, START))["departments"]}
    assert shown["roads"] == {"id": "roads", "name": {"zh-CN": "R"}, "communities": ["north"], "active": True}
    assert "communities" not in shown["lamps"]
    twice = b'{"departments": [{"id": "roads", "name": {"zh-CN": "R"}}, {"id": "roads", "name": {"zh-CN": "R"}}]}'
    with pytest.raises(file.BadFile, match=r"departments\.1"), transaction(database) as session:
        file.load(Call(session, START), twice)
