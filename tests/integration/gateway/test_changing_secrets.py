"""Secrets that change while the gateway runs: nobody notices, before, during and after."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from chassis.config import DERIVED, Settings
from chassis.database.engine import reading, transaction
from gateway.accounts import rotation
from gateway.accounts.families.models import Household
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list.models import ResidentPhone
from gateway.app import create_app
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices

OLD, NEW = "the old secret of thirty-two letters", "the new secret of thirty-two letters"


# --- LINLI_SECRET ---


def app_with(database: Engine, config: Settings, clock: Clock, secret: str, *old: str) -> Flask:
    settings = replace(config, secret=secret, secret_old=old)
    return create_app(database=database, rpc=FakeServices(), settings=settings, clock=clock)


def send_form(browser: FlaskClient, page: str) -> int:
    """Ask for a code with the form of `page`."""
    (token,) = set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)) or {""}
    return browser.post("/sign-in", data={"csrf_token": token, "phone": "19900000001"}).status_code


@pytest.mark.parametrize(("old", "accepted"), [((OLD,), True), (("another", OLD), True), ((), False)])
def test_an_open_form_is_sent_after_the_secret_has_changed(
    database: Engine, config: Settings, clock: Clock, people: None, old: Sequence[str], accepted: bool
) -> None:
    before = app_with(database, config, clock, OLD).test_client()
    page = before.get("/sign-in").text
    after = app_with(database, config, clock, NEW, *old).test_client()
    cookie = before.get_cookie("linli_form")
    assert cookie is not None
    after.set_cookie("linli_form", cookie.value)
    assert (send_form(after, page) in (200, 302, 303)) is accepted


@pytest.mark.parametrize(("old", "same"), [((OLD,), True), ((), False)])
def test_a_visitor_stays_the_same(
    database: Engine, config: Settings, clock: Clock, people: None, old: Sequence[str], same: bool
) -> None:
    before = Caller(app_with(database, config, clock, OLD).test_client(use_cookies=False), {})
    token = before.post("/auth/visitors").json["token"]
    after = Caller(app_with(database, config, clock, NEW, *old).test_client(use_cookies=False), {"Linli-Visitor": token})
    answer = after.post("/cases", json={"nonsense": True}, headers={"Idempotency-Key": "a-key-of-mine"})
    assert answer.status_code == 422
    assert ("Linli-Visitor" not in answer.headers) is same, "a new visitor gets a token, a known one does not"


# --- LINLI_INDEX_KEYS ---


def personal(config: Settings, *index_keys: str) -> PersonalFields:
    return PersonalFields(config.encryption_keys, index_keys)


def test_people_are_found_while_the_index_gets_a_key_of_its_own(
    database: Engine, config: Settings, clock: Clock, people: None
) -> None:
    """The steps of docs/operations.md, with two replicas that are restarted one after the other."""

    def signs_in(*index_keys: str) -> str:
        clock.forward(minutes=1)
        settings = replace(config, index_keys=index_keys)
        app = create_app(database=database, rpc=FakeServices(), settings=settings, clock=clock)
        visitor = Caller(app.test_client(use_cookies=False), {})
        visitor.post("/auth/codes", json={"phone": "19900000001"})
        return str(visitor.post("/auth/sessions", json={"phone": "19900000001", "code": "246810"}).json["account"]["id"])

    def renew(*index_keys: str, limit: int = 5) -> list[int]:
        return list(rotation.batches(database, personal(config, *index_keys), limit))

    with reading(database) as session:
        accounts = session.scalar(select(func.count()).select_from(Account)) or 0
        households = session.scalar(select(func.count()).select_from(Household)) or 0
        phones = session.scalar(select(func.count()).select_from(ResidentPhone).where(~ResidentPhone.main)) or 0
    assert accounts > 10 and households
    renew(DERIVED)  # as an installation of the release before has it
    ids = [signs_in(DERIVED)]
    ids += [signs_in(DERIVED, NEW), signs_in(DERIVED)]  # step 1, one replica after the other
    ids += [signs_in(NEW, DERIVED), signs_in(DERIVED, NEW)]  # step 2
    batches = rotation.batches(database, personal(config, NEW, DERIVED), 5)
    assert next(batches) == 5  # and the process is killed
    ids += [signs_in(NEW, DERIVED), signs_in(DERIVED, NEW)]
    assert sum(renew(NEW, DERIVED)) == accounts + phones + households - 5
    assert renew(NEW, DERIVED) == []
    ids += [signs_in(NEW, DERIVED), signs_in(NEW)]  # step 4
    assert len(set(ids)) == 1
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Account)) == accounts


def test_an_index_key_alone_can_be_replaced(database: Engine, config: Settings, people: None) -> None:
    old, new = personal(config, "one"), personal(config, "two", "one")
    list(rotation.batches(database, old))
    assert sum(rotation.batches(database, new)) > 0
    wang = new.index("+8619900000001")
    with reading(database) as session:
        assert session.scalar(select(Account.phone_index).where(Account.phone_index == wang)) == wang
    assert wang not in old.indexes("+8619900000001")


def test_both_keys_change_at_once(database: Engine, config: Settings, people: None) -> None:
    key = Fernet.generate_key().decode()
    both = PersonalFields((key, *config.encryption_keys), (NEW, *config.index_keys))
    assert sum(rotation.batches(database, both)) > 0
    newest = PersonalFields((key,), (NEW,))
    with reading(database) as session:
        account = session.scalars(select(Account).where(Account.phone_index == newest.index("+8619900000001"))).one()
        assert newest.open(account.phone or b"") == "+8619900000001"


def test_an_account_that_somebody_works_on_is_left_for_the_next_run(database: Engine, config: Settings, people: None) -> None:
    fields = personal(config, NEW, *config.index_keys)
    with transaction(database) as session:
        busy: UUID = session.scalars(select(Account.id).order_by(Account.id).limit(1).with_for_update()).one()
        list(rotation.batches(database, fields))
    with reading(database) as session:
        stale = session.scalars(select(Account.id).where(Account.key_id != fields.key_id)).all()
    assert stale == [busy]
    assert list(rotation.batches(database, fields)) == [1]


def test_the_key_id_of_an_installation_that_changes_nothing_stays(config: Settings) -> None:
    """Otherwise the upkeep of the release before and of this one would renew the same rows again and again."""
    key = Fernet.generate_key().decode()
    as_before = hashlib.sha256(b"linli key id" + key.encode()).hexdigest()[:12]
    assert PersonalFields([key], [DERIVED]).key_id == PersonalFields([key], [DERIVED, NEW]).key_id == as_before
    assert len({PersonalFields([key], keys).key_id for keys in ([DERIVED], [NEW], [OLD])}) == 3
