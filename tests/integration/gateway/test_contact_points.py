"""Where one wants to be told: the gateway vouches for no address, and bounds the guesses at its code."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from chassis.rpc.call import Unavailable
from chassis.rpc.refusal import NotFound, Refusal
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import NOBODY

SignIn = Callable[[str], Caller]
POINT = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e50"
EMAIL = {"channel": "email", "address": "wang@example.org"}


def point(verified: bool) -> dict[str, Any]:
    times = {"created_at": "2026-03-02T09:00:00+00:00", "verified_at": "2026-03-02T09:05:00+00:00" if verified else None}
    whose = {"id": POINT, "version": 1, "community_id": "liuyi", "account_id": NOBODY}
    return whose | EMAIL | {"verified": verified} | times


def test_the_right_code_verifies_the_address(services: FakeServices, sign_in: SignIn) -> None:
    services.on("notify", "verify_contact_point", point(verified=True))
    answer = sign_in("wang").post(f"/contact-points/{POINT}/verification", json={"code": "492039"})
    assert (answer.status_code, answer.json["verified"]) == (200, True)
    [asked] = services.calls
    assert asked.payload == {"contact_point_id": POINT, "code": "492039"}
    assert asked.context.identity.party == "resident"


def test_a_wrong_code_is_told_beside_its_field_and_guessing_is_throttled(services: FakeServices, sign_in: SignIn) -> None:
    services.on("notify", "verify_contact_point", point(verified=False))
    wang = sign_in("wang")
    for _ in range(10):
        answer = wang.post(f"/contact-points/{POINT}/verification", json={"code": "000000"})
        assert answer.status_code == 422
        assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [("code", "wrong_code")]
    assert wang.post(f"/contact-points/{POINT}/verification", json={"code": "000000"}).status_code == 429
    assert len(services.calls) == 10


@pytest.mark.parametrize(("says", "status"), [(Unavailable(), 503), (NotFound(), 404)])
def test_what_was_not_compared_is_no_guess(services: FakeServices, sign_in: SignIn, says: Refusal, status: int) -> None:
    services.on("notify", "verify_contact_point", refused(says))
    wang = sign_in("wang")
    for _ in range(12):
        assert wang.post(f"/contact-points/{POINT}/verification", json={"code": "000000"}).status_code == status


def test_anothers_address_is_not_there(services: FakeServices, sign_in: SignIn) -> None:
    services.on("notify", "verify_contact_point", refused(NotFound()))
    assert sign_in("li").post(f"/contact-points/{POINT}/verification", json={"code": "492039"}).status_code == 404


@pytest.mark.parametrize("code", ["12345", "1234567", "１２３４５６", 123456, None])
def test_what_is_no_code(services: FakeServices, sign_in: SignIn, code: object) -> None:
    assert sign_in("wang").post(f"/contact-points/{POINT}/verification", json={"code": code}).status_code == 422
    assert services.calls == []


def test_nobody_says_of_themselves_that_an_address_is_theirs(services: FakeServices, sign_in: SignIn) -> None:
    services.on("notify", "put_contact_point", point(verified=False))
    wang = sign_in("wang")
    assert wang.post("/contact-points", json=EMAIL).status_code == 201
    assert services.calls[0].payload == EMAIL | {"verified": False}
    assert wang.post("/contact-points", json=EMAIL | {"verified": True}).status_code == 422


def test_asking_for_mail_is_throttled(app: Flask, services: FakeServices, sign_in: SignIn) -> None:
    services.on("notify", "put_contact_point", point(verified=False))
    wang = sign_in("wang")
    statuses = [wang.post("/contact-points", json=EMAIL).status_code for _ in range(61)]
    assert statuses == [201] * 60 + [429]
