"""While a service cannot answer, a public read is answered by the last answer that this gateway has; and it says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from chassis.config import Settings
from chassis.rpc.call import Unavailable
from chassis.rpc.refusal import Refused
from gateway.app import create_app
from gateway.calls.cache import KEPT, MAX_AGE, PublicCache
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import club, page

SignIn = Callable[[str], Caller]
BY_A_SERVICE = Refused("service_unavailable", "unavailable", "not now", {})


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def kept_app(database: Engine, services: FakeServices, config: Settings, clock: Clock, seconds: Seconds) -> Flask:
    services.on("events", "list_clubs", page(club(members_count=3)))
    services.on("events", "list_club_events", page())
    services.on("booking", "list_spaces", page())
    services.on("booking", "get_centre_availability", {"items": []})
    return create_app(database=database, rpc=services, settings=config, clock=clock, cache=PublicCache(clock=seconds))


@pytest.fixture
def reader(kept_app: Flask) -> Caller:
    return Caller(kept_app.test_client(use_cookies=False), {})


def is_copy(answer: TestResponse) -> bool:
    return answer.status_code == 200 and "Linli-As-Of" in answer.headers and "Age" in answer.headers


@pytest.mark.parametrize("failure", [Unavailable(), BY_A_SERVICE], ids=["no answer", "no database"])
def test_an_answer_that_is_not_valid_any_more_is_a_copy(
    services: FakeServices, reader: Caller, seconds: Seconds, clock: Clock, failure: Exception
) -> None:
    live = reader.get("/clubs")
    services.on("events", "list_clubs", failure)
    seconds.now += MAX_AGE + 12.5
    copy = reader.get("/clubs")
    assert is_copy(copy) and copy.json == live.json
    assert copy.headers["Age"] == "42"
    assert copy.headers["Linli-As-Of"] == (clock() - timedelta(seconds=42.5)).isoformat(timespec="seconds")
    assert "Linli-As-Of" not in live.headers


def test_a_valid_answer_is_no_copy(services: FakeServices, reader: Caller) -> None:
    reader.get("/clubs")
    services.on("events", "list_clubs", Unavailable())
    assert not is_copy(reader.get("/clubs"))


def test_a_cleared_answer_is_a_copy(services: FakeServices, reader: Caller, kept_app: Flask) -> None:
    reader.get("/clubs")
    kept_app.extensions["linli.cache"].clear(["clubs"])
    services.on("events", "list_clubs", Unavailable())
    assert is_copy(reader.get("/clubs"))


def test_a_copy_ends_after_an_hour_and_a_question_that_nobody_asked_has_none(
    services: FakeServices, reader: Caller, seconds: Seconds
) -> None:
    reader.get("/clubs")
    services.on("events", "list_clubs", Unavailable())
    seconds.now += KEPT - 1
    assert is_copy(reader.get("/clubs"))
    seconds.now += 1
    for answer in (reader.get("/clubs"), reader.get("/clubs?section=elders")):
        assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "service_unavailable", "2")
        assert "Linli-As-Of" not in answer.headers


def test_the_next_live_answer_replaces_the_copy_at_once(services: FakeServices, reader: Caller, seconds: Seconds) -> None:
    reader.get("/clubs")
    services.on("events", "list_clubs", Unavailable())
    seconds.now += MAX_AGE
    assert is_copy(reader.get("/clubs"))
    services.on("events", "list_clubs", page(club(members_count=4)))
    answer = reader.get("/clubs")
    assert not is_copy(answer) and answer.json["items"][0]["members_count"] == 4


def test_other_refusals_and_bugs_are_not_hidden_by_a_copy(services: FakeServices, reader: Caller, seconds: Seconds) -> None:
    reader.get("/clubs")
    seconds.now += MAX_AGE
    services.on("events", "list_clubs", RuntimeError("a bug"))
    assert reader.get("/clubs").status_code == 500
    services.on("events", "list_clubs", Refused("events.gone", "gone", "gone", {}))
    assert reader.get("/clubs").status_code == 410


def test_the_oldest_copy_of_an_answer_counts(services: FakeServices, reader: Caller, seconds: Seconds) -> None:
    reader.get("/today")
    seconds.now += 600
    services.on("events", "list_club_events", Unavailable())
    assert reader.get("/today").headers["Age"] == "600"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "As of 16:59; the live system does not answer."), ("zh-CN", "这是 16:59 的内容，实时系统暂时没有响应。")],
)
def test_a_page_says_it(services: FakeServices, kept_app: Flask, seconds: Seconds, language: str, sentence: str) -> None:
    """It is 17:00 in Shanghai."""
    visitor, header = kept_app.test_client(use_cookies=False), {"Accept-Language": language}
    assert sentence not in visitor.get("/clubs", headers=header).text
    services.on("events", "list_clubs", Unavailable())
    seconds.now += 60
    page = visitor.get("/clubs", headers=header)
    assert is_copy(page) and sentence in page.text


def test_who_is_signed_in_gets_no_copy_of_what_is_their_own(services: FakeServices, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    services.on("events", "list_clubs", page(club(joined=True)))
    assert wang.get("/clubs").status_code == 200
    services.on("events", "list_clubs", Unavailable())
    assert wang.get("/clubs").status_code == 503
