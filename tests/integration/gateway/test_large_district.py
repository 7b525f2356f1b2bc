"""Many communities: pages cost as many statements as with few, and every community can be chosen."""

import pytest
from sqlalchemy import Engine, event, text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from gateway.directory import use_cases
from gateway.web.places import MOST_FLAT
from tests.integration.gateway.browser import Browse, Browser, browse, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START

PAGES = ("staff", "staff/new", "communities", "departments", "systems", "systems/new", "settings")
MANY = 2 * MOST_FLAT


@pytest.fixture(autouse=True)
def admin_of_the_district(database: Engine, people: None) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))


def add(engine: Engine, count: int) -> None:
    """Communities in two sub-districts, each with a grid."""
    with transaction(engine) as session:
        call = Call(session, START)
        for street in ("east", "west"):
            use_cases.put_sub_district(call, id=street, name={"zh-CN": f"{street}街道"})
        for number in range(count):
            id_, name = f"place-{number:02}", {"zh-CN": f"第{number:02}社区"}
            street = ("east", "west")[number % 2]
            prefix = f"P{number:02}"
            use_cases.put_community(
                call, id=id_, name=name, time_zone="Asia/Shanghai", number_prefix=prefix, sub_district_id=street
            )
            use_cases.put_grid(call, id=f"{id_}-1", community_id=id_, name={"zh-CN": "第一网格"}, position=0)


def statements(engine: Engine, browser: Browser, path: str) -> int:
    browser.get(path)  # fills what is cached
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        browser.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(found)


def test_pages_ask_the_database_as_often_as_with_few_communities(browse: Browse, database: Engine) -> None:  # noqa: F811
    admin = browse("admin")
    few = {path: statements(database, admin, f"/admin/{path}") for path in PAGES}
    add(database, MANY)
    _forget(admin)
    assert {path: statements(database, admin, f"/admin/{path}") for path in PAGES} == few
    assert few["settings"] <= 3 and few["systems/new"] <= 1, "names of communities come from memory"


def test_every_community_can_be_chosen_by_sub_district(browse: Browse, database: Engine) -> None:  # noqa: F811
    add(database, MANY)
    admin = browse("admin")
    for path in ("staff", "settings"):
        html = admin.get(f"/admin/{path}").html
        assert '<optgroup label="west街道">' in html
        assert all(f'value="place-{number:02}"' in html for number in range(MANY)), path
    form = admin.get("/admin/staff/new").html
    assert form.count('<details class="fold"') >= 4, "communities and grids fold by sub-district"
    assert all(f'value="place-{number:02}-1"' in form for number in range(MANY))
    listed = admin.get("/admin/communities?sub_district_id=west").text
    assert "第01社区" in listed and "第00社区" not in listed


def test_the_public_choice_folds_by_sub_district(visit: Browser, database: Engine) -> None:  # noqa: F811
    add(database, MANY)
    html = visit.get("/communities").html
    assert '<details class="fold"' in html and all(f"/c/place-{number:02}" in html for number in range(MANY))
    assert '<details class="fold"' not in visit.get("/communities?q=第01").html


def _forget(browser: Browser) -> None:
    """The directory was changed by another process, whose message has arrived."""
    browser.client.application.extensions["linli.communities"].forget()
