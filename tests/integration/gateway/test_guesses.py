"""Guesses that are sent at once, or whose clocks differ, are no more than those that are allowed one by one."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from gateway.accounts import codes
from gateway.accounts.call import Accounts
from gateway.accounts.models import OneTimeCode, SignInSession
from gateway.http import known_devices, limits
from gateway.http.limits import Limit
from gateway.refusals.factors import TotpNeeded
from tests.integration.gateway.conftest import AccountsOf, Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.test_contact_points import POINT, point
from tests.patience import eventually

PHONE, CODE, WRONG = "+8613800138000", "112233", "000000"
MANY = 200  # tries at once, from one address
THREE = Limit("three", "3 per minute")


@pytest.fixture
def accounts(accounts_of: AccountsOf) -> Accounts:
    """With one code for PHONE."""
    accounts = accounts_of("admin")
    with accounts.transaction() as call:
        codes.issue(call, PHONE, CODE, community_id="liuyi")
    return accounts


def earlier(accounts: Accounts) -> Accounts:
    """The accounts of a request that began a moment before, or of a replica whose clock is slow."""
    return replace(accounts, now=accounts.now - timedelta(milliseconds=1))


def redeem(accounts: Accounts, code: str) -> bool:
    with accounts.transaction() as call:
        return codes.redeem(call, PHONE, code)


def test_a_used_code_is_used_whatever_the_clock_says(accounts: Accounts) -> None:
    assert redeem(accounts, CODE)
    assert not redeem(earlier(accounts), CODE)


def test_a_code_without_tries_is_void_whatever_the_clock_says(accounts: Accounts) -> None:
    assert not any(redeem(accounts, WRONG) for _ in range(codes.TRIES))
    assert not redeem(earlier(accounts), CODE)


def test_a_stranger_uses_up_only_the_tries_of_strangers(accounts_of: AccountsOf) -> None:
    """S4, for the code of a resident."""
    owner = replace(accounts_of("admin"), client="the phone of the owner")
    stranger, third = replace(owner, client="a stranger"), replace(owner, client="another stranger")
    with owner.transaction() as call:
        codes.issue(call, PHONE, CODE, community_id="liuyi")
    assert not any(redeem(stranger, WRONG) for _ in range(codes.TRIES + 2))
    assert not redeem(third, CODE), "all strangers together have as many tries as the owner"
    assert not any(redeem(owner, WRONG) for _ in range(codes.TRIES - 1))
    assert redeem(owner, CODE)
    assert not redeem(owner, CODE)


def test_who_asked_elsewhere_can_still_use_the_code(accounts_of: AccountsOf) -> None:
    """Asked for on the computer, entered on the phone."""
    asked = replace(accounts_of("admin"), client="the computer")
    with asked.transaction() as call:
        codes.issue(call, PHONE, CODE, community_id="liuyi")
    assert redeem(replace(asked, client="the phone"), CODE)
    assert not redeem(asked, CODE)


def test_guesses_from_another_address_do_not_void_a_code(app: Flask, people: None, services: FakeServices) -> None:
    services.on("notify", "send_code", {})
    phone, here, elsewhere = "13900139000", {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "198.51.100.7"}
    client = app.test_client(use_cookies=False)
    client.post("/api/v1/auth/codes?community_id=liuyi", json={"phone": phone}, environ_base=here)
    code = services.of("send_code")[-1].payload["code"]
    wrong = "000000" if code != "000000" else "111111"

    def try_it(typed: str, address: dict[str, str]) -> int:
        body = {"phone": phone, "code": typed}
        return client.post("/api/v1/auth/sessions?community_id=liuyi", json=body, environ_base=address).status_code

    assert {try_it(wrong, elsewhere) for _ in range(codes.TRIES)} == {401}
    assert try_it(code, elsewhere) == 401
    assert try_it(code, here) == 201


def test_a_guess_that_waited_for_the_right_one_finds_no_code(accounts: Accounts, database: Engine) -> None:
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    # Each look is a transaction of its own: within one, pg_stat_activity does not change.
    looks = database.connect().execution_options(isolation_level="AUTOCOMMIT")
    with ThreadPoolExecutor(1) as other, looks as connection:
        with accounts.transaction() as call:
            assert codes.redeem(call, PHONE, CODE)
            second = other.submit(redeem, earlier(accounts), CODE)
            eventually(lambda: connection.scalar(waits), seconds=10)
        assert second.result(30) is False


def test_guesses_at_two_codes_of_a_phone_never_wait_for_each_other(accounts: Accounts) -> None:
    with accounts.transaction() as call:
        codes.issue(call, PHONE, "445566", community_id="liuyi")
    with ThreadPoolExecutor(8) as crowd:
        results = list(crowd.map(lambda number: redeem(accounts, WRONG if number % 2 else "778899"), range(40)))
    assert not any(results)


def test_only_five_guesses_are_compared(accounts: Accounts, monkeypatch: pytest.MonkeyPatch, database: Engine) -> None:
    compared: list[int] = []
    is_one_of = codes._is_one_of

    def count(hashes: list[bytes], *more: object) -> bool:
        compared.extend([1] * len(hashes))
        return is_one_of(hashes, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(codes, "_is_one_of", count)
    with ThreadPoolExecutor(9) as crowd:
        assert not any(crowd.map(lambda number: redeem(earlier(accounts) if number % 2 else accounts, WRONG), range(27)))
    assert len(compared) == codes.TRIES
    with Session(database) as session:
        assert session.scalars(select(OneTimeCode.tries_elsewhere)).one() == 0


def test_one_code_opens_one_session(app: Flask, accounts: Accounts, database: Engine) -> None:
    def enter(_number: int) -> int:
        body = {"phone": PHONE, "code": CODE}
        return Caller(app.test_client(use_cookies=False), {}).post("/auth/sessions", json=body).status_code

    with ThreadPoolExecutor(40) as crowd:
        answers = Counter(crowd.map(enter, range(MANY)))
    assert answers[201] == 1 and answers[401] + answers[429] == MANY - 1
    with Session(database) as session:
        assert session.scalar(select(func.count()).select_from(SignInSession)) == 1


def test_one_address_has_thirty_failures(app: Flask, people: None) -> None:
    """With a user name of its own for each, so that no other limit ends them."""

    def guess(number: int) -> int:
        body = {"username": f"clerk{number}", "password": "wrong"}
        return Caller(app.test_client(use_cookies=False), {}).post("/auth/sessions", json=body).status_code

    with ThreadPoolExecutor(40) as crowd:
        answers = Counter(crowd.map(guess, range(MANY)))
    assert answers == {401: 30, 429: MANY - 30}


def test_guesses_at_the_code_of_an_address(app: Flask, services: FakeServices, sign_in: Callable[[str], Caller]) -> None:
    services.on("notify", "verify_contact_point", point(verified=False))
    wang = sign_in("wang")

    def guess(_number: int) -> int:
        caller = replace(wang, client=app.test_client(use_cookies=False))
        return caller.post(f"/contact-points/{POINT}/verification", json={"code": WRONG}).status_code

    with ThreadPoolExecutor(20) as crowd:
        answers = Counter(crowd.map(guess, range(40)))
    assert answers == {422: 10, 429: 30}
    assert len(services.of("verify_contact_point")) == 10


def test_a_right_guess_costs_nothing(app: Flask) -> None:
    class Wrong(Exception): ...

    def guess(raises: Exception | None) -> str:
        try:
            with limits.guess(THREE, "somebody", right=(TotpNeeded,)):
                if raises:
                    raise raises
        except limits.Throttled:
            return "throttled"
        except Exception as error:
            return type(error).__name__
        return "right"

    with app.test_request_context("/"):
        app.preprocess_request()
        assert [guess(None) for _ in range(5)] == ["right"] * 5
        assert [guess(TotpNeeded()) for _ in range(5)] == ["TotpNeeded"] * 5
        assert [guess(Wrong()) for _ in range(2)] == ["Wrong"] * 2
        assert [guess(None) for _ in range(5)] == ["right"] * 5
        assert [guess(Wrong()), guess(Wrong()), guess(None)] == ["Wrong", "throttled", "throttled"]


def test_only_a_shared_limit_counts_guesses(app: Flask) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        with pytest.raises(TypeError, match="uploads is not shared"), limits.guess(limits.UPLOADS, "somebody"):
            pass


def test_strangers_do_not_lock_out_who_has_signed_in_here_before(app: Flask, people: None) -> None:
    """Neither from other addresses nor from the one address of a whole centre."""
    right, wrong = ({"username": "clerk", "password": password, "cookie": True} for password in ("linli-demo", "wrong"))

    def post(client: FlaskClient, body: dict[str, object], address: str = "10.0.0.1") -> int:
        return client.post("/api/v1/auth/sessions", json=body, environ_base={"REMOTE_ADDR": address}).status_code

    known, other = app.test_client(), app.test_client()
    assert post(known, right) == 201
    known.delete_cookie("linli_session")
    for number in range(6):  # 10 tries each at one account, and 30 in all from the address of the centre
        guesses = Counter(post(app.test_client(use_cookies=False), wrong, f"10.0.1.{number}") for _ in range(12))
        assert guesses[401] <= 10
    others = [post(other, {"username": f"clerk{number}", "password": "wrong"}) for number in range(40)]
    assert others.count(429) == 10
    assert post(other, right) == 429, "a device that is not known"
    assert post(known, right) == 201
    known.delete_cookie("linli_session")
    assert Counter(post(known, wrong) for _ in range(20)) == {401: 10, 429: 10}, "its own allowance has an end"


def test_a_device_is_known_for_its_own_accounts_and_by_our_signature(app: Flask, people: None) -> None:
    client = app.test_client()
    client.post("/api/v1/auth/sessions", json={"username": "clerk", "password": "linli-demo", "cookie": True})
    cookie = client.get_cookie("linli_device")
    assert cookie is not None and cookie.http_only and "clerk" not in cookie.value
    forged = cookie.value[:-1] + "?"
    for value, name, known in ((cookie.value, "clerk", True), (cookie.value, "admin", False), (forged, "clerk", False)):
        with app.test_request_context("/", headers={"Cookie": f"linli_device={value}"}):
            app.preprocess_request()
            assert (known_devices.known_for(name) is not None) is known
