"""Every text, in both languages, with what the publishers promise to send."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from services.notify.codes.use_cases import TEMPLATE as CODE
from services.notify.contact_points.address_codes import TEMPLATE as ADDRESS_CODE
from services.notify.contact_points.use_cases import REPLACED
from services.notify.erasure.use_cases import TEMPLATE as RECEIPT
from services.notify.interface.contact_points import LANGUAGES
from services.notify.interface.reminders import SUBJECTS
from services.notify.notifications import rendering
from services.notify.notifications.rendering import AROUND, LAYOUT, render, templates
from services.notify.routing.routes import ROUTES

ROUTED = {name: route for routes in ROUTES.values() for route in routes for name in (route.template, route.substitute) if name}
REMINDERS = {f"{subject}_reminder" for subject in SUBJECTS} | {"moved_reminder"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SPAN = {"starts_at": datetime(2026, 3, 7, 1, tzinfo=UTC), "ends_at": datetime(2026, 3, 7, 3, tzinfo=UTC)}
SPACE = {"zh-CN": "羽毛球1号场", "en": "Badminton court 1"}
BOOKING: dict[str, Any] = {"space_name": SPACE, **SPAN}


def test_there_is_a_template_for_every_route_and_a_route_for_every_template() -> None:
    assert set(templates()) == set(ROUTED) | REMINDERS | {CODE, ADDRESS_CODE, RECEIPT, REPLACED, LAYOUT, *AROUND}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("around", AROUND)
def test_what_is_put_around_a_text_adds_words_and_runs_nothing(around: str, language: str) -> None:
    evil = {**BOOKING, "space_name": "{{ 7 * 7 }}"}
    inner = render("booking_called_off", "sms", language, evil)
    outer = render("booking_called_off", "sms", language, evil, around=around, name="{{ 7 * 7 }}")
    assert inner.body.split("】")[-1].split("] ")[-1] in outer.body and len(outer.body) > len(inner.body)
    assert "49" not in outer.body and outer.body.startswith(inner.body[:4])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted({*ROUTED, *REMINDERS, CODE, ADDRESS_CODE, RECEIPT}))
def test_every_template_has_its_parts(template: str, language: str) -> None:
    wanted = {"title", "body"}
    if template in (CODE, RECEIPT, *REMINDERS) or (template in ROUTED and ROUTED[template].sms):
        wanted.add("sms")
    parts = templates()[template][language]
    assert set(parts) == wanted
    for text in parts.values():
        words = re.sub(r"{{.*?}}|{%.*?%}", "", text)
        assert bool(CHINESE.search(words)) == (language == "zh-CN"), text


def test_times_are_shown_where_the_centre_is() -> None:
    assert render("booking_confirmed", "in_app", "zh-CN", BOOKING).body.startswith(
        "您已预约羽毛球1号场，时间为3月7日（周六）09:00–11:00。"
    )
    assert "Badminton court 1 for Sat 7 Mar, 09:00–11:00." in render("booking_confirmed", "in_app", "en", BOOKING).body


def test_times_are_shown_on_the_clock_of_the_community() -> None:
    text = render("booking_confirmed", "in_app", "zh-CN", BOOKING, zone=ZoneInfo("Asia/Urumqi"))
    assert "3月7日（周六）07:00–09:00" in text.body and text.variables["starts_at"] == "3月7日（周六）07:00"
    assert "zone" not in text.variables


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("channel", ["in_app", "email", "sms"])
def test_a_reminder_has_its_link_at_the_end_of_a_line_or_none(channel: str, subject: str, language: str) -> None:
    """So that no program takes what stands behind it for a part of the address."""
    link = "https://linli.example/r/AbC_-1"
    data = BOOKING | {"title": SPACE, "location": "一楼", "seats": 2, "answer_by": BOOKING["starts_at"] - timedelta(days=1)}
    data |= {"earlier": False}
    linked = render(f"{subject}_reminder", channel, language, data | {"link": link}).body
    assert any(line.endswith(link) for line in linked.splitlines())
    assert "http" not in render(f"{subject}_reminder", channel, language, data | {"link": ""}).body


def test_a_span_over_midnight_names_both_days() -> None:
    late = BOOKING | {"ends_at": datetime(2026, 3, 7, 17, tzinfo=UTC)}
    assert "3月7日（周六）09:00 – 3月8日（周日）01:00" in render("booking_confirmed", "in_app", "zh-CN", late).body


def test_missing_data_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="space_name"):
        render("booking_confirmed", "in_app", "zh-CN", SPAN)


def test_a_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("booking_confirmd", "in_app", "zh-CN", BOOKING)
    with pytest.raises(KeyError):
        render("booking_confirmed", "sms", "zh-CN", BOOKING)  # no text of that length


def test_a_name_without_the_language_reads_chinese() -> None:
    text = render("booking_confirmed", "in_app", "en", BOOKING | {"space_name": {"zh-CN": "棋牌室"}})
    assert text.title == "Booked: 棋牌室"


def test_an_unknown_language_reads_chinese() -> None:
    assert render("booking_confirmed", "in_app", "fr", BOOKING).title == "预约成功：羽毛球1号场"


def test_each_channel_has_its_layout() -> None:
    email = render("booking_called_off", "email", "en", BOOKING)
    assert email.body.startswith("Hello,\n\nWe are sorry") and email.body.endswith('on the page "Mine".)')
    assert render("booking_called_off", "sms", "zh-CN", BOOKING).body.startswith("【邻里】很抱歉，中心取消了您3月7日")


def test_a_title_is_one_line_whatever_a_name_holds() -> None:
    sneaky = BOOKING | {"space_name": {"zh-CN": "场地\r\nBcc: all@example.com"}}
    assert render("booking_confirmed", "email", "zh-CN", sneaky).title == "预约成功：场地 Bcc: all@example.com"


def test_names_are_data_and_never_templates() -> None:
    sneaky = BOOKING | {"space_name": {"zh-CN": "{{ 7 * 7 }}"}}
    assert render("booking_confirmed", "in_app", "zh-CN", sneaky).title == "预约成功：{{ 7 * 7 }}"


def test_templates_cannot_reach_into_python(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"title": "{{ ''.__class__.__mro__ }}", "body": "x"}
    monkeypatch.setattr(rendering, "templates", lambda: {"evil": {"zh-CN": parts}, LAYOUT: {"zh-CN": {}}})
    with pytest.raises(Exception, match="unsafe"):
        render("evil", "in_app", "zh-CN", {})


def test_seats_are_told_where_there_are_several() -> None:
    data = {"title": {"zh-CN": "乒乓球趣味赛"}, "location": "一楼", **SPAN}
    assert "2个名额" in render("registration_confirmed", "in_app", "zh-CN", data | {"seats": 2}).body
    assert "名额" not in render("registration_confirmed", "in_app", "zh-CN", data | {"seats": 1}).body


def test_variables_are_texts_for_providers_that_hold_the_templates() -> None:
    variables = render("booking_called_off", "sms", "zh-CN", BOOKING).variables
    assert variables["space_name"] == "羽毛球1号场"
    assert variables["starts_at"] == "3月7日（周六）09:00"
    assert all(isinstance(value, str) for value in variables.values())


@pytest.mark.parametrize("frees", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["in_app", "email", "sms"])
def test_who_is_moved_by_a_closure_reads_both_times_and_what_silence_means(channel: str, language: str, frees: bool) -> None:
    was = {"previous_starts_at": SPAN["starts_at"] - timedelta(days=1), "previous_ends_at": SPAN["ends_at"] - timedelta(days=1)}
    about = was | {"previous_space_name": SPACE, "closure_reason": {"zh-CN": "设备维护", "en": "Maintenance"}}
    link = "https://linli.example/r/AbC_-1"
    data = BOOKING | about | {"frees": frees, "link": link, "answer_by": SPAN["starts_at"] - timedelta(days=1)}
    text = render("moved_reminder", channel, language, data).body
    wanted = ("设备维护", "3月6日", "3月7日") if language == "zh-CN" else ("Maintenance", "6 Mar", "7 Mar")
    assert all(word in text for word in wanted) and link in text
    silence = (
        ("就会取消", "保留") if language == "zh-CN" else ("cancelled", "kept" if channel == "sms" else "need not do anything")
    )
    assert silence[0 if frees else 1] in text and silence[1 if frees else 0] not in text
