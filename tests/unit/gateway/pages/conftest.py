"""The app with fake services and no database: what a page shows is decided by what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from limits.storage import MemoryStorage
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from werkzeug.test import TestResponse

from chassis.rpc.identity import ANONYMOUS, Identity
from gateway.accounts import subjects
from gateway.app import create_app
from gateway.calls import named_resident
from gateway.calls.cache import PublicCache
from gateway.directory.known import Known, KnownCommunities, Snapshot
from gateway.http import limits
from gateway.http.current import Access
from gateway.operations import erasure, own_account, residents, space_photos
from gateway.web import case_steps, people
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Form, Page

STAFF = ("clerk", "grid_worker", "handler", "organiser", "supervisor", "admin")


class InMemory(MemoryStorage):
    """Shared limits without a database."""

    def give_back(self, key: str) -> None:
        """Take back the newest use, as SharedLimits does."""
        self.events[key].pop(0)


@dataclass
class Browser:
    """A browser without scripts: follows links and sends forms as they stand."""

    client: FlaskClient

    def get(self, address: str, status: int = 200) -> Page:
        response = self.client.get(address)
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        return Page(response.get_data(as_text=True))

    def send(self, form: Form, **typed: Any) -> TestResponse:
        """The answer to the form, with `typed` over what it holds."""
        fields = {name: value for name, value in (form.fields | typed).items() if value is not None}
        return self.client.post(form.action, data=fields)

    def send_and_follow(self, form: Form, **typed: Any) -> Page:
        """The page one lands on after a form that succeeds."""
        response = self.send(form, **typed)
        assert response.status_code == 303, response.get_data(as_text=True)[:3000]
        return self.get(response.headers["Location"])


@pytest.fixture
def district() -> FakeDistrict:
    return FakeDistrict()


class Directory(KnownCommunities):
    """A directory without a database."""

    def __init__(self, communities: dict[str, Known]) -> None:
        super().__init__()
        self.communities = communities

    def get(self, database: Engine) -> Snapshot:
        return Snapshot(self.communities, {host: known for known in self.communities.values() for host in known.hosts})


class Reader:
    """Who makes the requests; a test sets it through `browser_as`."""

    identity = ANONYMOUS


@pytest.fixture(scope="session")
def one_app() -> Flask:
    """Made once, for it takes half a second."""
    nothing = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    communities = Directory({centre.LIUYI.id: centre.LIUYI})
    app = create_app(database=nothing, rpc=FakeDistrict(), clock=lambda: centre.NOW, communities=communities)

    def signed_in_as() -> None:
        g.access = Access(Reader.identity, "cookie" if Reader.identity.account_id else "none")

    app.before_request_funcs[None].insert(0, signed_in_as)  # before everything that asks who it is
    return app


@pytest.fixture
def app(one_app: Flask, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch) -> Flask:
    one_app.extensions |= {"linli.rpc": district, "linli.cache": PublicCache()}
    limits.count_in(one_app, InMemory())
    phones = {"19900000001": centre.WANG}
    monkeypatch.setattr(Reader, "identity", ANONYMOUS)
    monkeypatch.setattr(own_account, "name", lambda: "王秀英")
    monkeypatch.setattr(erasure, "running_of", lambda _: None)
    monkeypatch.setattr(own_account, "change", lambda **changes: district.calls.append(("own.change", changes, None)))
    monkeypatch.setattr(people, "colleagues_in", lambda community_id: [(centre.uid("account", "handler"), "周师傅")])
    monkeypatch.setattr(people, "handlers_of", lambda community_id: [(centre.uid("account", "handler"), "周师傅")])
    monkeypatch.setattr(case_steps, "nobody_sees", lambda case: False)
    monkeypatch.setattr(people, "resident_by_phone", phones.get)
    monkeypatch.setattr(named_resident, "facts_of", lambda account_id: (None, None, None))
    monkeypatch.setattr(subjects, "check", lambda accounts, **ids: None)
    monkeypatch.setattr(subjects, "check_works_in", lambda accounts, handlers, community_id: None)
    for contact in ("contact_of_booking", "contact_of_case"):
        monkeypatch.setattr(residents, contact, lambda _: people.Person("王秀英", "+8619900000001"))
    for read in ("of_space", "managed"):
        monkeypatch.setattr(space_photos, read, district.photos_of)
    monkeypatch.setattr(people, "names_of_staff", lambda ids: dict.fromkeys(ids, "张窗口"))
    monkeypatch.setattr(people, "reveal", lambda ids: {one: people.Person("王秀英", "+8619900000001") for one in ids})
    return one_app


@pytest.fixture
def browser_as(app: Flask) -> Callable[[str], Browser]:
    """A browser signed in as a demo account; `visitor` is nobody."""

    def browser(name: str) -> Browser:
        if name == "visitor":
            Reader.identity = ANONYMOUS
        else:
            roles = frozenset({name} if name in STAFF else ())
            account = str(UUID(centre.uid("account", name)))
            Reader.identity = Identity(account, "staff" if roles else "resident", roles, "liuyi")
        return Browser(app.test_client())

    return browser


@pytest.fixture
def visitor(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("visitor")


@pytest.fixture
def wang(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("wang")
