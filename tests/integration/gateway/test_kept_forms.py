"""C8: what was typed is not lost when the sign-in has expired, or when a form ends in an error page. Nothing is sent without
its writer."""

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Engine, func, select

from chassis.database.engine import reading
from chassis.rpc.call import Unavailable
from chassis.rpc.refusal import NotFound
from gateway.accounts.models import Account
from gateway.http import idempotency, showing
from tests.integration.gateway.browser import Browse, Browser, Form, Page, browse, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import CASE_ID, SPACE_ID, case, page

STEP = {"name": "accept", "label": {"zh-CN": "受理", "en": "Accept"}}
STEP["fields"] = [  # type: ignore[assignment]
    {"name": "note", "kind": "text", "label": {"zh-CN": "备注", "en": "Note"}, "required": False, "most": 1000}
]


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "list_spaces", page({"id": SPACE_ID, "name": {"zh-CN": "羽毛球场 1"}, "opening_hours": []}))  # type: ignore[arg-type]
    services.on("booking", "list_bookings", page())
    services.on("booking", "list_claimed_times", page())
    services.on("booking", "list_equipment", {"items": []})
    services.on("booking", "list_closures", page())
    services.on("booking", "list_waits", page())
    services.on("booking", "list_closed_times", {"items": []})
    services.on("booking", "list_kept_times", {"items": []})
    services.on("booking", "list_requests", page() | {"count": 0})
    services.on("cases", "get_case", case(steps=[STEP], version=3))
    services.on("cases", "get_case_history", page())
    for verb in ("list_grids", "list_categories", "list_departments"):
        services.on("cases", verb, {"items": []})


def expired(browser: Browser, clock: Clock, form: Form, **typed: str) -> Page:
    """The answer to a form that is sent after the sign-in has ended: the sign-in page."""
    clock.forward(hours=13)
    answer = browser.send(form, **typed)
    assert answer.status_code == 401, answer.get_data(as_text=True)[:2000]
    return Page(answer.get_data(as_text=True))


def signed_in_again(browser: Browser, page_: Page) -> Page:
    """The page after the sign-in, with the form that leads back."""
    assert "您写的内容还在" in page_.text
    wrong = browser.send(page_.form("/sign-in/staff"), username="clerk", password="not this one")
    answer = browser.send(Page(wrong.get_data(as_text=True)).form("/sign-in/staff"), username="clerk", password="linli-demo")
    assert answer.status_code == 200 and "Location" not in answer.headers
    return Page(answer.get_data(as_text=True))


def shown(browser: Browser, form: Form) -> Page:
    answer = browser.send(form)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return Page(answer.get_data(as_text=True))


def residents(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def test_a_resident_typed_into_an_expired_page_is_shown_again_and_not_added(
    browse: Browse,  # noqa: F811
    clock: Clock,
    database: Engine,
) -> None:
    clerk, before = browse("clerk"), residents(database)
    form = clerk.get("/desk/residents").forms[-1]
    assert form.action.startswith("/desk/residents")
    sign_in = expired(clerk, clock, form, name="李奶奶", contact_phone="13900139000", birth_year="1938")
    assert "李奶奶" not in sign_in.html and "13900139000" not in sign_in.html, "encrypted"
    again = shown(clerk, signed_in_again(clerk, sign_in).form("/desk/residents"))
    assert residents(database) == before
    filled = again.forms[-1]
    kept = [filled.fields[name] for name in ("name", "contact_phone", "birth_year")]
    assert kept == ["李奶奶", "13900139000", "1938"]
    assert "还没有提交成功" not in again.text
    assert clerk.send(filled).status_code == 303
    assert residents(database) == before + 1


def test_a_note_on_a_case_survives(browse: Browse, clock: Clock, services: FakeServices) -> None:  # noqa: F811
    services.on("cases", "take_step", case())
    clerk = browse("clerk")
    form = clerk.get(f"/desk/cases/{CASE_ID}").form("/accept")
    again = shown(clerk, signed_in_again(clerk, expired(clerk, clock, form, note="已电话联系")).form("/accept"))
    assert services.of("take_step") == []
    assert again.form("/accept").fields["note"] == "已电话联系"
    assert again.form("/accept").fields["version"] == "3"
    assert clerk.send(again.form("/accept")).status_code == 303
    assert services.of("take_step")[0].payload["note"] == "已电话联系"


def test_a_booking_at_the_desk_survives(browse: Browse, clock: Clock, services: FakeServices) -> None:  # noqa: F811
    clerk = browse("clerk")
    form = clerk.get("/desk/bookings").form("/desk/bookings?")
    sign_in = expired(clerk, clock, form, phone="199 0000 0001", purpose="按摩椅")
    again = shown(clerk, signed_in_again(clerk, sign_in).form("/desk/bookings"))
    assert (again.form("/desk/bookings?").fields["phone"], again.form("/desk/bookings?").fields["purpose"]) == (
        "199 0000 0001", "按摩椅",
    )  # fmt: skip
    assert services.of("book_space") == []


def test_a_form_with_a_password_is_never_kept(visit: Browser) -> None:  # noqa: F811
    answer = visit.send(visit.get("/sign-in/staff").form("/sign-in/staff"), username="clerk", password="s3cret-typed")
    assert 'name="kept"' not in answer.get_data(as_text=True)


def test_what_another_site_sends_is_not_kept(browse: Browse, clock: Clock) -> None:  # noqa: F811
    clerk = browse("clerk")
    form = clerk.get("/desk/residents").forms[-1]
    clock.forward(hours=13)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = clerk.client.post(form.action, data=form.fields | {"name": "李奶奶"}, headers=headers)
        assert answer.status_code in (303, 403) and 'name="kept"' not in answer.get_data(as_text=True)


FOREIGN = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()


@pytest.mark.parametrize("token", ["", "x", "é", FOREIGN], ids=["empty", "short", "not ASCII", "of another key"])
def test_a_token_that_is_not_ours_shows_nothing(browse: Browse, database: Engine, token: str) -> None:  # noqa: F811
    clerk, before = browse("clerk"), residents(database)
    form = clerk.get("/desk/residents").forms[-1]
    answer = clerk.client.post(form.action, data=form.fields | {"name": "李奶奶", "kept": token})
    assert answer.status_code == 400
    assert residents(database) == before


def test_a_token_of_another_form_is_refused_and_an_old_one_too(
    browse: Browse,  # noqa: F811
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clerk = browse("clerk")
    sign_in = expired(clerk, clock, clerk.get("/desk/residents").forms[-1], name="李奶奶")
    kept = signed_in_again(clerk, sign_in).form("/desk/residents")
    kept.action = "/desk/events/new"
    assert clerk.client.post("/desk/bookings", data=kept.fields).status_code == 400
    kept.action = "/desk/residents"
    assert clerk.send(kept).status_code == 200
    monkeypatch.setattr("gateway.web.kept_forms.VALID_FOR", -1)
    assert clerk.send(kept).status_code == 400


def test_a_request_that_only_shows_can_change_nothing(app: Flask) -> None:
    """Also if a view were marked by mistake."""
    from gateway.calls import client

    with app.test_request_context("/desk/residents", method="POST"):
        showing.only_show()
        with pytest.raises(RuntimeError, match="only shows"):
            client.booking.cancel_booking(booking_id=CASE_ID)
        with pytest.raises(RuntimeError, match="only shows"):
            idempotency.once(lambda _: {})


def test_after_signing_in_elsewhere_an_old_form_is_not_lost(browse: Browse, database: Engine) -> None:  # noqa: F811
    """The sign-in in another tab has ended the form's CSRF token."""
    clerk, before = browse("clerk"), residents(database)
    form = clerk.get("/desk/residents").forms[-1]
    clerk.send(clerk.get("/sign-in/staff").form("/sign-in/staff"), username="clerk", password="linli-demo")
    answer = clerk.send(form, name="李奶奶")
    assert answer.status_code == 403
    again = shown(clerk, Page(answer.get_data(as_text=True)).form("/desk/residents"))
    assert again.forms[-1].fields["name"] == "李奶奶" and residents(database) == before


def test_a_service_that_is_away_does_not_take_the_note_with_it(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    services.on("cases", "take_step", Unavailable())
    clerk = browse("clerk")
    answer = clerk.send(clerk.get(f"/desk/cases/{CASE_ID}").form("/accept"), note="已电话联系")
    assert answer.status_code == 503
    failed = Page(answer.get_data(as_text=True))
    assert "已电话联系" in failed.text
    assert shown(clerk, failed.form("/accept")).form("/accept").fields["note"] == "已电话联系"


def test_a_case_that_has_left_the_desk_leaves_the_note(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    clerk = browse("clerk")
    form = clerk.get(f"/desk/cases/{CASE_ID}").form("/accept")
    for verb in ("take_step", "get_case"):
        services.on("cases", verb, refused(NotFound()))
    answer = clerk.send(form, note="已电话联系")
    assert answer.status_code == 404 and "已电话联系" in answer.get_data(as_text=True)


def test_a_resident_comes_back_to_the_booking(browse: Browse, clock: Clock, services: FakeServices) -> None:  # noqa: F811
    services.on("cases", "get_case", case(steps=[STEP], version=3, mine=True))
    services.on("notify", "send_code", {})
    wang = browse("wang")
    form = wang.get(f"/cases/{CASE_ID}").form("/accept")
    clock.forward(days=31)
    sign_in = Page(wang.send(form, note="请尽快").get_data(as_text=True))
    code = Page(wang.send(sign_in.form("/sign-in"), phone="19900000001").get_data(as_text=True))
    done = Page(wang.send(code.form("/sign-in/code"), code="246810").get_data(as_text=True))
    again = shown(wang, done.form("/accept"))
    assert again.form("/accept").fields["note"] == "请尽快" and services.of("take_step") == []


def test_a_booking_that_was_refused_keeps_the_form(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    services.on("booking", "book_space", Unavailable())
    clerk = browse("clerk")
    answer = clerk.send(clerk.get("/desk/bookings").form("/desk/bookings?"), phone="19900000001", purpose="按摩椅")
    failed = Page(answer.get_data(as_text=True))
    assert answer.status_code == 503
    assert shown(clerk, failed.form("/desk/bookings")).form("/desk/bookings?").fields["purpose"] == "按摩椅"
