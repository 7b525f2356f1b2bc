"""Once the demo is switched off, its accounts open nothing any more: everybody knows their passwords."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chassis.config import Settings
from chassis.database.engine import transaction
from chassis.demo import demo_id
from gateway.accounts import sessions
from gateway.accounts.admission import Admission
from gateway.accounts.models import Account
from gateway.app import create_app
from gateway.systems import credentials, keys, use_cases
from tests.integration.gateway.conftest import AccountsOf, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices

SignIn = Callable[[str], Caller]
CLERK = {"username": "clerk", "password": "linli-demo"}
WANG = "19900000001"


@pytest.fixture
def outside(database: Engine, people: None, services: FakeServices, config: Settings, clock: Clock) -> Caller:
    """A visitor to the same database, of a gateway without the demo."""
    services.on("notify", "send_code", {})
    app = create_app(database=database, rpc=services, settings=replace(config, demo=False), clock=clock)
    return Caller(app.test_client(use_cookies=False), {"Accept-Language": "en"})


def test_a_demo_password_is_a_wrong_one(outside: Caller, visitor: Caller) -> None:
    wrong = outside.post("/auth/sessions", json=CLERK | {"password": "wrong"})
    right = outside.post("/auth/sessions", json=CLERK)
    assert (right.status_code, right.json["code"]) == (wrong.status_code, wrong.json["code"]) == (401, "auth.password_wrong")
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 201


def test_a_demo_password_costs_the_hash_of_an_unknown_name(outside: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.accounts import passwords

    compared: list[str | None] = []
    monkeypatch.setattr(passwords, "matches", lambda password_hash, password: bool(compared.append(password_hash)))
    for username in ("clerk", "nobody"):
        outside.post("/auth/sessions", json=CLERK | {"username": username})
    assert compared == [None, None]


def test_a_demo_resident_is_not_let_in_even_with_the_code_that_was_sent(outside: Caller, services: FakeServices) -> None:
    assert outside.post("/auth/codes", json={"phone": WANG}).status_code == 202  # the answer is the same for every phone
    sent = services.of("send_code")[0].payload["code"]
    for code in ("246810", sent):
        answer = outside.post("/auth/sessions", json={"phone": WANG, "code": code})
        assert (answer.status_code, answer.json["code"]) == (401, "auth.code_wrong")


def test_the_demos_sessions_are_over(outside: Caller, sign_in: SignIn) -> None:
    for who in ("wang", "admin"):
        caller = sign_in(who)
        assert caller.get("/me").status_code == 200
        for path in ("/me", "/notifications/stream"):
            answer = outside.get(path, headers=caller.headers)
            assert (answer.status_code, answer.json["code"]) == (401, "auth.session_over")


def test_the_demos_keys_are_not_known(outside: Caller, sign_in: SignIn, visitor: Caller) -> None:
    body = {"label": "12345 热线", "scopes": ["messages:read"]}
    key = {"X-API-Key": sign_in("admin").post("/api-keys", json=body).json["secret"]}
    assert visitor.get("/sections", headers=key).status_code == 200
    answer = outside.get("/sections", headers=key)
    assert (answer.status_code, answer.json["code"]) == (401, "auth.key_unknown")


def test_long_streams_of_the_demo_end(database: Engine, accounts_of: AccountsOf, clock: Clock) -> None:
    with accounts_of("admin").transaction() as call:
        admin = call.session.get_one(Account, demo_id("account", "admin"))
        _, opened = sessions.open_session(call.session, admin, clock.now)
        system = use_cases.add(call, name="…", rights=["messages:read"])
        secret, _ = keys.make(call, system.id, days=30)
    with Session(database) as session:
        known = credentials.find(session, secret, clock.now, admission=Admission(samples=True))
    with Session(database) as session:
        for demo in (True, False):
            admission = Admission(samples=demo)
            found = sessions.find_open(session, opened.id, clock.now, admission=admission)
            assert (found is not None) is demo
            assert credentials.still_known(session, known, clock.now, admission=admission) is demo


def test_everybody_else_stays(outside: Caller, database: Engine, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    with transaction(database) as session:
        for name in ("admin", "clerk"):
            session.get_one(Account, demo_id("account", name)).sample = False
    assert outside.post("/auth/sessions", json=CLERK).status_code == 201
    secret = outside.post("/api-keys", json={"label": "…", "scopes": ["messages:read"]}, headers=admin.headers).json["secret"]
    assert outside.get("/sections", headers={"X-API-Key": secret}).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/staff"])
def test_only_the_demo_tells_its_secrets(outside: Caller, visitor: Caller, path: str) -> None:
    assert "演示环境" in visitor.client.get(path).get_data(as_text=True)
    page = outside.client.get(path)
    assert page.status_code == 200 and "演示环境" not in page.get_data(as_text=True)


def test_accounts_of_the_demo_are_kept_out_unless_somebody_lets_them_in() -> None:
    """The default is the safe one, should the demo ever not be told that it is off."""
    sample, other = Account(sample=True), Account(sample=False)
    assert [Admission().admits(account) for account in (sample, other)] == [False, True]
    assert [Admission(samples=True).admits(account) for account in (sample, other)] == [True, True]
    assert Admission().fixed_code(sample) is None
