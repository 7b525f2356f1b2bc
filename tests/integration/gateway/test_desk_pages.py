"""The desk's pages: everybody lands on their own work, lists are of the chosen community, and colleagues see each other's
changes."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.refusal import VersionMismatch
from gateway.accounts.models import Account, RoleGrant
from gateway.directory import use_cases
from services.events.interface.refusals import AlreadyCancelled
from tests.integration.gateway.browser import Browse, Page, browse, location  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import CASE_ID, SPACE_ID, booking, case, page
from tests.integration.gateway.test_kept_forms import STEP
from tests.integration.gateway.test_statistics import FOUND

WANG, HANDLER = str(demo_id("account", "wang")), str(demo_id("account", "handler"))


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "list_spaces", page({"id": SPACE_ID, "name": {"zh-CN": "羽毛球场 1"}, "opening_hours": []}))  # type: ignore[arg-type]
    services.on("booking", "list_bookings", page())
    services.on("booking", "list_claimed_times", page())
    services.on("booking", "list_waits", page())
    services.on("booking", "list_closed_times", {"items": []})
    services.on("booking", "list_kept_times", {"items": []})
    services.on("booking", "list_closures", page())
    services.on("booking", "list_equipment", {"items": []})
    services.on("booking", "get_occupancy", FOUND)
    services.on("booking", "get_use_by_resident", page())
    services.on("booking", "get_equipment_use", {"items": []})
    services.on("booking", "list_requests", page() | {"count": 0})
    services.on("cases", "list_cases", page())
    services.on("cases", "get_case", case(steps=[STEP], version=3))
    services.on("cases", "get_case_history", page())
    services.on("events", "list_club_events", page())
    for verb in ("list_grids", "list_categories", "list_departments"):
        services.on("cases", verb, {"items": []})


def grant(database: Engine, username: str, *roles: str) -> None:
    with transaction(database) as session:
        account = session.get_one(Account, demo_id("account", username))
        account.grants += [RoleGrant(role=role, grids=[], granted_at=START) for role in roles]


@pytest.fixture
def north(database: Engine, people: None) -> None:
    """A second community, in which the clerk works too."""
    with transaction(database) as session:
        use_cases.put_community(
            Call(session, START), id="north", name={"zh-CN": "北关社区"}, time_zone="Asia/Shanghai", number_prefix="BG"
        )
        use_cases.put_community(
            Call(session, START), id="south", name={"zh-CN": "南关社区"}, time_zone="Asia/Shanghai", number_prefix="NG"
        )
        session.execute(text("UPDATE account SET communities = '{liuyi,north}' WHERE username IN ('clerk', 'organiser')"))


# --- everybody lands on their own work ---

TABS = ("/desk/bookings", "/desk/cases", "/desk/events", "/desk/residents", "/desk/statistics", "/admin")


@pytest.mark.parametrize(
    ("who", "first", "tabs"),
    [
        ("clerk", "/desk/bookings", TABS[:5]),
        ("grid", "/desk/cases?view=grids", (TABS[0], TABS[1], TABS[3])),
        ("handler", "/desk/cases?view=mine", TABS[1:2]),
        ("mediator", "/desk/cases?view=mine", TABS[1:2]),
        ("organiser", "/desk/events", (TABS[0], TABS[2], TABS[4])),
        ("supervisor", "/desk/cases?view=overdue", (*TABS[:3], TABS[4])),
        ("admin", "/admin", TABS),
    ],
)
def test_each_role_begins_with_its_own_work(browse: Browse, who: str, first: str, tabs: tuple[str, ...]) -> None:  # noqa: F811
    reader = browse(who)
    assert location(reader.client.get("/desk")) == first
    shown = reader.get("/desk/search")
    links = {href.split("?")[0] for href, _ in shown.links if href.split("?")[0] in TABS}
    assert links == set(tabs)
    for tab in tabs:
        assert reader.client.get(tab).status_code in (200, 303), tab
    for tab in set(TABS) - set(tabs):
        assert reader.client.get(tab).status_code == 403, tab


def test_several_roles_begin_at_the_counter_and_have_all_tabs(browse: Browse, database: Engine) -> None:  # noqa: F811
    grant(database, "handler", "clerk", "admin")
    reader = browse("handler")
    assert location(reader.client.get("/desk")) == "/desk/bookings"
    assert all(reader.get("/desk/bookings").link(tab) for tab in TABS)


def test_residents_have_no_desk(browse: Browse) -> None:  # noqa: F811
    assert browse("wang").client.get("/desk").status_code == 403


# --- the work lists are in the address ---


@pytest.mark.parametrize(
    ("who", "view", "asked"),
    [
        ("handler", "mine", {"assigned": "me", "open": True, "order": "oldest"}),
        ("grid", "grids", {"assigned": "my_grids", "open": True}),
        ("supervisor", "dissatisfied", {"satisfied": False}),
        ("supervisor", "all", {}),
        ("handler", "dissatisfied", {}),
    ],
)
def test_the_views_of_the_cases(browse: Browse, services: FakeServices, who: str, view: str, asked: dict[str, Any]) -> None:  # noqa: F811
    browse(who).get(f"/desk/cases?view={view}")
    assert services.of("list_cases")[0].payload == {"scope": "desk", "limit": 30} | asked


def test_overdue_is_a_week(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    browse("supervisor").get("/desk/cases?view=overdue")
    assert services.of("list_cases")[0].payload["reported_before"] == "2026-02-23T17:00:00+08:00"


def test_filters_of_cases_stay_in_every_link(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    services.on("cases", "list_cases", page(case(), next_cursor="abc"))
    services.on("cases", "list_categories", {"items": [{"code": "order", "name": {"zh-CN": "秩序"}, "parent": None}]})
    shown = browse("supervisor").get("/desk/cases?view=dissatisfied&state=closed&category=order&grid_id=liuyi-1&q=灯")
    payload = services.of("list_cases")[0].payload
    assert (payload["state"], payload["category"], payload["grid_id"], payload["q"]) == ("closed", "order", "liuyi-1", "灯")
    kept = ("state=closed", "category=order", "grid_id=liuyi-1", "q=%E7%81%AF")
    assert all(part in shown.link("cursor=abc") for part in (*kept, "view=dissatisfied"))
    other_view = next(href for href, _ in shown.links if "view=overdue" in href and "state=" in href)
    assert all(part in other_view for part in kept)
    form = next(form for form in shown.forms if "category" in form.fields)
    assert (form.fields["view"], form.fields["state"], form.fields["category"]) == ("dissatisfied", "closed", "order")


def test_filters_of_events_stay_in_every_link(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    organiser = browse("organiser")
    shown = organiser.get("/desk/events?when=past&state=cancelled&q=球")
    payload = services.of("list_club_events")[0].payload
    assert (payload["state"], payload["q"], "to" in payload, "from" in payload) == ("cancelled", "球", True, False)
    assert "state=cancelled" in shown.link("when=past")
    organiser.get("/desk/events?state=nonsense")
    assert "state" not in services.of("list_club_events")[1].payload


# --- the chosen community ---


def test_the_day_view_follows_the_chosen_community(browse: Browse, services: FakeServices, north: None) -> None:  # noqa: F811
    clerk = browse("clerk")
    shown = clerk.get("/desk/bookings?date=2026-03-03")
    assert services.of("list_bookings")[-1].payload["community_id"] == "liuyi"
    assert services.of("list_spaces")[-1].context.communities.to_claim() == ["liuyi"]
    clerk.get(shown.link("community=north"))
    assert services.of("list_bookings")[-1].payload["community_id"] == "north"
    assert services.of("list_spaces")[-1].context.communities.to_claim() == ["north"]
    assert services.of("list_bookings")[-1].payload["from"].startswith("2026-03-03"), "the day stays"
    clerk.get("/desk/events")
    assert services.of("list_club_events")[-1].context.communities.to_claim() == ["north"], "the other pages follow"
    assert "南关" not in shown.text
    assert clerk.client.get("/desk/bookings?community=south").status_code == 404


def test_a_community_that_one_only_looked_at_is_not_on_the_desk(browse: Browse, services: FakeServices, north: None) -> None:  # noqa: F811
    clerk = browse("clerk")
    clerk.client.get("/c/south")
    clerk.get("/desk/bookings")
    assert services.of("list_bookings")[-1].payload["community_id"] == "liuyi"
    assert services.of("list_spaces")[-1].context.communities.to_claim() == ["liuyi"]


def test_a_booking_is_made_where_the_page_is(browse: Browse, services: FakeServices, north: None) -> None:  # noqa: F811
    services.on("booking", "book_space", booking(community_id="north"))
    clerk = browse("clerk")
    form = clerk.get("/desk/bookings?community=north").form("/desk/bookings?")
    assert "community=north" in form.action
    assert "community=north" in location(clerk.send(form, phone="19900000001"))


def test_the_list_to_print_has_names_and_is_logged(browse: Browse, services: FakeServices, database: Engine) -> None:  # noqa: F811
    services.on("booking", "list_bookings", page(booking(resident_id=WANG, purpose="练球", number="2B6A4E20")))
    shown = browse("clerk").get("/desk/bookings/list?date=2026-03-03")
    for part in ("王秀英", "199 0000 0001", "练球", "2B6A4E20", "六一社区党群服务中心", "打印时间", "2026-03-02 17:00"):
        assert part in shown.text, part
    with database.connect() as connection:
        assert connection.scalar(text("SELECT operation FROM reveal")) == "pages.print_bookings"
    assert browse("handler").client.get("/desk/bookings/list").status_code == 403


# --- two at once ---


def test_the_second_on_a_case_sees_who_did_what_and_keeps_the_note(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    clerk = browse("clerk")
    form = clerk.get(f"/desk/cases/{CASE_ID}").form("/accept")
    services.on("cases", "take_step", refused(VersionMismatch(current=4)))
    line = {"from_state": "reported", "to_state": "accepted", "public": True, "note": None, "at": "2026-03-02T09:00:00+00:00"}
    services.on(
        "cases",
        "get_case_history",
        page(
            line | {"version": 1, "action": "report", "actor_party": "resident", "actor_id": WANG},
            line | {"version": 4, "action": "dispatch", "actor_party": "staff", "actor_id": HANDLER},
        ),
    )
    services.on("cases", "get_case", case(steps=[STEP], version=4))
    answer = clerk.send(form, note="已电话联系")
    assert answer.status_code == 409
    shown = Page(answer.get_data(as_text=True))
    notice = shown.text.split("您填写的时候")[1].split("您写的内容还在下面")[0]
    assert "孙立" in notice and "派单" in notice and "17:00" in notice and "提交" not in notice
    assert shown.form("/accept").fields["note"] == "已电话联系"
    assert shown.form("/accept").fields["version"] == "4", "the second try is against what the page shows now"


def test_the_second_on_a_resident_sees_who_and_keeps_what_was_typed(browse: Browse) -> None:  # noqa: F811
    clerk, grid = browse("clerk"), browse("grid")
    added = location(clerk.send(clerk.get("/desk/residents").forms[-1], name="李奶奶"))
    form = clerk.get(added).form(added)
    assert grid.send(grid.get(added).form(added), name="李桂英").status_code == 303
    answer = clerk.send(form, name="李奶奶", birth_year="1938")
    assert answer.status_code == 409
    shown = Page(answer.get_data(as_text=True))
    assert "赵志强" in shown.text and "李桂英" in shown.text
    assert (shown.form(added).fields["name"], shown.form(added).fields["birth_year"]) == ("李奶奶", "1938")
    assert clerk.send(shown.form(added)).status_code == 303


def test_a_reason_to_cancel_is_kept(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    event = {"id": CASE_ID, "state": "published", "sessions": []}
    services.on("events", "get_club_event", event)
    services.on("events", "list_registrations", page())
    services.on("events", "cancel_club_event", refused(AlreadyCancelled()))
    organiser = browse("organiser")
    form = organiser.get(f"/desk/events/{CASE_ID}").form("/cancel")
    services.on("events", "get_club_event", event | {"state": "cancelled"})
    answer = organiser.send(form, reason="场地检修，改期再办")
    assert answer.status_code == 409 and "场地检修，改期再办" in answer.get_data(as_text=True)
    services.on("events", "get_club_event", event)
    assert organiser.send(form, reason="").status_code == 422
