"""Administration on pages: lists with filters and files, forms that keep what was typed, and the history of a record."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.refusal import VersionMismatch
from gateway.directory import use_cases as directory
from gateway.web.admin import lists, spreadsheets
from tests.integration.gateway.browser import Browse, Browser, browse, location, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import case
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
CLERK, ADMIN, HANDLER = (demo_id("account", name) for name in ("clerk", "admin", "handler"))
PERSON = f"/admin/staff/{CLERK}"


@pytest.fixture(autouse=True)
def open_cases(services: FakeServices) -> None:
    services.on("cases", "list_cases", page_of())


@pytest.fixture(autouse=True)
def district(database: Engine, people: None) -> None:
    """Two communities with a grid each. `admin` works in the whole district, `supervisor` is an admin of liuyi."""
    with transaction(database) as session:
        for community_id, prefix in (("liuyi", "LY"), ("north", "BG")):
            call, name = Call(session, START), {"zh-CN": f"{community_id}社区", "en": community_id}
            directory.put_community(call, id=community_id, name=name, time_zone="Asia/Shanghai", number_prefix=prefix)
            directory.put_grid(call, id=f"{community_id}-1", community_id=community_id, name=name, position=0)
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
        session.execute(
            text("INSERT INTO role_grant SELECT id, 'admin', '[]', now() FROM account WHERE username = 'supervisor'")
        )


def rows(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))


def sent(browser: Browser, path: str, form: str, status: int, **typed: Any) -> str:
    """The page that answers the form on `path`."""
    answer = browser.send(browser.get(path).form(form), **typed)
    body = answer.get_data(as_text=True)
    assert answer.status_code == status, body[:3000]
    return body


# --- who may ---

PATHS = (
    "/admin",
    "/admin/staff",
    "/admin/staff/new",
    PERSON,
    "/admin/systems",
    "/admin/systems/new",
    "/admin/audit_log",
    "/admin/staff.csv",
)


@pytest.mark.parametrize("path", PATHS)
def test_the_administration_is_for_admins(browse: Browse, visit: Browser, path: str) -> None:  # noqa: F811
    assert browse("clerk").client.get(path).status_code == 403
    assert browse("wang").client.get(path).status_code == 403
    assert "/sign-in/staff?next=" in location(visit.client.get(path))


# --- lists ---


def test_the_list_of_staff_is_filtered_in_the_address(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    assert [row[1] for row in rows(admin, "/admin/staff.csv")[1:]] == [
        "admin", "clerk", "grid", "handler", "mediator", "organiser", "supervisor",
    ]  # fmt: skip
    for query, expected in (
        ("q=刘芳", ["clerk"]),
        ("role=handler", ["handler"]),
        ("community_id=north", ["admin"]),
        ("state=disabled", []),
        ("role=nonsense&state=x&community_id=nowhere&q=", None),
    ):
        found = [row[1] for row in rows(admin, f"/admin/staff.csv?{query}")[1:]]
        assert len(found) == 7 if expected is None else found == expected
    page = admin.get("/admin/staff?q=刘芳&role=clerk")
    assert "刘芳" in page.text and "孙立" not in page.text
    assert "q=%E5%88%98%E8%8A%B3&role=clerk" in page.link(".csv")
    assert "没有符合条件的人员" in admin.get("/admin/staff?q=没有此人").text


def test_a_community_admin_lists_and_exports_the_own_community_only(browse: Browse, database: Engine) -> None:  # noqa: F811
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET communities = '{north}' WHERE username = 'clerk'"))
    admin = browse("supervisor")
    assert "clerk" not in [row[1] for row in rows(admin, "/admin/staff.csv")]
    assert admin.client.get(PERSON).status_code == 404
    assert {row[2].split()[0] for row in rows(admin, "/admin/audit_log.csv")[1:]} == {"社区", "网格"}
    assert not [row for row in rows(admin, "/admin/audit_log.csv") if "north" in row[2]]
    other = admin.get(f"/admin/staff/{ADMIN}")
    assert "只有上级管理员可以修改" in other.text and not [form for form in other.forms if "/admin/" in form.action]


def test_long_lists_have_pages(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(lists, "PER_PAGE", 3)
    admin, seen = browse("admin"), []
    page = admin.get("/admin/staff?role=")
    while True:
        seen += [href for href, _ in page.links if href.startswith("/admin/staff/") and len(href) > 30]
        if not [href for href, _ in page.links if "cursor=" in href]:
            break
        page = admin.get(page.link("cursor="))
    assert len(seen) == len(set(seen)) == 7
    assert admin.client.get("/admin/staff?cursor=nonsense").status_code == 422


# --- files ---


def test_values_in_files_are_never_formulas() -> None:
    table = [["title"], ["=1+1"], ["+86 1"], ["-1"], ["@x"], ["\tx"], ["刘芳"], ["a\x01b"]]
    content = spreadsheets.written("csv", table).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(StringIO(content))][1:6] == ["'=1+1", "'+86 1", "'-1", "'@x", "'\tx"]
    sheet = load_workbook(BytesIO(spreadsheets.written("xlsx", table))).active
    cells = [row[0] for row in sheet.iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == ["title", "=1+1", "+86 1", "-1", "@x", "\tx", "刘芳", "ab"]


def test_the_list_as_a_workbook(browse: Browse) -> None:  # noqa: F811
    answer = browse("admin").client.get("/admin/staff.xlsx?role=clerk")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="linli-staff-20260302.xlsx"'
    assert [[cell.value for cell in row] for row in load_workbook(BytesIO(answer.get_data())).active.iter_rows()] == [
        ["姓名", "用户名", "角色", "社区", "状态", "二次验证"],
        ["刘芳", "clerk", "窗口", "liuyi社区", "在用", "没有"],
    ]


def test_a_file_is_whole_or_refused(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(lists, "MOST_ROWS", 6)
    answer = browse("admin").client.get("/admin/staff.csv")
    assert answer.status_code == 422 and "超过 6 行" in answer.get_data(as_text=True)


# --- staff ---


def test_an_admin_invites_a_person(browse: Browse, visit: Browser) -> None:  # noqa: F811
    admin = browse("admin")
    typed = {"username": "zhao.lei", "name": "赵磊", "roles": ["grid_worker"], "communities": ["liuyi"], "grids": ["liuyi-1"]}
    page = sent(admin, "/admin/staff/new", "/new", 200, **typed)
    link = page.split("http://localhost/invitation?token=")[1].split("<")[0]
    visit.send_and_follow(
        visit.get(f"/invitation?token={link}").form("/invitation"), password="a-password-1", again="a-password-1"
    )
    assert rows(admin, "/admin/staff.csv?q=zhao.lei")[1] == ["赵磊", "zhao.lei", "网格员", "liuyi社区", "在用", "没有"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"username": "Zhao Lei"}, "以字母开头"),
        ({"username": "clerk"}, "该用户名已被使用"),
        ({"name": " "}, "请填写姓名"),
        ({"roles": None}, "请至少选择一个角色"),
        ({"roles": ["king"]}, "king"),
        ({"communities": ["nowhere"]}, "nowhere"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(browse: Browse, typed: dict[str, Any], sentence: str) -> None:  # noqa: F811
    admin = browse("admin")
    whole = {"username": "zhao.lei", "name": "赵磊", "roles": ["clerk", "mediator"], "communities": ["north"]}
    status = 409 if typed.get("username") == "clerk" else 422
    page = sent(admin, "/admin/staff/new", "/new", status, **whole | typed)
    assert sentence in page
    for name, value in (whole | typed).items():
        if isinstance(value, str) and value.strip():
            assert f'value="{value}"' in page
        elif name == "roles" and value == whole["roles"]:
            assert page.count("checked") >= 2
    assert len(rows(admin, "/admin/staff.csv?q=zhao")) == 1


def test_a_person_is_changed_with_history(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    assert location(admin.send(admin.get(PERSON).form(PERSON), roles=["organiser"], communities=["liuyi", "north"])) == PERSON
    page = admin.get(PERSON)
    assert "角色：窗口 → 活动组织者" in page.text and "何伟" in page.text
    assert "社区：liuyi → liuyi、north" in page.text


def test_a_conflict_shows_what_others_changed_and_keeps_what_was_typed(browse: Browse, sign_in: SignIn) -> None:  # noqa: F811
    admin = browse("admin")
    form = admin.get(PERSON).form(PERSON)
    sign_in("supervisor").patch(f"/staff/{CLERK}", json={"roles": ["mediator"]})
    answer = admin.send(form, name="刘小芳", roles=["organiser"])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "角色：窗口 → 调解员" in page and "郑国平" in page and 'value="刘小芳"' in page
    again = type(admin.get(PERSON))(page).form(PERSON)
    assert location(admin.send(again, roles=["organiser"])) == PERSON
    assert rows(admin, "/admin/staff.csv?q=刘小芳")[1][2] == "活动组织者"


def test_a_community_admin_can_give_nothing_outside(browse: Browse) -> None:  # noqa: F811
    admin = browse("supervisor")
    page = admin.get("/admin/staff/new")
    assert not {"communities", "whole_district"} & {found.get("name") for _, found in page.tags}
    answer = admin.send(
        page.form("/new"), username="zhao.lei", name="赵磊", roles=["clerk"], communities=["north"], whole_district="y"
    )
    assert answer.status_code == 200
    assert rows(browse("admin"), "/admin/staff.csv?q=zhao.lei")[1][3] == "liuyi社区", "what the form does not offer is not read"


def test_switching_off_on_and_inviting_again(browse: Browse, sign_in: SignIn) -> None:  # noqa: F811
    admin, clerk = browse("admin"), sign_in("clerk")
    page = admin.send_and_follow(admin.get(PERSON).form("/off"))
    assert "已停用" in page.text and clerk.get("/me").status_code == 401
    assert "已启用" in admin.send_and_follow(page.form("/on")).text
    stale = admin.get(PERSON).form("/off")
    assert "/invitation?token=" in sent(admin, PERSON, "/invite", 200)
    assert "请刷新" in admin.send_and_follow(stale).text, "the page was older than the invitation"
    own = admin.get(f"/admin/staff/{ADMIN}")
    assert not [form for form in own.forms if form.action.endswith(("/off", "/invite"))]
    csrf = {"csrf_token": own.form("/admin/staff").fields["csrf_token"]}
    answer = admin.client.post(f"/admin/staff/{ADMIN}/off", data=csrf)
    assert "不能停用自己的账户" in admin.get(location(answer)).text


def test_the_page_says_what_would_wait_for_somebody_who_is_switched_off(
    browse: Browse,  # noqa: F811
    services: FakeServices,
) -> None:
    admin = browse("admin")
    assert "此人没有在办的事项" in admin.get(PERSON).text
    many = [case(state="dispatched", handler_id=str(CLERK), number=f"LY-2026112{n}-0001") for n in range(7)]
    services.on("cases", "list_cases", page_of(*many))
    page = admin.get(PERSON)
    assert "还有 7 件事项由此人承办" in page.text and "LY-20261124-0001" in page.text and "LY-20261125-0001" not in page.text
    assert page.link(f"/desk/cases?state=dispatched&handler_id={CLERK}")
    asked = services.of("list_cases")[-1].payload
    assert (asked["scope"], asked["state"], asked["handler_id"]) == ("desk", "dispatched", str(CLERK))
    services.on("cases", "list_cases", page_of(*many, next_cursor="next"))
    assert "还有 7+ 件" in admin.get(PERSON).text
    services.on("cases", "list_cases", refused(Unavailable()))
    assert "此人承办的事项暂时无法显示" in admin.get(PERSON).text


def test_open_cases_are_handed_over_in_one_step(
    browse: Browse,  # noqa: F811
    services: FakeServices,
    database: Engine,
) -> None:
    ids = [f"0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e{n}0" for n in range(4)]
    homes = ("liuyi", "liuyi", "liuyi", "north")
    cases = [
        case(id=one, version=n + 2, state="dispatched", handler_id=str(CLERK), community_id=home)
        for n, (one, home) in enumerate(zip(ids, homes, strict=True))
    ]
    services.on("cases", "list_cases", page_of(*cases))

    def take(asked: dict[str, Any], _: Any) -> Any:
        if asked["case_id"] == ids[1]:
            raise refused(VersionMismatch())
        return case(id=asked["case_id"], state="dispatched") | {"steps": []}

    services.on("cases", "hand_over_case", take)
    admin = browse("admin")
    form = admin.get(PERSON).form("/hand-over")
    page = admin.send_and_follow(form, new_handler_id=str(HANDLER))
    assert "已转办 2 件事项" in page.text and "还有 2 件没有转办" in page.text
    asked = services.of("hand_over_case")
    assert [one.payload for one in asked] == [
        {"case_id": one, "expected_version": n + 2, "new_handler_id": str(HANDLER)} for n, one in enumerate(ids[:3])
    ]
    assert len({one.context.idempotency_key for one in asked}) == 3
    for wrong in (str(CLERK), "nobody", str(demo_id("account", "wang"))):
        assert "没有这位承办人" in admin.send_and_follow(form, new_handler_id=wrong, idempotency_key=f"key-of-{wrong}").text
    assert len(services.of("hand_over_case")) == 3


# --- the log ---


def test_the_log_is_filtered_by_kind_person_and_days(browse: Browse, clock: Clock) -> None:  # noqa: F811
    admin = browse("admin")
    admin.send(admin.get(PERSON).form(PERSON), roles=["organiser"])
    clock.forward(hours=10)  # the next day here
    admin.send(admin.get(PERSON).form(PERSON), roles=["mediator"])
    for query, expected in (
        ("kind=staff", 2),
        (f"kind=staff&actor_id={ADMIN}", 2),
        ("kind=staff&start=2026-03-03", 1),
        ("kind=staff&end=2026-03-02", 1),
        ("kind=staff&start=2026-03-02&end=2026-03-03", 2),
        ("kind=staff&start=nonsense&actor_id=nonsense", 2),
        (f"subject_id={CLERK}", 2),
    ):
        assert len(rows(admin, f"/admin/audit_log.csv?{query}")) - 1 == expected, query
    page = admin.get("/admin/audit_log?kind=staff")
    assert "角色：活动组织者 → 调解员" in page.text
    assert rows(admin, "/admin/audit_log.csv?start=2026-03-05&end=2026-03-04")[1:] == []
