"""The forms of the steps of a case, on the page of the desk and on the reporter's own: the same for every step."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from gateway.web import people
from gateway.web.pages.cases import progress
from services.cases.interface.workflow import BY_NAME, STEPS
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Form, Page

CASE = centre.uid("case", "1")
PAGES = [("clerk", f"/desk/cases/{CASE}"), ("wang", f"/cases/{CASE}")]
TYPED = {
    "text": "已电话联系报修人",
    "flag": "no",
    "outcome": "partly",
    "category": "environment-waste",
    "department": centre.uid("department", "light"),
    "handler": centre.uid("account", "handler"),
}
BrowserAs = Callable[[str], Browser]


@pytest.fixture
def shown(browser_as: BrowserAs, district: FakeDistrict) -> Callable[[str, str, str], tuple[Browser, Page]]:
    """The page of a case on which the reader may take only the step `name`."""

    def show(who: str, path: str, name: str) -> tuple[Browser, Page]:
        district.cases[0]["allowed_actions"] = [name]
        browser = browser_as(who)
        return browser, browser.get(path)

    return show


def form_of(page: Page, name: str) -> Form:
    return next(form for form in page.forms if form.action.endswith(f"/{name}") and "/cases/" in form.action)


@pytest.mark.parametrize(("who", "path"), PAGES)
@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_a_form_in_both_languages(shown: Any, who: str, path: str, name: str) -> None:
    browser, chinese = shown(who, path, name)
    browser.client.set_cookie("linli_language", "en")
    english = browser.get(path)
    for language, page in (("zh-CN", chinese), ("en", english)):
        form = form_of(page, name)
        assert form.fields["version"] == "1" and form.fields["csrf_token"] and len(form.fields["idempotency_key"]) == 36
        assert BY_NAME[name].label[language] in page.text
        fields = [attributes for tag, attributes in page.tags if tag in {"input", "select", "textarea"}]
        for said in BY_NAME[name].says:
            assert said.label[language] in page.text
            assert [attributes for attributes in fields if attributes.get("name") == said.name], said.name
            lengths = {attributes.get("maxlength") for attributes in fields if attributes.get("name") == said.name}
            assert lengths == ({str(said.most)} if said.most else {None})


@pytest.mark.parametrize(("who", "path"), PAGES)
@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_sent_with_its_fields(shown: Any, district: FakeDistrict, who: str, path: str, name: str) -> None:
    browser, page = shown(who, path, name)
    typed = {said.name: TYPED[said.kind] for said in BY_NAME[name].says}
    after = browser.send_and_follow(form_of(page, name), **typed)
    sent = {name: value == "yes" if value in {"yes", "no"} else value for name, value in typed.items()}
    assert district.asked("take_step") == [sent | {"case_id": CASE, "step": name, "expected_version": 1}]
    assert f"LY-20260311-0001：{BY_NAME[name].taken['zh-CN']}。" in after.text


@pytest.mark.parametrize(("who", "path"), PAGES)
@pytest.mark.parametrize("name", STEPS)
def test_a_refused_field_says_so_and_keeps_what_was_typed(
    shown: Any, district: FakeDistrict, who: str, path: str, name: str
) -> None:
    browser, page = shown(who, path, name)
    says = BY_NAME[name].says
    errors = [{"field": said.name, "code": "unknown", "message": f"错在 {said.name}"} for said in says]
    district.refusals["take_step"] = Refused("invalid", "invalid", "部分字段无效。", {"errors": errors})
    district.cases[0]["version"] = 2  # a colleague changed the case after the form was shown
    answer = browser.send(form_of(page, name), **{said.name: TYPED[said.kind] for said in says})
    assert answer.status_code == 422
    again = Page(answer.get_data(as_text=True))
    form = form_of(again, name)
    assert form.fields["version"] == "1", "so that the second attempt notices what the colleague changed"
    assert {said.name: form.fields.get(said.name) for said in says} == {said.name: TYPED[said.kind] for said in says}
    for said in says:
        assert f'id="{name}-{said.name}-error"' in again.html and f"错在 {said.name}" in again.text
    assert "部分字段无效。" not in again.text
    described = {attributes["aria-describedby"] for _, attributes in again.tags if attributes.get("aria-invalid")}
    assert described == {f"{name}-{said.name}-error" for said in says}


@pytest.mark.parametrize(("who", "path"), PAGES)
@pytest.mark.parametrize("kind", ["conflict", "precondition"])
def test_a_step_that_a_colleague_took_shows_the_new_version_and_what_was_typed(
    shown: Any, district: FakeDistrict, who: str, path: str, kind: Any
) -> None:
    browser, page = shown(who, path, "settle")
    district.refusals["take_step"] = Refused("…", kind, "事项当前状态为“已办结”，不能执行“办结”。", {})
    district.cases[0]["version"] = 2
    answer = browser.send(form_of(page, "settle"), settlement="井盖已更换")
    again = Page(answer.get_data(as_text=True))
    assert answer.status_code == 409 and "事项当前状态为“已办结”" in again.text
    assert (form_of(again, "settle").fields["version"], form_of(again, "settle").fields["settlement"]) == ("2", "井盖已更换")
    district.cases[0]["allowed_actions"] = []
    assert "井盖已更换" in Page(browser.send(form_of(page, "settle"), settlement="井盖已更换").get_data(as_text=True)).text


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_refusal_of_a_field_without_a_place_is_shown_above(shown: Any, district: FakeDistrict, who: str, path: str) -> None:
    browser, page = shown(who, path, "settle")
    errors = [{"field": "colour", "code": "unknown_field", "message": "…"}]
    district.refusals["take_step"] = Refused("invalid", "invalid", "部分字段无效。", {"errors": errors})
    answer = browser.send(form_of(page, "settle"), settlement="井盖已更换")
    assert answer.status_code == 422 and "部分字段无效。" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_unknown_steps_are_not_found(shown: Any, who: str, path: str) -> None:
    browser, page = shown(who, path, "accept")
    form = form_of(page, "accept")
    form.action = form.action.replace("/accept", "/delete")
    assert browser.send(form).status_code == 404


def test_a_page_without_steps_says_so_to_staff_only(browser_as: BrowserAs, district: FakeDistrict) -> None:
    district.cases[0]["allowed_actions"] = []
    shown = [browser_as(who).get(path).text for who, path in PAGES]
    assert ["现在没有需要您做的步骤。" in text for text in shown] == [True, False]


def test_nothing_is_chosen_without_handlers(
    browser_as: BrowserAs, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "handlers_of", lambda community_id: [])
    district.cases[0]["allowed_actions"] = ["dispatch"]
    names = [attributes.get("name") for tag, attributes in browser_as("clerk").get(PAGES[0][1]).tags if tag == "select"]
    assert names == ["department_id"]


def test_the_strip_of_stages() -> None:
    dates = {"reported_at": "…", "accepted_at": "…", "dispatched_at": None}
    assert dict(progress(dates | {"state": "dispatched"}))["dispatched"] == "now"
    assert progress(dates | {"state": "declined"}) == [("reported", "done"), ("declined", "now")]
    beside = progress(dates | {"state": "of a newer service"})
    assert beside == [
        *(("reported", "done"), ("accepted", "now"), ("dispatched", "ahead")),
        *(("settled", "ahead"), ("closed", "ahead")),
    ]
