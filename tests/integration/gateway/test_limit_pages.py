"""Limits on the pages of admins, and the household in which staff book."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.demo import demo_id
from services.booking.interface.refusals import LimitExists, LimitReached
from tests.integration.gateway.browser import Browse, browse, location, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import BOOK, booking
from tests.integration.gateway.samples import page as page_of
from tests.unit.gateway.pages import centre

LIMIT = centre.limit()
PATH = f"/admin/limits/{LIMIT['id']}"
CHANGES = page_of(
    {"actor_id": str(demo_id("account", "admin")), "action": "changed", "before": {"allowed": 3}, "after": {"allowed": 2}}
)
WANG = str(demo_id("account", "wang"))


@pytest.fixture(autouse=True)
def limits(services: FakeServices) -> None:
    services.on("cases", "list_cases", page_of())
    services.on("booking", "list_spaces", page_of(*centre.spaces()))
    services.on("booking", "list_limits", page_of(LIMIT))
    services.on("booking", "get_limit", LIMIT)
    services.on("booking", "list_limit_changes", CHANGES)
    services.on("booking", "get_limit_preview", {"people_over": 3, "complete": True, "resident_ids": [WANG]})
    for verb in ("add_limit", "change_limit", "end_limit"):
        services.on("booking", verb, LIMIT)


def test_an_admin_sees_adds_changes_and_ends_limits(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    admin = browse("admin")
    listed = admin.get("/admin/limits")
    assert "每位居民每周最多预约 2 次（球场）" in listed.text and PATH in [href for href, _ in listed.links]
    form = admin.get("/admin/limits/new").form("/admin/limits/new")
    typed = {"place": "kind:court", "period": "trailing", "days": "7", "measure": "minutes", "allowed": "120"}
    answer = admin.send(form, **typed, subject="household", community="liuyi")
    assert answer.status_code == 303 and location(answer) == PATH
    assert services.of("add_limit")[0].payload == {
        **{"community_id": "liuyi", "kind": "court", "subject": "household", "period": "trailing"},
        **{"days": 7, "measure": "minutes", "allowed": 120},
    }
    known = admin.get(PATH)
    assert "最多：3 → 2" in known.text
    admin.send(known.form(PATH), allowed="4")
    assert services.of("change_limit")[0].payload == {"limit_id": LIMIT["id"], "allowed": 4, "expected_version": 1}
    admin.send(known.form("/end"))
    assert services.of("end_limit")[0].payload == {"limit_id": LIMIT["id"]}


def test_a_preview_adds_nothing_and_a_refusal_is_shown_in_the_form(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    admin = browse("admin")
    form = admin.get("/admin/limits/new").form("/admin/limits/new")
    shown = admin.send(form, allowed="2", preview="1")
    assert shown.status_code == 200 and "现在已有 3 位居民或家庭超过这个数。" in shown.get_data(as_text=True)
    assert services.of("add_limit") == []
    services.on("booking", "add_limit", refused(LimitExists(sentence=LIMIT["sentence"])))
    again = admin.send(form, allowed="2")
    assert again.status_code == 409 and "There is such a limit already" in again.get_data(as_text=True)
    wrong = admin.send(form, allowed="")
    assert wrong.status_code == 422 and "请填写最多多少。" in wrong.get_data(as_text=True)


def test_less_than_before_first_says_who_has_more_and_keeps_what_they_have(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    admin = browse("admin")
    shown = admin.send(admin.get(PATH).form(PATH), allowed="1")
    text = shown.get_data(as_text=True)
    assert shown.status_code == 200 and "现在已有 3 位居民或家庭超过这个数。" in text and "王秀英" in text
    assert services.of("change_limit") == []
    asked = services.of("get_limit_preview")[0].payload
    assert (asked["allowed"], asked["period"], asked["kind"]) == (1, LIMIT["period"], LIMIT["kind"])
    assert admin.send(admin.get(PATH).form(PATH), allowed="1", decided="yes").status_code == 303
    assert services.of("change_limit")[0].payload["allowed"] == 1


@pytest.mark.parametrize("who", ["clerk", "organiser"])
def test_others_have_no_such_pages(browse: Browse, who: str) -> None:  # noqa: F811
    for path in ("/admin/limits", "/admin/limits/new", PATH):
        assert browse(who).client.get(path).status_code == 403


def test_a_booking_by_staff_names_the_household_of_the_resident(
    sign_in: Callable[[str], Caller], services: FakeServices
) -> None:
    services.on("booking", "book_space", booking())
    clerk = sign_in("clerk")
    made = clerk.post("/households", json={"members": [WANG]}).json
    wish: dict[str, Any] = {**BOOK, "resident_id": WANG}
    assert clerk.post("/bookings", json=wish).status_code == 201
    identity = services.of("book_space")[-1].context.identity
    assert identity.household_of(WANG) == made["id"] and identity.household_id is None
    assert clerk.post("/bookings", json=BOOK).status_code == 201
    assert services.of("book_space")[-1].context.identity.households == ()


def test_a_refusal_by_a_limit_says_which_and_from_when(sign_in: Callable[[str], Caller], services: FakeServices) -> None:
    details = {"sentence": LIMIT["sentence"], "measure": "count", "allowed": 2, "taken": 2, "left": 0, "again_at": None}
    services.on("booking", "book_space", refused(LimitReached(**details)))
    answer = sign_in("wang").post("/bookings", json=BOOK)
    assert (answer.status_code, answer.json["code"]) == (409, "booking.limit_reached")
    assert answer.json["details"] == details
