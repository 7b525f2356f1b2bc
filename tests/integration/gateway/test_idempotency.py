"""The Idempotency-Key travels with what a service does, and is honoured here for what the gateway does itself."""

import re
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from gateway.accounts.models import Reveal
from gateway.calls import calls
from gateway.http import idempotency, visitors
from gateway.systems.models import ApiKey
from services.notify.interface.contact_points import SET_LANGUAGE
from services.notify.interface.notifications import MARK_ALL_READ
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, BOOKING_ID, REPORT, booking, case

SignIn = Callable[[str], Caller]
KEY = {"Idempotency-Key": "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e99"}
VISITOR = visitors.HEADER
NEW_KEY = {"label": "12345 热线", "scopes": ["messages:read"]}


def test_key_and_fingerprint_reach_the_service(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "book_space", booking())
    resident = sign_in("wang")
    for body in (BOOK, BOOK, BOOK | {"attendees": 3}):
        assert resident.post("/bookings", json=body, headers=KEY).status_code == 201
    contexts = [asked.context for asked in services.calls]
    assert {context.idempotency_key for context in contexts} == {KEY["Idempotency-Key"]}
    assert all(context.key_from_caller for context in contexts)
    same, again, other = (context.request_hash for context in contexts)
    assert same == again != other


def test_the_same_body_to_another_address_is_another_request(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "cancel_booking", booking())
    services.on("events", "cancel_registration", booking())
    resident = sign_in("wang")
    resident.post(f"/bookings/{BOOKING_ID}/cancel", json={}, headers=KEY)
    resident.post(f"/registrations/{BOOKING_ID}/cancel", json={}, headers=KEY)
    one, other = services.calls
    assert one.context.request_hash != other.context.request_hash


def test_without_a_key_every_request_is_its_own(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "book_space", booking())
    resident = sign_in("wang")
    same_trace = {"X-Request-ID": "one-trace-of-many"}
    for _ in range(2):
        resident.post("/bookings", json=BOOK, headers=same_trace)
    keys = [asked.context.idempotency_key for asked in services.calls]
    assert len(set(keys)) == 2 and all(keys)
    assert not any(asked.context.key_from_caller for asked in services.calls)


def test_one_request_may_give_a_service_two_commands_in_any_order(app: Flask, services: FakeServices) -> None:
    services.on("notify", "mark_all_read", {"marked": 1, "unread_count": 0})
    services.on("notify", "set_language", {"language": "en"})

    def mark() -> None:
        calls.call(MARK_ALL_READ, {})

    def set_language() -> None:
        calls.call(SET_LANGUAGE, {"language": "en"}, part="language")

    for both in ((mark, set_language), (set_language, mark)):
        with app.test_request_context("/anything", method="POST"):
            app.preprocess_request()
            idempotency.use_key("key-of-a-form", b"")
            for give in both:
                give()
    [key] = {asked.context.idempotency_key for asked in services.of("mark_all_read")}
    assert key.endswith("key-of-a-form")
    assert {asked.context.idempotency_key for asked in services.of("set_language")} == {f"{key}/language"}


def test_two_commands_of_one_request_must_be_told_apart(app: Flask, services: FakeServices) -> None:
    services.on("notify", "mark_all_read", {"marked": 1, "unread_count": 0})
    services.on("notify", "set_language", {"language": "en"})
    with app.test_request_context("/anything", method="POST"):
        app.preprocess_request()
        idempotency.use_key("key-of-a-form", b"")
        calls.call(MARK_ALL_READ, {})
        with pytest.raises(RuntimeError):
            calls.call(SET_LANGUAGE, {"language": "en"})


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space in it", "line\tfeed-and-more", "键键键键键键键键"])
def test_a_malformed_key_is_refused(services: FakeServices, sign_in: SignIn, key: str) -> None:
    answer = sign_in("wang").post("/bookings", json=BOOK, headers={"Idempotency-Key": key.encode().decode("latin-1")})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"
    assert services.calls == []


def test_the_gateways_own_work_is_done_once(database: Engine, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    first, again = (admin.post("/api-keys", json=NEW_KEY, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 1


def test_the_same_key_with_another_body_is_refused(database: Engine, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    admin.post("/api-keys", json=NEW_KEY, headers=KEY)
    other = admin.post("/api-keys", json=NEW_KEY | {"label": "公安"}, headers=KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 1


def test_keys_of_different_people_never_meet(sign_in: SignIn, database: Engine) -> None:
    phone = {"phone": "19900000001"}
    answers = [sign_in(name).post("/residents/lookup", json=phone, headers=KEY) for name in ("clerk", "grid")]
    assert [answer.status_code for answer in answers] == [200, 200]
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(Reveal)) == 2


def test_a_refusal_is_not_kept_as_the_answer(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    staff = {"username": "clerk", "name": "赵磊", "password": "a-long-password", "roles": ["clerk"]}
    assert admin.post("/staff", json=staff, headers=KEY).json["code"] == "staff.username_taken"
    assert admin.post("/staff", json=staff | {"username": "zhao"}, headers=KEY).status_code == 201


def test_repeating_while_the_first_is_at_work_changes_nothing_twice(app: Flask, database: Engine, sign_in: SignIn) -> None:
    admin, statuses, barrier = sign_in("admin"), [], Barrier(4)

    def send() -> None:
        caller = Caller(app.test_client(use_cookies=False), admin.headers)
        barrier.wait()
        statuses.append(caller.post("/api-keys", json=NEW_KEY, headers=KEY).status_code)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409} and 201 in statuses
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 1


def test_signing_in_is_never_kept(services: FakeServices, visitor: Caller) -> None:
    services.on("notify", "send_code", {})
    for _ in range(2):
        assert visitor.post("/auth/codes", json={"phone": "13800138000"}, headers=KEY).status_code == 202
    assert len({asked.context.idempotency_key for asked in services.of("send_code")}) == 2


@pytest.fixture
def reported(services: FakeServices) -> FakeServices:
    services.on("cases", "report_case", {"case": case(), "lookup_token": "k3nT9"})
    return services


def test_two_visitors_with_one_key_are_two(reported: FakeServices, visitor: Caller) -> None:
    """The answer has the token to follow the case. The second visitor must not get the first one's."""
    first, second = (visitor.post("/cases", json=REPORT, headers=KEY) for _ in range(2))
    assert first.headers[VISITOR] != second.headers[VISITOR]
    assert len({asked.context.idempotency_key for asked in reported.of("report_case")}) == 2


@pytest.mark.parametrize("asked_for", [True, False], ids=["a token that was asked for", "the token of the first answer"])
def test_who_shows_the_token_of_a_visitor_repeats_the_request(reported: FakeServices, visitor: Caller, asked_for: bool) -> None:
    token = visitor.post("/auth/visitors").json["token"] if asked_for else ""
    first = visitor.post("/cases", json=REPORT, headers=KEY | {VISITOR: token})
    assert (VISITOR in first.headers) is not asked_for
    visitor.post("/cases", json=REPORT, headers=KEY | {VISITOR: first.headers.get(VISITOR, token)})
    assert len({asked.context.idempotency_key for asked in reported.of("report_case")}) == 1


@pytest.mark.parametrize("forged", ["", "6d2f", "6d2f.5f1c", "é", "." * 5_000])
def test_a_token_that_we_did_not_sign_is_none(reported: FakeServices, visitor: Caller, forged: str) -> None:
    answer = visitor.post("/cases", json=REPORT, headers=KEY | {VISITOR: forged})
    assert (answer.status_code, VISITOR in answer.headers) == (201, True)


def test_two_browsers_with_one_form_key_are_two(app: Flask, reported: FakeServices) -> None:
    for browser in (app.test_client(), app.test_client(), app.test_client()):
        page = browser.get("/cases/report").get_data(as_text=True)
        [csrf] = set(re.findall(r'name="csrf_token" value="([^"]+)"', page)) or [""]
        form = REPORT | {"csrf_token": csrf, "idempotency_key": KEY["Idempotency-Key"]}
        for _ in range(2):
            assert browser.post("/cases/report", data=form).status_code == 303
    keys = [asked.context.idempotency_key for asked in reported.of("report_case")]
    assert keys[0::2] == keys[1::2] and len(set(keys)) == 3
