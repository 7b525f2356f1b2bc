"""Imports from files: checked row by row, shown, and then committed as a whole or not at all."""

import csv
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from json import dumps
from threading import Barrier
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine, event, func, select, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.directory import use_cases as directory
from gateway.imports.engine import TOGETHER
from gateway.web.admin import spreadsheets
from tests.integration.gateway.browser import Browse, Browser, browse, location  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, Caller

SignIn = Callable[[str], Caller]
ADMIN = demo_id("account", "admin")
NORTH = {"zh-CN": "北关社区"}


@pytest.fixture(autouse=True)
def district(database: Engine, people: None) -> None:
    """`admin` works in the whole district, `supervisor` is an admin of liuyi; north is another community."""
    with transaction(database) as session:
        call = Call(session, START)
        directory.put_community(call, id="north", name=NORTH, time_zone="Asia/Shanghai", number_prefix="BG")
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
        session.execute(
            text("INSERT INTO role_grant SELECT id, 'admin', '[]', now() FROM account WHERE username = 'supervisor'")
        )


@pytest.fixture
def admin(sign_in: SignIn) -> Caller:
    return sign_in("admin")


def table(*rows: tuple[Any, ...]) -> bytes:
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def check(caller: Caller, kind: str, content: bytes, status: int = 201) -> Any:
    data = {"kind": kind, "file": (BytesIO(content), "list.csv")}
    answer = caller.post("/imports?community_id=liuyi", data=data)
    assert answer.status_code == status, answer.json
    return answer.json


def rows(caller: Caller, found: Any, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = caller.get(f"/imports/{found['id']}/rows", query_string={"limit": 100} | query).json["items"]
    return items


def commit(caller: Caller, found: Any, status: int = 200) -> Any:
    answer = caller.post(f"/imports/{found['id']}/commit", json={"digest": found["digest"]})
    assert answer.status_code == status, answer.json
    return answer.json


def count(database: Engine, party: str = "resident") -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Account).where(Account.party == party)) or 0


def columns(caller: Caller, found: Any) -> dict[int, list[tuple[str, str]]]:
    """(column, code) of the errors by line."""
    return {
        row["line"]: [(one["column"], one["code"]) for one in row["problems"]] for row in rows(caller, found, outcome="error")
    }


GRANNIES = table(
    ("姓名", "出生年份", "本人手机号", "联系电话"),
    ("李奶奶", "1944", "", "13900139000"),
    ("马爷爷", "1940", "13800138000", ""),
    ("小明", "2018", "", "139 0013 9000"),
)


def test_a_check_changes_nothing_and_the_commit_does_what_it_showed(admin: Caller, database: Engine) -> None:
    before = count(database)
    found = check(admin, "residents", GRANNIES)
    assert found["counts"] == {"new": 3, "changed": 0, "unchanged": 0, "error": 0}
    assert [(row["line"], row["outcome"], row["label"]) for row in rows(admin, found)] == [
        (2, "new", "李奶奶"), (3, "new", "马爷爷"), (4, "new", "小明"),
    ]  # fmt: skip
    assert count(database) == before
    done = commit(admin, found)
    assert done["committed_at"] and done["invitations"] == []
    assert count(database) == before + 3
    [entry] = admin.get("/audit-log?kind=import").json["items"]
    assert (entry["action"], entry["label"]) == ("imported", "residents")
    assert {name: entry["after"][name] for name in ("new", "changed")} == {"new": 3, "changed": 0}
    with reading(database) as session:
        assert session.execute(text("SELECT rows FROM import_draft")).scalar_one() is None, "the rows are not kept"


def test_the_same_file_again_changes_nothing(admin: Caller, database: Engine) -> None:
    commit(admin, check(admin, "residents", GRANNIES))
    before = count(database)
    found = check(admin, "residents", GRANNIES)
    assert found["counts"] == {"new": 0, "changed": 0, "unchanged": 3, "error": 0}
    commit(admin, found)
    assert count(database) == before
    changed = check(admin, "residents", table(("Name", "Year of birth", "Contact phone"), ("李奶奶", "1944", "13900139001")))
    assert changed["counts"]["changed"] == 1
    assert rows(admin, changed)[0]["changes"] == {"contact_phone": ["+8613900139000", "+8613900139001"]}
    commit(admin, changed)
    assert count(database) == before


def test_each_error_is_told_with_row_column_and_code(admin: Caller, database: Engine) -> None:
    before = count(database)
    content = table(
        ("name", "birth_year", "phone", "contact_phone", "community_id"),
        ("", "1944", "", "", ""),
        ("甲", "1899", "", "", ""),
        ("乙", "x", "", "", ""),
        ("丙", "", "12", "", ""),
        ("丁", "", "", "+1 212 555 0100", ""),
        ("戊", "", "", "", "nowhere"),
        ("己", "2016", "13800138000", "", ""),
        ("庚", "", "19900000001", "", ""),
        ("辛", "1950", "", "", ""),
        ("辛", "1950", "", "", ""),
        ("a\x01b", "", "", "", ""),
        ("好", "", "", "", ""),
        ("壬", "9" * 5_000, "", "", ""),
        ("癸", "1" + "0" * 20, "", "", ""),
    )
    found = check(admin, "residents", content)
    assert columns(admin, found) == {
        2: [("name", "required")],
        3: [("birth_year", "out_of_range")],
        4: [("birth_year", "not_a_number")],
        5: [("phone", "bad_phone")],
        6: [("contact_phone", "bad_phone")],
        7: [("community_id", "unknown")],
        8: [("phone", "too_young")],
        9: [("phone", "residents.account_claimed")],
        11: [("name", "duplicate_row")],
        12: [("name", "control_characters")],
        14: [("birth_year", "too_long")],
        15: [("birth_year", "too_long")],
    }
    assert found["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "error": 12}
    assert commit(admin, found, 409)["code"] == "imports.has_errors"
    assert count(database) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_column"),
        (b"name\n", "no_rows"),
        (b"name,shoe\nx,42\n", "unknown_column"),
        (b"name,name\nx,y\n", "column_twice"),
        (b"birth_year\n1944\n", "missing_column"),
        (b"\xff\xfe\x00n", "unreadable_file"),
        (b"PK\x03\x04 not a workbook", "unreadable_file"),
        (b'name\n"open quote\n', "unreadable_file"),
        (b"name\n" + b"x\n" * 10_001, "too_many_rows"),
        (b"name\n" + b"\n" * 30_000 + b"x\n", "too_many_rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused(admin: Caller, content: bytes, code: str) -> None:
    errors = check(admin, "residents", content, 422)["errors"]
    assert [(one["field"], one["code"]) for one in errors] == [("file", code)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(admin: Caller, encoding: str, separator: str) -> None:
    content = f"姓名{separator}出生年份\r\n李奶奶{separator}1944\r\n".encode(encoding)
    [row] = rows(admin, check(admin, "residents", content))
    assert (row["label"], row["outcome"]) == ("李奶奶", "new")


def workbook(*lines: tuple[Any, ...]) -> bytes:
    book, content = Workbook(), BytesIO()
    for line in lines:
        book.active.append(list(line))
    book.save(content)
    return content.getvalue()


def test_a_workbook_with_numbers_as_cells(admin: Caller) -> None:
    found = check(
        admin, "residents", workbook(("姓名", "出生年份", "本人手机号"), ("李奶奶", 1944, 13800138000), (None, None, None))
    )
    commit(admin, found)
    again = check(admin, "residents", table(("姓名", "本人手机号"), ("李奶奶", "'+86 138 0013 8000")))
    assert again["counts"]["unchanged"] == 1, "an exported number, with the apostrophe of the export"


def test_a_formula_is_not_read(admin: Caller) -> None:
    found = check(admin, "residents", workbook(("name", "birth_year"), ("李奶奶", "=1900+44")))
    assert columns(admin, found) == {2: [("birth_year", "formula")]}
    text_ = check(admin, "residents", table(("name",), ("=HYPERLINK(1)",)))
    assert [row["label"] for row in rows(admin, text_)] == ["=HYPERLINK(1)"], "in CSV it is text"
    exported = spreadsheets.written("csv", [["name"], ["=HYPERLINK(1)"]])
    assert [row["label"] for row in rows(admin, check(admin, "residents", exported))] == ["=HYPERLINK(1)"], (
        "and so it is exported"
    )


def test_what_changed_meanwhile_is_shown_again(admin: Caller, sign_in: SignIn, database: Engine) -> None:
    commit(admin, check(admin, "residents", GRANNIES))
    change = table(("name", "birth_year", "contact_phone"), ("李奶奶", "1944", "13900139001"))
    found = check(admin, "residents", change)
    account = found_id(database, "13900139000")
    clerk = sign_in("clerk")
    answer = clerk.put(f"/residents/{account}", json={"name": "李奶奶", "birth_year": 1944, "contact_phone": "13900139002"})
    assert answer.status_code == 200, answer.json
    assert commit(admin, found, 409)["code"] == "imports.changed"
    shown = admin.get(f"/imports/{found['id']}").json
    assert shown["digest"] != found["digest"] and shown["committed_at"] is None
    assert rows(admin, shown)[0]["changes"] == {"contact_phone": ["+8613900139002", "+8613900139001"]}
    commit(admin, shown)
    assert clerk.get(f"/residents/{account}").json["contact_phone"] == "+8613900139001"


def found_id(database: Engine, phone: str) -> str:
    from chassis.config import settings
    from gateway.accounts.personal import PersonalFields

    index = PersonalFields(settings().encryption_keys, settings().index_keys).index(f"+86{phone}")
    with reading(database) as session:
        return str(session.scalars(select(Account.id).where(Account.contact_phone_index == index).order_by(Account.id)).first())


def test_a_committed_import_is_not_committed_again(admin: Caller, database: Engine) -> None:
    found = check(admin, "residents", GRANNIES)
    commit(admin, found)
    before = count(database)
    assert commit(admin, found, 409)["code"] == "imports.done"
    assert count(database) == before


def test_two_clerks_with_the_same_file_add_everybody_once(sign_in: SignIn, database: Engine) -> None:
    callers, before, barrier = [sign_in("admin"), sign_in("supervisor")], count(database), Barrier(2)
    found = [check(caller, "residents", GRANNIES) for caller in callers]

    def send(number: int) -> int:
        barrier.wait()
        path = f"/imports/{found[number]['id']}/commit"
        return callers[number].post(path, json={"digest": found[number]["digest"]}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == [200, 409]
    assert count(database) == before + 3


def test_nobody_sees_the_import_of_another(admin: Caller, sign_in: SignIn) -> None:
    found = check(admin, "residents", GRANNIES)
    other = sign_in("supervisor")
    for path in (f"/imports/{found['id']}", f"/imports/{found['id']}/rows"):
        assert other.get(path).status_code == 404
    assert commit(other, found, 404)
    assert sign_in("clerk").get(f"/imports/{found['id']}").status_code == 403


def test_an_admin_of_a_community_imports_there_only(sign_in: SignIn) -> None:
    supervisor = sign_in("supervisor")
    residents = check(supervisor, "residents", table(("name", "community_id"), ("甲", "north"), ("乙", "liuyi")))
    assert columns(supervisor, residents) == {2: [("community_id", "outside_reach")]}
    grids = check(supervisor, "grids", table(("id", "community_id", "name_zh"), ("n-1", "north", "一")))
    assert columns(supervisor, grids) == {2: [("community_id", "outside_reach")]}
    communities = table(
        ("id", "name_zh", "number_prefix", "hosts"),
        ("north", "x", "BG", ""),
        ("new", "x", "NW", ""),
        ("liuyi", "x", "LY", "a.cn"),
    )
    assert columns(supervisor, check(supervisor, "communities", communities)) == {
        2: [("id", "outside_reach")], 3: [("id", "outside_reach")], 4: [("hosts", "outside_reach")],
    }  # fmt: skip
    staff = check(
        supervisor, "staff", table(("username", "name", "roles", "communities"), ("zhao.lei", "赵磊", "clerk", "north"))
    )
    assert columns(supervisor, staff) == {2: [("communities", "outside_reach")]}


# --- staff ---

PEOPLE = table(
    ("用户名", "姓名", "角色", "社区代码", "网格代码"),
    ("zhao.lei", "赵磊", "窗口、网格员", "liuyi", "liuyi-1"),
    ("clerk", "刘芳", "Clerk", "liuyi", ""),
    ("handler", "孙立", "承办人,调解员", "liuyi", ""),
)


def test_staff_are_invited_and_changed(admin: Caller, visitor: Caller) -> None:
    found = check(admin, "staff", PEOPLE)
    assert found["counts"] == {"new": 1, "changed": 1, "unchanged": 1, "error": 0}
    assert rows(admin, found, outcome="changed")[0]["changes"] == {"roles": [["handler"], ["handler", "mediator"]]}
    [invited] = commit(admin, found)["invitations"]
    token = invited["link"].partition("token=")[2]
    accepted = visitor.post("/auth/invitations", json={"token": token, "password": "a-long-first-password"})
    assert accepted.status_code in (200, 201), accepted.json
    assert accepted.json["username"] == "zhao.lei"
    [person] = admin.get("/staff?q=zhao.lei").json["items"]
    assert (person["roles"], person["grids"], person["state"]) == (["clerk", "grid_worker"], ["liuyi-1"], "active")
    actions = [entry["action"] for entry in admin.get(f"/audit-log?subject_id={person['id']}").json["items"]]
    assert sorted(actions) == ["accepted", "created", "invited"]


def test_errors_of_staff(admin: Caller) -> None:
    content = table(
        ("username", "name", "roles", "communities", "grids", "whole_district"),
        ("Zhao Lei", "赵磊", "clerk", "", "", ""),
        ("a.b", "赵磊", "king", "", "", ""),
        ("a.c", "赵磊", "，", "", "", ""),
        ("a.d", "赵磊", "clerk", "nowhere", "", ""),
        ("a.e", "赵磊", "clerk", "", "liuyi-99", ""),
        ("a.f", "赵磊", "clerk", "", "", "maybe"),
        ("admin", "何伟", "clerk", "", "", "是"),
    )
    assert columns(admin, check(admin, "staff", content)) == {
        2: [("username", "bad_username")],
        3: [("roles", "not_a_choice")],
        4: [("roles", "too_few_items")],
        5: [("communities", "unknown")],
        6: [("grids", "unknown")],
        7: [("whole_district", "not_yes_or_no")],
        8: [("roles", "own_role")],
    }


# --- the directory ---

RING = '{"type": "Polygon", "coordinates": [[[114.65, 33.62], [114.66, 33.62], [114.66, 33.63], [114.65, 33.62]]]}'


def test_communities_and_grids(admin: Caller, database: Engine) -> None:
    communities = table(
        ("代码", "名称", "英文名称", "街道代码", "编号前缀", "电话"),
        ("south", "南关社区", "South", "chenzhou", "NG", "0394-1"),
        ("north", "北关社区", "North", "", "BG", ""),
    )
    found = check(admin, "communities", communities)
    assert found["counts"] == {"new": 1, "changed": 1, "unchanged": 0, "error": 0}
    commit(admin, found)
    assert admin.get("/communities/south").json["name"] == {"zh-CN": "南关社区", "en": "South"}
    grids = table(
        ("id", "community_id", "name_zh", "border", "active"),
        ("south-1", "south", "一格", RING, "是"),
        ("south-2", "south", "二格", "", "no"),
        ("liuyi-1", "liuyi", "第一网格", "", ""),
    )
    commit(admin, check(admin, "grids", grids))
    [grid] = admin.get("/communities/south").json["grids"]
    assert (grid["id"], grid["position"], grid["border"]["type"]) == ("south-1", 0, "Polygon")
    with reading(database) as session:
        types = session.scalars(text("SELECT type FROM outbox WHERE community_id = 'south'")).all()
    assert sorted(types) == ["community.changed.v1", "grid.changed.v1", "grid.changed.v1"]
    partly = check(admin, "communities", table(("id", "name_zh"), ("south", "南关社区")))
    commit(admin, partly)
    assert admin.get("/communities/south").json["phone"] == "0394-1", "what the file has no column for stays"


def test_errors_of_the_directory(admin: Caller) -> None:
    communities = table(
        ("id", "name_zh", "number_prefix", "time_zone", "lat", "lon", "sub_district_id", "hosts"),
        ("a b", "x", "AB", "", "", "", "", ""),
        ("c2", "x", "LY", "", "", "", "", ""),
        ("c3", "x", "bad", "", "", "", "", ""),
        ("c4", "x", "CD", "Mars", "", "", "", ""),
        ("c5", "x", "CE", "", "x", "1", "", ""),
        ("c6", "x", "CF", "", "91", "1", "", ""),
        ("c7", "x", "CG", "", "", "", "nowhere", ""),
        ("c8", "x", "CH", "", "", "", "", "Bad Host"),
        ("liuyi", "x", "XX", "", "", "", "", ""),
        ("c9", "x", "CI", "", "", "", "", ""),
        ("c10", "x", "CI", "", "", "", "", ""),
    )
    assert columns(admin, check(admin, "communities", communities)) == {
        2: [("id", "not_a_code")],
        3: [("number_prefix", "directory.prefix_taken")],
        4: [("number_prefix", "bad_prefix")],
        5: [("time_zone", "not_a_time_zone")],
        6: [("lat", "not_a_decimal")],
        7: [("lat", "out_of_range")],
        8: [("sub_district_id", "unknown")],
        9: [("hosts", "not_a_host")],
        10: [("number_prefix", "directory.prefix_fixed")],
        12: [("number_prefix", "directory.prefix_taken")],
    }
    grids = table(
        ("id", "community_id", "name_zh", "position", "border"),
        ("g-1", "nowhere", "x", "", ""),
        ("g-2", "north", "x", "-1", ""),
        ("g-3", "north", "x", "10000", ""),
        ("g-4", "north", "x", "", "{"),
        ("g-5", "north", "x", "", '{"type": "Point"}'),
        ("liuyi-1", "north", "x", "", ""),
        ("g-8", "north", "x", "9" * 5_000, ""),
    )
    assert columns(admin, check(admin, "grids", grids)) == {
        2: [("community_id", "unknown")],
        3: [("position", "not_a_number")],
        4: [("position", "out_of_range")],
        5: [("border", "not_a_border")],
        6: [("border", "not_a_border")],
        7: [("community_id", "directory.grid_of_another_community")],
        8: [("position", "too_long")],
    }


@pytest.mark.parametrize("cursor", ["1" + "0" * 20, "9" * 5_000, "²", "-1", "x"])
def test_a_made_up_cursor_is_no_fault_of_ours(admin: Caller, browse: Browse, cursor: str) -> None:  # noqa: F811
    found = check(admin, "residents", table(("name",), ("甲",)))
    query = {"cursor": cursor}
    assert admin.get(f"/imports/{found['id']}/rows", query_string=query).status_code == (422 if len(cursor) > 1_000 else 200)
    page = browse("admin").client.get(f"/admin/imports/{found['id']}", query_string=query)
    assert (page.status_code, "甲" in page.text) == (200, True)


def ring(west: float, east: float) -> str:
    corners = [[west, 33.6], [east, 33.6], [east, 33.61], [west, 33.61], [west, 33.6]]
    return dumps({"type": "Polygon", "coordinates": [corners]})


def test_grids_of_a_file_may_swap_streets_but_not_overlap(admin: Caller) -> None:
    head = ("id", "community_id", "name_zh", "border", "active")
    first = (
        ("north-1", "north", "一格", ring(114.60, 114.61), ""),
        ("north-2", "north", "二格", ring(114.61, 114.62), ""),
    )
    communities = table(("id", "name_zh", "number_prefix"), ("north", "北关社区", "BG"))
    commit(admin, check(admin, "communities", communities))
    commit(admin, check(admin, "grids", table(head, *first)))
    overlapping = (
        ("north-3", "north", "三格", ring(114.615, 114.63), ""),
        ("north-4", "north", "四格", ring(114.625, 114.64), ""),
        ("north-5", "north", "五格", ring(114.64, 114.65), ""),
        ("north-6", "north", "六格", ring(114.60, 114.65), "no"),
    )
    found = check(admin, "grids", table(head, *overlapping))
    assert columns(admin, found) == {
        2: [("border", "directory.grids_overlap")],
        3: [("border", "directory.grids_overlap")],
    }
    assert commit(admin, found, 409)["code"] == "imports.has_errors"
    swapped = (
        ("north-1", "north", "一格", ring(114.61, 114.62), ""),
        ("north-2", "north", "二格", ring(114.60, 114.61), ""),
    )
    found = check(admin, "grids", table(head, *swapped))
    assert found["counts"] == {"new": 0, "changed": 2, "unchanged": 0, "error": 0}
    commit(admin, found)
    # In use again without a word about the border, where another grid has been drawn since.
    commit(admin, check(admin, "grids", table(head, ("north-6", "north", "六格", ring(114.60, 114.65), "no"))))
    again = check(admin, "grids", table(("id", "community_id", "name_zh", "active"), ("north-6", "north", "六格", "yes")))
    assert columns(admin, again) == {2: [("border", "directory.grids_overlap")]}


# --- ten thousand rows ---


def test_ten_thousand_rows_with_errors_are_all_told_and_nothing_is_imported(
    browse: Browse,  # noqa: F811
    admin: Caller,
    database: Engine,
) -> None:
    before = count(database)
    lines: list[tuple[Any, ...]] = [("name", "birth_year", "contact_phone")]
    lines += [(f"居民{n}", 1950, "13900139000" if n % 2 else "12") for n in range(10_000)]
    found = check(admin, "residents", table(*lines))
    assert found["counts"] == {"new": 5_000, "changed": 0, "unchanged": 0, "error": 5_000}
    assert commit(admin, found, 409)["code"] == "imports.has_errors"
    assert count(database) == before
    file = browse("admin").client.get(f"/admin/imports/{found['id']}.csv?outcome=error").get_data().decode("utf-8-sig")
    told = list(csv.reader(StringIO(file)))[1:]
    assert [int(row[0]) for row in told] == list(range(2, 10_002, 2))
    assert {tuple(row[3:5]) for row in told} == {("联系电话", "bad_phone")}


def test_ten_thousand_rows_are_imported_at_once(admin: Caller, database: Engine) -> None:
    before = count(database)
    content = table(("name", "birth_year"), *((f"居民{n}", 1950) for n in range(10_000)))
    found = check(admin, "residents", content)
    commit(admin, found)
    assert count(database) == before + 10_000


def test_more_rows_take_no_more_statements(admin: Caller, database: Engine) -> None:
    """Up to TOGETHER rows are written together. A check writes nothing."""

    def statements(act: Callable[[], Any]) -> int:
        found: list[str] = []

        def note(*arguments: Any) -> None:
            found.append(arguments[2])

        event.listen(database, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(database, "before_cursor_execute", note)
        return len(found)

    def both(people: Sequence[str]) -> tuple[int, int]:
        rows = [(name, 1950, f"139{n:08d}") for n, name in enumerate(people)]
        checked: list[Any] = []
        content = table(("name", "birth_year", "contact_phone"), *rows)
        checking = statements(lambda: checked.append(check(admin, "residents", content)))
        return checking, statements(lambda: commit(admin, checked[0]))

    both(["先来"])  # who asks, and what they may do, is read once
    few, many = both([f"少{n}" for n in range(3)]), both([f"多{n}" for n in range(TOGETHER)])
    assert few == many


# --- pages ---


def test_an_import_on_the_pages(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    assert admin.get("/admin/imports").link("/admin/imports/staff")
    template = admin.client.get("/admin/imports/staff.xlsx").get_data()
    assert [cell.value for cell in next(load_workbook(BytesIO(template)).active.iter_rows())][:3] == ["用户名", "姓名", "角色"]
    page = admin.get("/admin/imports/staff")
    checked = upload(admin, page.form("/admin/imports/staff"), PEOPLE)
    shown = admin.get(checked)
    assert "将新增 1 行，修改 1 行，1 行不变" in shown.text and "handler → handler、mediator" in shown.text
    answer = admin.send(shown.form("/admin/imports/"))
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200 and body.count("/invitation?token=") == 1 and "linli-invitations.csv" in body
    assert "导入。" in admin.get(checked).text and not [
        form for form in admin.get(checked).forms if "/admin/imports" in form.action
    ]


def upload(browser: Browser, form: Any, content: bytes) -> str:
    answer = browser.client.post(form.action, data=form.fields | {"file": (BytesIO(content), "list.csv")})
    return location(answer)


def test_errors_on_the_pages(browse: Browse) -> None:  # noqa: F811
    admin = browse("admin")
    form = admin.get("/admin/imports/residents").form("/admin/imports/residents")
    nothing = admin.client.post(form.action, data=form.fields)
    assert nothing.status_code == 422 and "请选择文件" in nothing.get_data(as_text=True)
    wrong = admin.client.post(form.action, data=form.fields | {"file": (BytesIO(b"x\n1\n"), "list.csv")})
    assert wrong.status_code == 422 and "没有“x”这一列" in wrong.get_data(as_text=True)
    form = admin.get("/admin/imports/residents").form("/admin/imports/residents")
    page = admin.get(upload(admin, form, table(("name", "birth_year"), ("甲", "x"))))
    assert "有 1 行错误" in page.text and "出生年份" in page.text and "应为整数" in page.text
    assert browse("clerk").client.get("/admin/imports").status_code == 403
