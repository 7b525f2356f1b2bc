"""Residents sign in by phone and one-time code."""

import re
from collections.abc import Callable
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from chassis.demo import demo_id
from chassis.rpc.call import NotSent, Unavailable
from chassis.rpc.refusal import Refused
from gateway.accounts.models import Account, OneTimeCode, SignInSession
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices

PHONE = "13800138000"


@pytest.fixture
def asked(services: FakeServices, visitor: Caller) -> Callable[[str], str]:
    """Ask for a code; gives the code that was sent."""
    services.on("notify", "send_code", {})

    def ask(phone: str = PHONE) -> str:
        answer = visitor.post("/auth/codes", json={"phone": phone})
        assert (answer.status_code, answer.json) == (202, {"expires_in": 300})
        return str(services.of("send_code")[-1].payload["code"])

    return ask


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_new_phone_becomes_a_resident(
    asked: Callable[..., str], services: FakeServices, visitor: Caller, database: Engine
) -> None:
    code = asked()
    sent = services.of("send_code")[0]
    assert re.fullmatch(r"\d{6}", code)
    assert sent.payload == {"phone": "+8613800138000", "code": code, "minutes": 5}
    assert sent.context.identity.scopes == {"gateway"}
    answer = visitor.post("/auth/sessions", json={"phone": "138 0013 8000", "code": code})
    assert answer.status_code == 201
    assert answer.json["account"] | {"id": "", "version": 1} == {
        "id": "", "version": 1, "community_id": "liuyi", "party": "resident", "username": None, "name": None,
        "phone": "+8613800138000", "language": "en", "roles": [], "grids": [], "departments": [],
        "communities": [], "whole_district": False, "totp_enabled": False,
    }  # fmt: skip
    assert answer.json["consent"] == {"community_id": "liuyi", "version": 1, "changed": False, "needed": True}
    owner = {"Authorization": f"Bearer {answer.json['token']}"}
    assert visitor.post("/me/consents", json={"version": 1}, headers=owner).status_code == 201
    me = visitor.get("/me", headers=owner)
    assert me.json == answer.json["account"]
    with Session(database) as session:
        account = session.scalars(select(Account)).one()
        assert account.contact_due  # notify is told of the phone by and by


def test_the_same_phone_is_the_same_account(asked: Callable[..., str], visitor: Caller, clock: Clock) -> None:
    ids = set()
    for written in (PHONE, "+86 138-0013-8000", "0086 13800138000"):
        answer = visitor.post("/auth/sessions", json={"phone": written, "code": asked(written)})
        ids.add(answer.json["account"]["id"])
    assert len(ids) == 1


def test_a_code_works_once(asked: Callable[..., str], visitor: Caller) -> None:
    code = asked()
    statuses = [visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code for _ in range(2)]
    assert statuses == [201, 401]


def test_a_code_works_once_even_for_two_at_once(asked: Callable[..., str], app: Flask, database: Engine) -> None:
    code, statuses = asked(), []

    def enter() -> None:
        caller = Caller(app.test_client(use_cookies=False), {})
        statuses.append(caller.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code)

    threads = [Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 401, 401, 401]


def test_a_code_lasts_five_minutes(asked: Callable[..., str], visitor: Caller, clock: Clock) -> None:
    code = asked()
    clock.forward(minutes=5)
    answer = visitor.post("/auth/sessions", json={"phone": PHONE, "code": code})
    assert (answer.status_code, answer.json["code"]) == (401, "auth.code_wrong")


def test_five_wrong_tries_void_a_code(asked: Callable[..., str], visitor: Caller) -> None:
    code = asked()
    for _ in range(5):
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": wrong(code)}).status_code == 401
    assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 401


def test_four_wrong_tries_do_not(asked: Callable[..., str], visitor: Caller) -> None:
    code = asked()
    for _ in range(4):
        visitor.post("/auth/sessions", json={"phone": PHONE, "code": wrong(code)})
    assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 201


@pytest.mark.parametrize("used", [0, 1])
def test_whichever_code_arrives_first_is_good_and_then_none_is(
    asked: Callable[..., str], visitor: Caller, clock: Clock, used: int
) -> None:
    codes = [asked()]
    clock.forward(minutes=1)
    codes.append(asked())
    assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": codes[used]}).status_code == 201
    for code in codes:
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 401


NOT_NOW = Refused("notify.too_many_codes", "too_many", "Not now.", {"retry_after": 42})


@pytest.mark.parametrize(("says", "status"), [(NOT_NOW, 429), (Unavailable(), 503)])
def test_asking_again_in_vain_leaves_the_code_that_was_sent(
    asked: Callable[..., str], services: FakeServices, visitor: Caller, says: Exception, status: int
) -> None:
    code = asked()
    services.on("notify", "send_code", says)
    assert visitor.post("/auth/codes", json={"phone": PHONE}).status_code == status
    assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 201


@pytest.mark.parametrize(("says", "code"), [(NOT_NOW, "notify.too_many_codes"), (NotSent(), "service_unavailable")])
def test_a_code_that_was_never_sent_opens_nothing_and_does_not_count(
    services: FakeServices, visitor: Caller, database: Engine, says: Exception, code: str
) -> None:
    services.on("notify", "send_code", says)
    for _ in range(6):
        assert visitor.post("/auth/codes", json={"phone": PHONE}).json["code"] == code
    for asked in services.of("send_code"):
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": asked.payload["code"]}).status_code == 401
    with Session(database) as session:
        assert session.scalars(select(OneTimeCode)).all() == []


def test_a_code_whose_sending_is_uncertain_is_good(services: FakeServices, visitor: Caller) -> None:
    services.on("notify", "send_code", Unavailable())
    visitor.post("/auth/codes", json={"phone": PHONE})
    code = services.of("send_code")[0].payload["code"]
    assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 201


def test_a_guess_is_a_try_at_every_code(asked: Callable[..., str], visitor: Caller, clock: Clock) -> None:
    codes = [asked()]
    clock.forward(minutes=1)
    codes.append(asked())
    guess = next(code for code in ("000000", "000001", "000002") if code not in codes)
    for _ in range(5):
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": guess}).status_code == 401
    for code in codes:
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).status_code == 401


def test_a_code_is_for_its_phone_only(asked: Callable[..., str], visitor: Caller) -> None:
    code = asked()
    assert visitor.post("/auth/sessions", json={"phone": "13900139000", "code": code}).status_code == 401


def test_a_phone_is_sent_five_codes_in_a_quarter_of_an_hour(
    asked: Callable[..., str], visitor: Caller, clock: Clock, services: FakeServices
) -> None:
    for _ in range(5):
        asked()
        clock.forward(minutes=1)
    refused = visitor.post("/auth/codes", json={"phone": PHONE})
    assert (refused.status_code, refused.json["code"]) == (429, "auth.too_many_codes")
    assert refused.headers["Retry-After"] == "600"
    clock.forward(seconds=600)
    asked()
    assert len(services.of("send_code")) == 6


def test_known_and_unknown_phones_get_the_same_answer(asked: Callable[..., str], visitor: Caller, people: None) -> None:
    visitor.post("/auth/sessions", json={"phone": PHONE, "code": asked()})
    known, unknown = (visitor.post("/auth/codes", json={"phone": phone}) for phone in (PHONE, "13900139000"))
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)


@pytest.mark.parametrize("phone", ["12345", "abc", "+1 202 555 0123", "0394-8230000", "199000000011"])
def test_what_is_no_mobile_number(services: FakeServices, visitor: Caller, phone: str) -> None:
    answer = visitor.post("/auth/codes", json={"phone": phone})
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [("phone", "bad_phone")]
    assert services.calls == []


def test_notify_away_is_said(services: FakeServices, visitor: Caller) -> None:
    services.on("notify", "send_code", Unavailable())
    assert visitor.post("/auth/codes", json={"phone": PHONE}).status_code == 503


def test_codes_phones_and_tokens_are_not_readable_in_the_database(
    asked: Callable[..., str], visitor: Caller, database: Engine
) -> None:
    code = asked()
    token = visitor.post("/auth/sessions", json={"phone": PHONE, "code": code}).json["token"]
    visitor.patch("/me", json={"name": "王秀英"}, headers={"Authorization": f"Bearer {token}"})
    stored = ""
    with database.connect() as connection:
        for table in (Account, SignInSession, OneTimeCode):
            for row in connection.execute(select(table.__table__)):
                stored += " ".join(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in row)
    assert "resident" in stored
    for secret in (code, PHONE, token, "王秀英"):
        assert secret not in stored


def test_demo_residents_sign_in_without_a_message(people: None, services: FakeServices, visitor: Caller) -> None:
    assert visitor.post("/auth/codes", json={"phone": "19900000001"}).status_code == 202
    answer = visitor.post("/auth/sessions", json={"phone": "19900000001", "code": "246810"})
    assert answer.json["account"]["id"] == str(demo_id("account", "wang"))
    assert services.calls == []


def test_the_demo_code_opens_nothing_else(asked: Callable[..., str], visitor: Caller, people: None) -> None:
    if asked() != "246810":
        assert visitor.post("/auth/sessions", json={"phone": PHONE, "code": "246810"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone": PHONE},
        {"phone": PHONE, "code": "12345"},
        {"phone": PHONE, "code": "１２３４５６"},
        {"phone": PHONE, "code": "123456", "password": "x"},
        {"username": "clerk"},
        {"username": "clerk", "password": "x", "totp": "12"},
        {"totp": "123456"},
    ],
)
def test_half_a_proof_is_no_request(visitor: Caller, body: dict[str, str]) -> None:
    assert visitor.post("/auth/sessions", json=body).status_code == 422
