"""The link of a reminder, without signing in; and how one wants to be reminded."""

from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from gateway.http import limits
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

SECRET = "q3JpZ2h0LXNlY3JldC0x"
PAGE = f"/r/{SECRET}"


@pytest.fixture
def booking(district: FakeDistrict) -> dict[str, Any]:
    """Wang's booking, of which a reminder with SECRET was sent."""
    found = district.bookings[0]
    district.reminded[SECRET] = {
        "subject_type": "booking",
        "subject_id": found["id"],
        "account_id": found["resident_id"],
        "community_id": "liuyi",
        "name": found["space_name"],
        "location": None,
        "starts_at": found["starts_at"].astimezone(centre.NOW.tzinfo),
        "ends_at": found["ends_at"],
    }
    return found


@pytest.fixture
def registration(visitor: Browser, district: FakeDistrict) -> dict[str, Any]:
    event = next(event for event in district.events if event["state"] == "published")
    session = event["sessions"][0]
    times = {name: session[name] for name in ("starts_at", "ends_at")}
    made = {
        "id": centre.uid("registration", "r"), "version": 3, "community_id": "liuyi", "session_id": session["id"],
        "club_event_id": event["id"], "title": event["title"], "location": "一楼乒乓球室", **times,
        "resident_id": centre.uid("account", "wang"), "state": "confirmed", "seats": 2, "position": None,
        "created_at": centre.NOW, "cancelled_at": None,
    }  # fmt: skip
    district.registrations.append(made)
    district.reminded[SECRET] = {
        "subject_type": "registration", "subject_id": made["id"], "account_id": made["resident_id"],
        "community_id": "liuyi", "name": made["title"], "location": made["location"], **times,
    }  # fmt: skip
    return made


def test_opening_the_link_shows_space_and_time_and_changes_nothing(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any]
) -> None:
    answer = visitor.client.get(PAGE)
    page = answer.get_data(as_text=True)
    assert "羽毛球场一号" in page and "15:00–16:00" in page and "来不了，取消预约" in page
    assert "王" not in page and "球友打球" not in page
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Robots-Tag"] == "noindex"
    assert visitor.client.head(PAGE).status_code == 200
    assert district.asked("cancel_booking") == [] and booking["state"] == "confirmed"


@pytest.fixture
def question(district: FakeDistrict) -> dict[str, Any]:
    """A question about a date of Wang's series, of which a link with SECRET was sent."""
    asked = district.question()
    district.reminded[SECRET] = {
        "subject_type": "question", "subject_id": asked["id"], "account_id": asked["resident_id"], "community_id": "liuyi",
        "name": asked["space_name"], "location": None, "starts_at": asked["starts_at"], "ends_at": asked["ends_at"],
        "answer_by": asked["answer_by"],
    }  # fmt: skip
    return asked


@pytest.mark.parametrize(
    ("said", "words"),
    [("needed", "这一次为您保留"), ("not_needed", "邻居现在可以用"), ("all_needed", "以后每次都为您保留")],
)
def test_a_question_is_answered_with_one_tap(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any], said: str, words: str
) -> None:
    answer = visitor.client.get(PAGE)
    page = answer.get_data(as_text=True)
    assert "还要用吗" in page and "羽毛球场一号" in page and "前答复" in page and "王" not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert district.asked("answer_question") == []
    assert words in visitor.send_and_follow(visitor.get(PAGE).form("/answer"), answer=said).text
    [asked] = district.asked("answer_question")
    assert (asked["answer"], asked["expected_version"]) == (said, 1)
    (identity,) = (context.identity for name, _, context in district.calls if name == "answer_question")
    assert identity.account_id == question["resident_id"] and not identity.roles
    visitor.get(PAGE, 410)


def test_a_link_of_a_question_neither_cancels_nor_takes_other_answers(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any]
) -> None:
    form = visitor.get(PAGE).form("/answer")
    assert visitor.send(form, answer="maybe").status_code == 303 and not district.asked("answer_question")
    form.action = PAGE
    assert visitor.send(form).status_code == 410 and not district.asked("cancel_booking")


def test_one_tap_cancels_in_the_name_of_the_resident_with_a_note(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any]
) -> None:
    page = visitor.send_and_follow(visitor.get(PAGE).form(PAGE))
    assert "已取消预约" in page.text
    [asked] = district.asked("cancel_booking")
    assert asked == {"booking_id": booking["id"], "reason": "通过提醒里的链接取消", "expected_version": 1}
    [context] = [context for name, _, context in district.calls if name == "cancel_booking"]
    assert (context.identity.account_id, context.identity.party, context.identity.roles) == (
        booking["resident_id"],
        "resident",
        frozenset(),
    )


def test_one_tap_gives_the_seats_up(visitor: Browser, district: FakeDistrict, registration: dict[str, Any]) -> None:
    page = visitor.get(PAGE)
    assert "一楼乒乓球室" in page.text and "让出名额" in page.text
    assert "已让出名额" in visitor.send_and_follow(page.form(PAGE)).text
    assert district.asked("cancel_registration") == [{"registration_id": registration["id"], "expected_version": 3}]


def test_the_second_tap_is_told_that_it_is_over(visitor: Browser, district: FakeDistrict, booking: dict[str, Any]) -> None:
    form = visitor.get(PAGE).form(PAGE)
    visitor.send_and_follow(form)
    again = visitor.send(form, idempotency_key=None)
    assert again.status_code == 410 and "链接已失效" in again.get_data(as_text=True)
    assert len(district.asked("cancel_booking")) == 1


@pytest.mark.parametrize(
    "changed",
    [{"state": "cancelled"}, {"starts_at": centre.at("16:00")}],
    ids=["cancelled", "moved"],
)
def test_notify_may_hear_of_a_change_later_than_the_page(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any], changed: dict[str, Any]
) -> None:
    form = visitor.get(PAGE).form(PAGE)
    booking |= changed
    assert visitor.client.get(PAGE).status_code == 410
    assert visitor.send(form).status_code == 410
    assert district.asked("cancel_booking") == []


@pytest.mark.parametrize("kind", ["conflict", "precondition", "not_found"])
def test_what_is_refused_meanwhile_is_a_void_link(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any], kind: Any
) -> None:
    form = visitor.get(PAGE).form(PAGE)
    district.refusals["cancel_booking"] = Refused("booking.not_cancellable", kind, "…", {})
    assert visitor.send(form).status_code == 410


def test_after_the_cancel_deadline_the_page_says_to_call(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any]
) -> None:
    form = visitor.get(PAGE).form(PAGE)
    booking["can"] = ["change_attendees"]
    page = visitor.get(PAGE)
    assert "请致电服务中心" in page.text and "来不了，取消预约" not in page.text
    district.refusals["cancel_booking"] = Refused("booking.cancel_deadline_passed", "conflict", "…", {})
    after = visitor.send_and_follow(form)
    assert "请致电服务中心" in after.text and booking["state"] == "confirmed"


def test_while_the_service_is_away_the_link_stays(visitor: Browser, district: FakeDistrict, booking: dict[str, Any]) -> None:
    district.down = {"booking"}
    assert visitor.client.get(PAGE).status_code == 503
    district.down = set()
    assert visitor.client.get(PAGE).status_code == 200


def test_wrong_links_are_limited_and_right_ones_are_not(
    visitor: Browser, district: FakeDistrict, booking: dict[str, Any]
) -> None:
    allowed = limits.REMINDER_LINKS.item.amount
    assert {visitor.client.get(PAGE).status_code for _ in range(allowed + 1)} == {200}
    assert {visitor.client.get(f"/r/guess-{n}").status_code for n in range(allowed)} == {410}
    assert visitor.client.get("/r/one-more").status_code == 429


@pytest.mark.parametrize("secret", ["guess", "x" * 500])
def test_a_wrong_link_says_what_to_do(visitor: Browser, district: FakeDistrict, secret: str) -> None:
    page = visitor.get(f"/r/{secret}", 410)
    assert "链接已失效" in page.text and page.link("/mine")


def test_a_wrong_link_is_counted_also_if_it_is_too_long(visitor: Browser, district: FakeDistrict) -> None:
    for _ in range(limits.REMINDER_LINKS.item.amount):
        visitor.get(f"/r/{'x' * 500}", 410)
    assert visitor.client.get(f"/r/{'x' * 500}").status_code == 429


def test_a_form_of_another_site_cancels_nothing(visitor: Browser, district: FakeDistrict, booking: dict[str, Any]) -> None:
    assert visitor.send(visitor.get(PAGE).form(PAGE), csrf_token=None).status_code == 403
    assert district.asked("cancel_booking") == []


def test_who_is_signed_in_as_somebody_else_acts_for_the_owner_of_the_link(
    wang: Browser, district: FakeDistrict, booking: dict[str, Any]
) -> None:
    """A daughter's phone."""
    district.reminded[SECRET]["account_id"] = centre.uid("account", "li")
    wang.send_and_follow(wang.get(PAGE).form(PAGE))
    [context] = [context for name, _, context in district.calls if name == "cancel_booking"]
    assert context.identity.account_id == centre.uid("account", "li")


def test_how_one_wants_to_be_reminded(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get("/mine/reminders")
    assert "站内通知和邮件" in page.text and "另外也发短信" in page.text and "不提醒" in page.text
    assert wang.send(page.form("/mine/reminders"), reminders="loud").status_code == 422
    assert "已保存" in wang.send_and_follow(page.form("/mine/reminders"), reminders="sms").text
    assert district.asked("choose_reminders") == [{"reminders": "sms"}]
    assert wang.get("/mine/reminders").form("/mine/reminders").fields["reminders"] == "sms"
    assert "提醒我" in wang.get("/mine").text
