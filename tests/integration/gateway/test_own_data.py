"""The export of one's data, and moving to another community."""

# ruff: noqa: F811 - the fixtures of browser.py are imported, and are parameters of tests

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call, Unavailable
from gateway.demo.directory import DISTRICT
from gateway.directory import use_cases as directory
from gateway.http import community
from gateway.operations.export import SECTIONS
from tests.integration.gateway.browser import Browse, browse  # noqa: F401  a fixture
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import NOBODY, booking, case, page

SignIn = Callable[[str], Caller]
STAFF = str(demo_id("account", "handler"))


@pytest.fixture
def answering(services: FakeServices) -> FakeServices:
    """Services with two pages of bookings and one of everything else."""

    def bookings(asked: dict[str, Any], _: Any) -> dict[str, Any]:
        assert (asked["scope"], asked["limit"]) == ("mine", 100)
        first = "cursor" not in asked
        return page(booking(purpose="第一页" if first else "第二页", booked_by=STAFF), next_cursor="next" if first else None)

    services.on("booking", "list_bookings", bookings)
    services.on("booking", "list_series", page({"rrule": "FREQ=WEEKLY;COUNT=4", "booked_by": STAFF, "purpose": "每周练球"}))
    services.on("booking", "list_waits", page({"space_name": {"zh-CN": "一号场"}, "asked_by": STAFF, "state": "waiting"}))
    services.on("booking", "list_refused_attempts", page({"code": "booking.space_taken", "resident_name": None}))
    services.on("cases", "list_cases", page(case(handler_id=STAFF, settlement="已修好")))
    services.on("cases", "list_own_steps", page({"action": "settle", "actor_id": None, "note": "已修好"}))
    services.on("events", "list_registrations", page({"registered_by": STAFF}))
    services.on("events", "list_memberships", page({}))
    services.on("notify", "list_contact_points", page({"address": "wang@example.org"}))
    services.on("notify", "get_reminder_choice", {"reminders": "sms"})
    services.on("notify", "list_notifications", page({"title": "预约成功"}) | {"unread_count": 0})
    return services


def test_the_export_has_every_section_and_all_pages(sign_in: SignIn, answering: FakeServices) -> None:
    wang = sign_in("wang")
    sign_in("clerk").post("/residents/lookup", json={"phone": "19900000001"})
    answer = wang.get("/me/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=linli.json"
    data = orjson.loads(answer.data)
    assert tuple(data) == ("exported_at", *sorted(data.keys() - {"exported_at"}, key=list(data).index))
    assert set(data) == {"exported_at", *SECTIONS}
    assert (data["account"]["name"], data["account"]["phone"]) == ("王秀英", "+8619900000001")
    assert [one["purpose"] for one in data["bookings"]] == ["第一页", "第二页"]
    assert [one["purpose"] for one in data["series"]] == ["每周练球"]
    assert [one["state"] for one in data["waits"]] == ["waiting"]
    assert [one["version"] for one in data["consents"]] == [1]
    assert [(one["roles"], one["fields_seen"]) for one in data["reveals"]] == [(["clerk"], ["name"])]
    assert len(data["sessions"]) == 1 and data["reminders"] == [{"reminders": "sms"}]


def test_nothing_of_others_is_in_it(sign_in: SignIn, answering: FakeServices) -> None:
    wang, clerk = sign_in("wang"), sign_in("clerk")
    clerk.post("/residents/lookup", json={"phone": "19900000001"})
    content = wang.get("/me/export").get_data(as_text=True)
    for theirs in (STAFF, str(clerk.account_id), "刘芳", NOBODY):
        assert theirs not in content


def test_a_service_that_is_down_gives_an_error_and_no_half_file(sign_in: SignIn, answering: FakeServices) -> None:
    answering.on("notify", "list_notifications", Unavailable())
    answer = sign_in("wang").get("/me/export")
    assert (answer.status_code, answer.json["code"]) == (503, "service_unavailable")


def test_it_is_limited_by_the_day(sign_in: SignIn, answering: FakeServices) -> None:
    wang = sign_in("wang")
    assert {wang.get("/me/export").status_code for _ in range(10)} == {200}
    answer = wang.get("/me/export")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 3600
    assert sign_in("li").get("/me/export").status_code == 200


def test_people_can_read_it(browse: Browse, answering: FakeServices) -> None:
    browser = browse("wang")
    answer = browser.client.get("/mine/data/linli.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=linli.html"
    assert all(words in answer.get_data(as_text=True) for words in ("王秀英", "第二页", "场地预约", "对隐私声明的同意"))


# --- another community ---


@pytest.fixture
def two_communities(app: Flask, database: Engine, clock: Clock, people: None) -> None:
    [yuxin] = [one for one in DISTRICT["communities"] if one["id"] == "yuxin"]
    with transaction(database) as session:
        directory.put_community(Call(session, clock.now), **{k: v for k, v in yuxin.items() if k != "grids"})
    with app.test_request_context():
        community.directory_changed()


def test_who_moves_leaves_the_household(sign_in: SignIn, two_communities: None, database: Engine) -> None:
    """A household is of one community: nobody there may go on reading who is in it."""
    wang = sign_in("wang")
    household = wang.post("/me/household").json["id"]
    assert wang.patch("/me", json={"community_id": "yuxin"}).status_code == 200
    assert wang.post("/me/consents", json={"version": 1}).status_code == 201
    assert wang.get("/me/household").status_code == 404
    assert sign_in("clerk").get(f"/households/{household}").status_code == 404


def test_a_resident_moves_and_is_asked_for_the_other_notice(
    sign_in: SignIn, two_communities: None, services: FakeServices, database: Engine
) -> None:
    services.on("booking", "list_bookings", page())
    wang, phone = sign_in("wang"), sign_in("wang")
    moved = wang.patch("/me", json={"community_id": "yuxin"})
    assert (moved.status_code, moved.json["community_id"]) == (200, "yuxin")
    assert phone.get("/bookings").json["code"] == "consent_needed", "the other session goes on, in the new community"
    assert phone.post("/me/consents", json={"version": 1}).json["community_id"] == "yuxin"
    phone.get("/bookings")
    assert services.of("list_bookings")[-1].context.identity.community_id == "yuxin"
    assert wang.patch("/me", json={"community_id": "liuyi"}).status_code == 200
    assert wang.get("/bookings").status_code == 200, "the earlier consent still holds"
    with database.connect() as connection:
        moves = connection.execute(text("SELECT from_community, to_community, moved_by FROM home_move ORDER BY id")).all()
    assert [tuple(move) for move in moves] == [("liuyi", "yuxin", None), ("yuxin", "liuyi", None)]


@pytest.mark.parametrize("target", ["nowhere", "北关"])
def test_an_unknown_community_is_refused(sign_in: SignIn, two_communities: None, target: str) -> None:
    refused = sign_in("wang").patch("/me", json={"community_id": target, "name": "王"})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "community_id")
    assert sign_in("wang").get("/me").json["name"] == "王秀英", "nothing was changed"


def test_staff_do_not_move_themselves(sign_in: SignIn, two_communities: None) -> None:
    assert sign_in("clerk").patch("/me", json={"community_id": "yuxin"}).status_code == 403


def test_staff_move_a_resident_and_it_is_logged(sign_in: SignIn, two_communities: None) -> None:
    clerk, path = sign_in("clerk"), f"/residents/{demo_id('account', 'wang')}/community"
    assert clerk.put(path, json={"community_id": "nowhere"}).status_code == 422
    assert clerk.put(path, json={"community_id": "yuxin"}).json["community_id"] == "yuxin"
    assert clerk.put(path, json={"community_id": "liuyi"}).status_code == 404, "the resident is not theirs any more"
    [entry] = sign_in("admin").get("/audit-log?kind=resident").json["items"]
    assert (entry["before"], entry["after"]) == ({"community_id": "liuyi"}, {"community_id": "yuxin"})


def test_the_page_tells_what_changes_and_moves(browse: Browse, two_communities: None) -> None:
    browser = browse("wang")
    asked = browser.get("/mine/community?to=yuxin")
    assert "已有的预约、报名和事项不变" in asked.text
    answer = browser.send(asked.form("/mine/community"))
    assert answer.headers["Location"] == "/mine"
    assert browser.client.get("/mine").headers["Location"].startswith("/consent"), "the new notice is asked for"


def test_the_account_at_the_counter(browse: Browse, two_communities: None, sign_in: SignIn) -> None:
    made = sign_in("clerk").post("/residents", json={"name": "李奶奶", "birth_year": 1944}).json
    clerk = browse("clerk")
    shown = clerk.get(f"/desk/residents/{made['id']}/account")
    assert "还没有同意第 1 版" in shown.text
    agreed = clerk.send_and_follow(shown.form("/consents"), given_by="self")
    assert "已同意现在的第 1 版" in agreed.text
    assert clerk.send(agreed.form("/erasure")).status_code == 422
    asked = clerk.send_and_follow(agreed.form("/erasure"), reason="asked")
    assert "这个账号将在" in asked.text
    kept = clerk.send_and_follow(asked.form("/erasure/keep"))
    assert clerk.send(kept.form("/community"), to="yuxin").headers["Location"] == "/desk/residents"
