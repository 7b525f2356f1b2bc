"""Limits on guessing and sending hold over all replicas of the gateway, and hold when the database is away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.config import Settings, settings
from chassis.database.engine import transaction
from gateway.accounts.personal import PersonalFields
from gateway.app import create_app
from gateway.housekeeping import expiries
from gateway.http import limits
from gateway.http.limits import Limit
from gateway.http.shared_limits import LimitedUse, SharedLimits
from gateway.refusals.requests import Throttled
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import REPORT, case

SignIn = Callable[[str], Caller]
WRONG = {"username": "clerk", "password": "wrong"}
THREE = Limit("three", "3 per minute")
KEY, MINUTE = "LIMITER/three/somebody", 60


@pytest.fixture
def replica(database: Engine, services: FakeServices, config: Settings, clock: Clock) -> Caller:
    """A visitor at another process of the gateway."""
    app = create_app(database=database, rpc=services, settings=config, clock=clock)
    return Caller(app.test_client(use_cookies=False), {"Accept-Language": "en"})


@pytest.fixture
def storage(database: Engine) -> SharedLimits:
    return SharedLimits(database, PersonalFields(settings().encryption_keys, settings().index_keys))


def age(database: Engine, **by: float) -> None:
    """Let time pass for what has been counted."""
    with database.begin() as connection:
        shift = {"by": timedelta(**by)}
        connection.exec_driver_sql(
            "UPDATE limited_use SET expires_at = expires_at - %(by)s, "
            "used_at = ARRAY(SELECT at - %(by)s FROM unnest(used_at) at)",
            shift,
        )


def test_guesses_sent_at_once_are_no_more_than_those_sent_one_by_one(app: Flask, people: None) -> None:
    def guess(_number: int) -> int:
        return Caller(app.test_client(use_cookies=False), {}).post("/auth/sessions", json=WRONG).status_code

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(guess, range(20)))
    assert sorted(answers) == [401] * 10 + [429] * 10


def test_a_client_cannot_take_a_new_ipv6_address_for_each_guess(app: Flask, people: None) -> None:
    """Every connection has 2^64 addresses. The names differ, so that only the limit by client can stop them."""
    visitor = Caller(app.test_client(use_cookies=False), {})

    def guess(address: str, number: int) -> int:
        body = {"username": f"nobody{number}", "password": "wrong"}
        return visitor.post("/auth/sessions", json=body, environ_overrides={"REMOTE_ADDR": address}).status_code

    answers = [guess(f"2408:8000:1:2:{number:x}::{number:x}", number) for number in range(1, 32)]
    assert answers == [401] * 30 + [429]
    assert guess("2408:8000:1:3::1", 99) == 401, "the neighbour has a count of its own"


def test_who_knows_the_password_has_all_tries_again(visitor: Caller, people: None) -> None:
    for _ in range(2):
        for _ in range(8):
            assert visitor.post("/auth/sessions", json=WRONG).status_code == 401
        assert visitor.post("/auth/sessions", json=WRONG | {"password": "linli-demo"}).status_code == 201


def test_guesses_at_a_password_are_counted_over_all_replicas(visitor: Caller, replica: Caller, people: None) -> None:
    for number in range(10):
        assert (visitor, replica)[number % 2].post("/auth/sessions", json=WRONG).status_code == 401
    for gateway in (visitor, replica):
        refused = gateway.post("/auth/sessions", json=WRONG)
        assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["Retry-After"]) <= 900


def test_so_are_codes_that_are_asked_for(visitor: Caller, replica: Caller, services: FakeServices) -> None:
    services.on("notify", "send_code", {})
    statuses = [(visitor, replica)[n % 2].post("/auth/codes", json={"phone": f"1380013{n:04d}"}).status_code for n in range(62)]
    assert statuses == [202] * 60 + [429] * 2


def test_no_two_uses_take_the_last_place(storage: SharedLimits) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: storage.acquire_entry(KEY, 3, MINUTE), range(24)))
    assert sorted(taken) == [False] * 21 + [True] * 3


def test_a_window_moves(storage: SharedLimits, database: Engine) -> None:
    assert storage.acquire_entry(KEY, 3, MINUTE, amount=2)
    age(database, seconds=40)
    assert storage.acquire_entry(KEY, 3, MINUTE)
    start, count = storage.get_moving_window(KEY, 3, MINUTE)
    assert count == 3 and 40 <= datetime.now(UTC).timestamp() - start < 50
    assert not storage.acquire_entry(KEY, 3, MINUTE)
    age(database, seconds=20)  # the first two are over
    assert storage.get_moving_window(KEY, 3, MINUTE)[1] == 1
    assert storage.acquire_entry(KEY, 3, MINUTE, amount=2)
    assert not storage.acquire_entry(KEY, 3, MINUTE)
    assert not storage.acquire_entry("LIMITER/three/else", 3, MINUTE, amount=4)


def test_what_is_refused_does_not_lengthen_the_wait(app: Flask, database: Engine) -> None:
    with app.test_request_context("/livez"):
        app.preprocess_request()
        for _ in range(3):
            limits.spend(THREE, "somebody")
        age(database, seconds=30)
        for _ in range(5):
            with pytest.raises(Throttled) as refused:
                limits.spend(THREE, "somebody")
        assert 20 < refused.value.details["retry_after"] <= 30
        limits.spend(THREE, "somebody else")


def test_who_asked_is_not_readable(visitor: Caller, people: None, database: Engine) -> None:
    visitor.post("/auth/sessions", json=WRONG)
    with Session(database) as session:
        rows = session.scalars(select(LimitedUse)).all()
    assert len(rows) == 3  # by address, by user name and address, and by user name
    for row in rows:
        assert len(row.key) == 32 and b"clerk" not in row.key and b"127.0.0.1" not in row.key


def test_an_expired_row_is_swept_away(storage: SharedLimits, database: Engine) -> None:
    for key in ("old", "new"):
        storage.acquire_entry(key, 3, MINUTE)
    now = datetime.now(UTC)
    with transaction(database) as session:
        session.execute(update(LimitedUse).where(LimitedUse.key == storage._hash("old")).values(expires_at=now))
    delete_expired(database, expiries(), now)
    with transaction(database) as session:
        assert session.scalars(select(LimitedUse.key)).all() == [storage._hash("new")]


def test_while_the_database_is_away_nothing_is_allowed(app: Flask) -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    limits.count_in(app, SharedLimits(nowhere, PersonalFields(settings().encryption_keys, settings().index_keys)))
    with app.test_request_context("/livez"):
        app.preprocess_request()
        with pytest.raises(OperationalError):
            limits.spend(THREE, "somebody")
        with pytest.raises(OperationalError), limits.guess(THREE, "somebody"):
            pytest.fail("the guess was allowed")


def test_uploads_cost_no_query(app: Flask, database: Engine) -> None:
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with app.test_request_context("/livez"):
        app.preprocess_request()
        for limit, queries in ((limits.UPLOADS, 0), (limits.LOOK_UPS, 1)):
            limits.spend(limit, "somebody")
            assert len(statements) == queries


def test_a_reached_limit_says_what_it_is(visitor: Caller, people: None) -> None:
    answers = [visitor.post("/auth/sessions", json=WRONG) for _ in range(11)]
    assert "RateLimit" not in answers[0].headers, "guesses are not told how many they have left"
    last = answers[10]
    assert last.status_code == 429
    assert last.headers["RateLimit-Policy"] == '"account failures";q=10;w=900'
    assert last.headers["RateLimit"] == f'"account failures";r=0;t={last.headers["Retry-After"]}'


def test_what_is_left_of_a_limit_is_told(visitor: Caller, services: FakeServices) -> None:
    services.on("cases", "report_case", {"case": case(), "lookup_token": "t"})
    first, second = (visitor.post("/cases", json=REPORT) for _ in range(2))
    assert first.headers["RateLimit-Policy"] == '"anonymous reports";q=60;w=3600'
    assert [answer.headers["RateLimit"].split(";t=")[0] for answer in (first, second)] == [
        '"anonymous reports";r=59',
        '"anonymous reports";r=58',
    ]
