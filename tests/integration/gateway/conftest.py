"""A gateway on a real database, with services that a test scripts, and people who are signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, or_, text
from werkzeug.test import TestResponse

from chassis.config import Settings, settings
from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from gateway import demo
from gateway.accounts import passwords, sessions
from gateway.accounts.admission import Admission
from gateway.accounts.call import Accounts
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.demo import directory
from gateway.directory import use_cases
from gateway.factors import recovery_codes
from tests.conftest import DatabaseOf
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.one_app import Apps

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def seed_directory(engine: Engine) -> None:
    """The directory of a district that has only liuyi, so that visitors need not choose."""
    [sub_district, *_] = directory.DISTRICT["sub_districts"]
    [liuyi] = [one for one in directory.DISTRICT["communities"] if one["id"] == "liuyi"]
    with transaction(engine) as session:
        call = Call(session, START)
        use_cases.put_sub_district(call, **sub_district)
        use_cases.put_community(call, **{name: value for name, value in liuyi.items() if name != "grids"})
        for position, grid in enumerate(liuyi["grids"]):
            use_cases.put_grid(call, **grid, community_id="liuyi", position=position)
        for position, department in enumerate(directory.DISTRICT["departments"]):
            known = demo_id("department", department["id"])
            use_cases.put_department(call, **department, department_id=known, position=position)
        # The audit log of the tests begins empty.
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        session.execute(text("DELETE FROM audit_entry"))
        session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


def seed_people(engine: Engine) -> None:
    """The demo's people of liuyi, without the admin of the whole district."""
    seed_directory(engine)
    with transaction(engine) as session:
        demo.seed_people(Call(session, START))
        session.execute(delete(Account).where(or_(Account.community_id != "liuyi", Account.whole_district)))


@pytest.fixture
def database(request: pytest.FixtureRequest, database_of: DatabaseOf) -> Engine:
    """The gateway's, with the demo's directory in it; with its people too where `people` is asked for."""
    return database_of("gateway", seed_people if "people" in request.fixturenames else seed_directory)


@pytest.fixture
def config() -> Settings:
    return replace(settings(), demo=True)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """argon2id as everywhere, at its least cost: what a hash costs is not what these tests are about."""
    cached = [function for function in vars(passwords).values() if hasattr(function, "cache_clear")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery_codes, "COST", (1, 8, 1))
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        for function in cached:
            function.cache_clear()
        yield
    for function in cached:
        function.cache_clear()


@pytest.fixture(scope="session")
def apps() -> Apps:
    return Apps()


@pytest.fixture
def app(apps: Apps, database: Engine, services: FakeServices, clock: Clock, config: Settings) -> Flask:
    return apps(config, database, services, clock)


@pytest.fixture
def people(database: Engine) -> None:
    """The demo's residents and staff. Copied with the database: their passwords cost a hash, once for all tests."""


AccountsOf = Callable[[str], Accounts]


@pytest.fixture
def accounts_of(database: Engine, people: None, config: Settings, clock: Clock) -> AccountsOf:
    """`accounts_of("admin")`: the accounts as this person's requests use them, without Flask."""

    def accounts(username: str) -> Accounts:
        return Accounts(
            database=database,
            personal=PersonalFields(config.encryption_keys, config.index_keys),
            now=clock.now,
            community_id=config.community,
            admission=Admission(samples=True),
            acting=Identity(str(demo_id("account", username)), "staff", frozenset({username}), config.community),
        )

    return accounts


@dataclass
class Caller:
    """A client with its credentials on every request, told apart from others by `account_id`."""

    client: FlaskClient
    headers: dict[str, str]
    account_id: str | None = None

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._send("GET", path, more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self._send("POST", path, more)

    def patch(self, path: str, **more: Any) -> TestResponse:
        return self._send("PATCH", path, more)

    def put(self, path: str, **more: Any) -> TestResponse:
        return self._send("PUT", path, more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self._send("DELETE", path, more)

    def _send(self, method: str, path: str, more: dict[str, Any]) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)


@pytest.fixture
def visitor(app: Flask) -> Caller:
    return Caller(app.test_client(use_cookies=False), {"Accept-Language": "en"})


@pytest.fixture
def sign_in(app: Flask, people: None, database: Engine, clock: Clock) -> Callable[[str], Caller]:
    """`sign_in("wang")`: a caller with a session of its own."""

    def signed_in(username: str) -> Caller:
        with transaction(database) as session:
            account = session.get_one(Account, demo_id("account", username))
            token, _ = sessions.open_session(session, account, clock.now)
        headers = {"Accept-Language": "en", "Authorization": f"Bearer {token}"}
        return Caller(app.test_client(use_cookies=False), headers, str(account.id))

    return signed_in
