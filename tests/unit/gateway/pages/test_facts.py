"""Labels and facts come from the interfaces, in the page's language."""

from collections.abc import Callable

import pytest
from flask import Flask, g

from chassis.rpc.interface import Answer, Words, moment, names, text, word
from gateway.web.facts import fact_label, fact_value
from gateway.web.labels import WORDS, label
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser

URGENCIES = Words({"normal": ("普通", "Normal"), "urgent": ("紧急", "Urgent")})


class Thing(Answer):
    urgency = word(URGENCIES, maybe=True, label=("紧急程度", "Urgency"))
    place = names("东门", "East gate", maybe=True, label=("地点", "Place"))
    seen_at = moment(label=("时间", "Seen"))
    note = text("…", maybe=True)


@pytest.mark.parametrize(
    ("language", "name", "value", "shown"),
    [
        ("zh-CN", "urgency", "urgent", ("紧急程度", "紧急")),
        ("en", "urgency", "urgent", ("Urgency", "Urgent")),
        ("en", "urgency", "of a newer service", ("Urgency", "of a newer service")),
        ("en", "urgency", None, ("Urgency", "")),
        ("en", "place", {"zh-CN": "东门", "en": "East gate"}, ("Place", "East gate")),
        ("en", "place", {"zh-CN": "东门"}, ("Place", "东门")),
        ("en", "seen_at", centre.at("14:00").isoformat(), ("Seen", "Today 14:00")),
    ],
)
def test_a_fact_is_a_label_and_a_value(app: Flask, language: str, name: str, value: object, shown: tuple[str, str]) -> None:
    with app.test_request_context("/"):
        g.language = language
        assert (fact_label(Thing, name), fact_value(value, Thing, name)) == shown


def test_a_field_without_a_label_is_no_fact() -> None:
    with pytest.raises(KeyError):
        fact_label(Thing, "note")


def test_every_word_of_a_page_has_a_label_in_both_languages(app: Flask) -> None:
    for words in WORDS.values():
        assert all(zh.strip() and en.strip() for zh, en in (labels.values() for labels in words.labels.values()))
    with app.test_request_context("/"):
        g.language = "en"
        assert label(WORDS["CASE_STATES"], "dispatched") == "In progress"


def test_reporter_and_staff_see_the_same_facts(wang: Browser, browser_as: Callable[[str], Browser]) -> None:
    case = centre.uid("case", "3")
    facts = "类别", "渠道", "提交时间"
    pages = wang.get(f"/cases/{case}").text, browser_as("clerk").get(f"/desk/cases/{case}").text
    assert all(fact in page for fact in facts for page in pages)
