"""Accounts behind the scenes: migrations, keys that rotate, phones handed to notify, the demo's people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.config import Settings
from chassis.database.engine import expect_no_open_session, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call, Unavailable
from gateway import demo, housekeeping
from gateway.accounts import contact_points, rotation
from gateway.accounts.models import REVEALS, Account, Reveal
from gateway.accounts.personal import PersonalFields
from gateway.app import create_app
from gateway.database import Base
from gateway.demo.people import FAMILY
from gateway.settings import gateway_settings
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.schema_differences import differences
from tests.uuid7 import uuid7_of

RESIDENTS = [one for one in demo.RESIDENTS if one.community == "liuyi"]
STAFF = [one for one in demo.STAFF if one.community == "liuyi" and not one.whole_district]
PHONES = sorted(f"+86{person.phone}" for person in RESIDENTS)


def test_models_and_migrations_agree(database: Engine) -> None:
    assert differences(Base.metadata, database, abandoned=("feed", "feed_pruned")) == []


def test_who_looked_at_contact_data_is_known_for_three_years(database: Engine) -> None:
    now = datetime.now(UTC)
    kept = timedelta(days=gateway_settings().keep_reveals_days)
    begin = REVEALS.begin_of(now)

    def reveals() -> list[str]:
        with Session(database) as session:
            return list(session.scalars(select(Reveal.operation).order_by(Reveal.operation)))

    with transaction(database) as session:
        session.add_all([_reveal("1 recent", begin), _reveal("2 of no period", begin, id=uuid4())])
        session.add(_reveal("3 next", begin + REVEALS.period))
    assert kept >= timedelta(days=3 * 365)
    delete_expired(database, housekeeping.expiries(), begin + kept - timedelta(seconds=1))
    assert reveals() == ["1 recent", "2 of no period", "3 next"]
    delete_expired(database, housekeeping.expiries(), begin + kept + timedelta(seconds=1))
    assert reveals() == ["1 recent", "3 next"]
    delete_expired(database, housekeeping.expiries(), begin + REVEALS.period + kept)
    assert reveals() == ["3 next"]


def _reveal(operation: str, at: datetime, **more: Any) -> Reveal:
    who = {"community_id": "liuyi", "account_id": uuid4(), "subjects": [], "fields": ["name"], "correlation_id": "c"}
    return Reveal(**({"id": uuid7_of(at), "at": at, "operation": operation} | who | more))


def test_the_demo_can_be_seeded_again(database: Engine, clock: Clock, people: None) -> None:
    with transaction(database) as session:
        demo.seed(Call(session, clock.now))
    with Session(database) as session:
        accounts = session.scalars(select(Account)).all()
        assert len(accounts) == len((*demo.RESIDENTS, *FAMILY, *demo.STAFF)) and all(account.sample for account in accounts)
        grid = session.get_one(Account, demo_id("account", "grid"))
        assert {account.community_id for account in accounts} == {"liuyi", "yuxin", "zhongzhou"}
        assert [(grant.role, grant.grids) for grant in grid.grants] == [("grid_worker", ["liuyi-1", "liuyi-2"])]


def test_a_new_key_takes_over_without_anybody_noticing(database: Engine, config: Settings, clock: Clock, people: None) -> None:
    """Residents sign in before, while and after their rows move to the new key; then the old one can go."""
    old, new = config.encryption_keys[0], Fernet.generate_key().decode()

    def signs_in(*keys: str) -> str:
        clock.forward(minutes=1)
        settings = replace(config, encryption_keys=keys)
        app = create_app(database=database, rpc=FakeServices(), settings=settings, clock=clock)
        visitor = Caller(app.test_client(use_cookies=False), {})
        visitor.post("/auth/codes", json={"phone": "19900000001"})
        account = visitor.post("/auth/sessions", json={"phone": "19900000001", "code": "246810"}).json["account"]
        assert (account["name"], account["phone"]) == ("王秀英", "+8619900000001")
        return str(account["id"])

    before, between = signs_in(old), signs_in(new, old)
    personal = PersonalFields([new, old], config.index_keys)
    renewed = []
    while (not renewed) or renewed[-1]:
        with transaction(database) as session:
            renewed.append(rotation.renew(session, personal, limit=5))
    assert sum(renewed) == len((*RESIDENTS, *FAMILY, *STAFF)) + 2, "and one household, and one phone that is not a main one"
    assert renewed[-1] == 0
    assert before == between == signs_in(new, old) == signs_in(new)


def test_phones_are_handed_to_notify_until_it_takes_them(database: Engine, config: Settings, people: None) -> None:
    personal, taken = PersonalFields(config.encryption_keys, config.index_keys), []

    def take(community_id: str, **payload: Any) -> None:
        taken.append({"community_id": community_id, **payload})

    def away(community_id: str, **payload: Any) -> None:
        raise Unavailable()

    assert contact_points.hand_over(database, personal, away) is False
    assert contact_points.hand_over(database, personal, take) is False
    assert contact_points.hand_over(database, personal, take) is False
    assert sorted(payload["address"] for payload in taken) == PHONES
    assert {(payload["account_id"], payload["community_id"]) for payload in taken} == {
        (str(demo_id("account", person.username)), person.community) for person in RESIDENTS
    }
    assert all(payload["verified"] and payload["channel"] == "sms" for payload in taken)


def test_nothing_is_locked_while_notify_is_asked(database: Engine, config: Settings, people: None) -> None:
    asked: list[str] = []

    def put(community_id: str, **payload: Any) -> None:
        expect_no_open_session("calling notify.put_contact_point")
        asked.append(payload["address"])

    contact_points.hand_over(database, PersonalFields(config.encryption_keys, config.index_keys), put)
    assert sorted(asked) == PHONES


def test_gateways_at_work_at_once_take_different_phones(database: Engine, config: Settings, people: None) -> None:
    personal, taken = PersonalFields(config.encryption_keys, config.index_keys), []

    def put(community_id: str, **payload: Any) -> None:
        taken.append(payload["address"])
        contact_points.hand_over(database, personal, put)  # the other gateway, while this one waits for notify

    contact_points.hand_over(database, personal, put)
    assert sorted(taken) == PHONES


def test_a_phone_whose_gateway_was_killed_is_handed_over_after_the_lease(
    database: Engine, config: Settings, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal, taken = PersonalFields(config.encryption_keys, config.index_keys), []

    class Killed(BaseException):
        pass

    def killed(community_id: str, **payload: Any) -> None:
        taken.append(payload["address"])
        raise Killed

    with pytest.raises(Killed):
        contact_points.hand_over(database, personal, killed)
    [lost] = taken
    rest: list[str] = []
    contact_points.hand_over(database, personal, lambda community_id, **payload: rest.append(payload["address"]))
    assert sorted([*rest, lost]) == PHONES
    monkeypatch.setattr(contact_points, "LEASE", timedelta(0))
    contact_points.hand_over(database, personal, lambda community_id, **payload: rest.append(payload["address"]))
    assert rest[len(PHONES) - 1 :] == [lost]


def test_a_phone_that_was_corrected_meanwhile_is_sent_too(database: Engine, config: Settings, people: None) -> None:
    personal, told = PersonalFields(config.encryption_keys, config.index_keys), []

    def put(community_id: str, **payload: Any) -> None:
        told.append(payload["address"])
        if len(told) == 1:
            with transaction(database) as session:
                account = session.get_one(Account, UUID(payload["account_id"]))
                account.phone, account.phone_index = personal.seal("+8613800138000"), personal.index("+8613800138000")

    while contact_points.hand_over(database, personal, put):
        pass
    assert told.count("+8613800138000") == 1


def test_notify_is_told_through_whom_somebody_is_reached(
    sign_in: Callable[[str], Caller], database: Engine, config: Settings
) -> None:
    personal, related = PersonalFields(config.encryption_keys, config.index_keys), {}

    def hand_over() -> None:
        while contact_points.hand_over(database, personal, lambda *_, **__: None, take):
            pass

    def take(community_id: str, **values: Any) -> None:
        expect_no_open_session("calling notify.put_relatives")
        related[values["account_id"]] = {name: values[name] for name in values if name != "account_id"} | {
            "community_id": community_id
        }

    clerk, wang = sign_in("clerk"), sign_in("wang")
    hand_over()
    granny = clerk.post("/residents", json={"name": "李奶奶", "contact_phone": "13900139000"}).json["id"]
    child = wang.post("/me/children", json={"name": "小明", "birth_year": 2018}).json["id"]
    related.clear()
    hand_over()
    assert related[granny] == {
        "community_id": "liuyi", "guardian_ids": [], "phone": "+8613900139000", "name": "李奶奶",
    }  # fmt: skip
    assert related[child]["guardian_ids"] == [wang.account_id]
    assert related[child]["until"].year == 2037, "to the end of the year in which the child becomes 18"
    related.clear()
    hand_over()
    assert related == {}, "once"
    clerk.put(f"/residents/{granny}", json={"name": "李奶奶"})
    clerk.delete(f"/residents/{child}/guardians/{wang.account_id}")
    hand_over()
    assert related[granny] == {"community_id": "liuyi", "guardian_ids": []}
    assert related[child]["guardian_ids"] == []


def test_a_guardian_who_is_named_while_notify_is_called_is_told_too(
    sign_in: Callable[[str], Caller], database: Engine, config: Settings
) -> None:
    personal, clerk = PersonalFields(config.encryption_keys, config.index_keys), sign_in("clerk")
    child = clerk.post("/residents", json={"name": "小明", "birth_year": 2018, "contact_phone": "13900139000"}).json["id"]
    said: list[list[str]] = []

    def take(community_id: str, **values: Any) -> None:
        if values["account_id"] == child:
            if not said:
                clerk.post(f"/residents/{child}/guardians", json={"guardian_id": str(demo_id("account", "wang"))})
            said.append(values["guardian_ids"])

    while contact_points.hand_over(database, personal, lambda *_, **__: None, take):
        pass
    assert said[-1] == [str(demo_id("account", "wang"))]
