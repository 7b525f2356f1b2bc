"""Residents whom staff add: elders and children without a phone. The account is its owner's once they have signed in."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts import sessions
from gateway.accounts.models import Account, Reveal
from gateway.accounts.personal import PersonalFields
from gateway.accounts.rotation import renew
from gateway.operations import residents
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices

SignIn = Callable[[str], Caller]
OWN, DAUGHTERS = "13800138000", "13900139000"


@pytest.fixture
def clerk(sign_in: SignIn) -> Caller:
    return sign_in("clerk")


def add(caller: Caller, **entered: Any) -> dict[str, Any]:
    answer = caller.post("/residents", json={"name": "李奶奶"} | entered)
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["errors"][0]["field"] if "errors" in answer.json else answer.json["code"]


def elsewhere(database: Engine, account_id: str) -> None:
    """Move an account to another community."""
    with transaction(database) as session:
        session.get_one(Account, UUID(account_id)).community_id = "yuxin"


def test_an_elder_needs_no_phone(clerk: Caller) -> None:
    made = add(clerk, birth_year=1938)
    assert made["id"] and made["community_id"] == "liuyi"
    assert (made["name"], made["phone"], made["contact_phone"], made["birth_year"]) == ("李奶奶", None, None, 1938)
    assert made["kept_by_staff"]
    assert clerk.get(f"/residents/{made['id']}").json == made


def test_several_residents_share_a_contact_phone_and_its_owner_is_found_first(clerk: Caller) -> None:
    mother, father = add(clerk, contact_phone=DAUGHTERS), add(clerk, name="李爷爷", contact_phone=DAUGHTERS)
    daughter = add(clerk, name="李芳", phone=DAUGHTERS)
    assert {mother["id"], father["id"], daughter["id"]} == set(found(clerk, DAUGHTERS))
    assert found(clerk, DAUGHTERS)[0] == daughter["id"]


def found(caller: Caller, phone: str) -> list[str]:
    """What the page of the desk finds."""
    app = caller.client.application
    with app.test_request_context("/desk/residents", headers=caller.headers):
        app.preprocess_request()
        return [one["id"] for one in residents.find(phone)]


def test_one_phone_signs_in_one_person(clerk: Caller, database: Engine) -> None:
    add(clerk, phone=OWN)
    before = count(database)
    assert problem(clerk.post("/residents", json={"name": "另一位", "phone": OWN})) == (409, "residents.phone_in_use")
    assert problem(clerk.post("/residents", json={"name": "另一位", "phone": "19900000001"})) == (409, "residents.phone_in_use")
    assert count(database) == before


def count(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


def test_two_clerks_add_one_phone_at_once(app: Flask, sign_in: SignIn) -> None:
    callers, barrier, answers = [sign_in("clerk"), sign_in("grid")], Barrier(2), []

    def send(caller: Caller) -> None:
        barrier.wait()
        answers.append(caller.post("/residents", json={"name": "李奶奶", "phone": OWN}).status_code)

    threads = [Thread(target=send, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]


def test_the_owner_signs_in_and_staff_change_it_no_more(
    clerk: Caller, visitor: Caller, services: FakeServices, app: Flask
) -> None:
    made = add(clerk, phone=OWN)
    changed = clerk.put(f"/residents/{made['id']}", json={"name": "李桂英", "birth_year": 1940})
    assert changed.status_code == 200, changed.json
    assert (changed.json["name"], changed.json["phone"]) == ("李桂英", f"+86{OWN}"), "the phone stays"
    services.on("notify", "send_code", {})
    visitor.post("/auth/codes?community_id=liuyi", json={"phone": OWN})
    code = services.of("send_code")[-1].payload["code"]
    signed_in = visitor.post("/auth/sessions", json={"phone": OWN, "code": code})
    assert signed_in.json["account"]["id"] == made["id"]
    assert signed_in.json["account"]["name"] == "李桂英"
    refused = clerk.put(f"/residents/{made['id']}", json={"name": "x", "phone": DAUGHTERS})
    assert problem(refused) == (409, "residents.account_claimed")
    assert not clerk.get(f"/residents/{made['id']}").json["kept_by_staff"]


def test_an_account_that_its_owner_made_is_not_changed_by_staff(clerk: Caller) -> None:
    wang = demo_id("account", "wang")
    refused = clerk.put(f"/residents/{wang}", json={"name": "x", "phone": OWN})
    assert problem(refused) == (409, "residents.account_claimed")


def test_two_clerks_change_one_resident(clerk: Caller) -> None:
    made = add(clerk)
    tag = clerk.get(f"/residents/{made['id']}").headers["ETag"]
    first = clerk.put(f"/residents/{made['id']}", json={"name": "一"}, headers={"If-Match": tag})
    second = clerk.put(f"/residents/{made['id']}", json={"name": "二"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert clerk.get(f"/residents/{made['id']}").json["name"] == "一"


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"phone": "12"}, "phone"),
        ({"contact_phone": "+1 212 555 0100"}, "contact_phone"),
        ({"birth_year": 1899}, "birth_year"),
        ({"birth_year": 2027}, "birth_year"),
        ({"birth_year": "1940"}, "birth_year"),
        ({"household_id": str(uuid4())}, "household_id"),
    ],
)
def test_bad_entries_are_refused_with_the_field(clerk: Caller, database: Engine, entered: dict[str, Any], field: str) -> None:
    before = count(database)
    assert problem(clerk.post("/residents", json={"name": "李奶奶"} | entered)) == (422, field)
    assert count(database) == before


@pytest.mark.parametrize("who", ["wang", "handler", "organiser", "supervisor"])
def test_only_clerks_and_grid_workers_add_residents(sign_in: SignIn, who: str) -> None:
    assert sign_in(who).post("/residents", json={"name": "李奶奶"}).status_code == 403


def test_residents_of_another_community_are_not_there(clerk: Caller, database: Engine) -> None:
    made = add(clerk, phone=OWN)
    elsewhere(database, made["id"])
    assert clerk.get(f"/residents/{made['id']}").status_code == 404
    assert clerk.put(f"/residents/{made['id']}", json={"name": "x"}).status_code == 404
    assert found(clerk, OWN) == []


def test_a_repeated_request_adds_one(clerk: Caller, database: Engine) -> None:
    before, key = count(database), {"Idempotency-Key": str(uuid4())}
    once, twice = (clerk.post("/residents", json={"name": "李奶奶"}, headers=key) for _ in range(2))
    assert once.json["id"] == twice.json["id"]
    assert count(database) == before + 1


# --- who looked ---


def test_people_see_who_looked_at_their_data(sign_in: SignIn, clerk: Caller, services: FakeServices) -> None:
    wang, booking = sign_in("wang"), str(uuid4())
    services.on("booking", "get_booking", {"id": booking, "resident_id": wang.account_id})
    assert wang.get("/me/reveals").json["items"] == []
    contact = clerk.post(f"/bookings/{booking}/contact")
    assert contact.json == {"name": "王秀英", "phone": "+8619900000001", "is_own_phone": True, "others": []}
    [seen] = wang.get("/me/reveals").json["items"]
    assert (seen["by"], seen["roles"], seen["fields_seen"]) == ("刘芳", ["clerk"], ["name", "phone"])
    assert "contact" in seen["operation"].lower()
    assert sign_in("li").get("/me/reveals").json["items"] == []


def test_who_looked_comes_page_by_page_the_newest_first(sign_in: SignIn, clerk: Caller, clock: Any) -> None:
    wang = sign_in("wang")
    for _ in range(3):
        clerk.get(f"/residents/{wang.account_id}")
        clock.forward(minutes=1)
    first = wang.get("/me/reveals?limit=2").json
    last = wang.get("/me/reveals", query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    times = [item["at"] for item in (*first["items"], *last["items"])]
    assert len(times) == 3 and times == sorted(times, reverse=True)
    assert wang.get("/me/reveals?cursor=x").status_code == 422


def test_the_contact_of_a_case_is_that_of_its_reporter(clerk: Caller, services: FakeServices, database: Engine) -> None:
    made, case = add(clerk, contact_phone=DAUGHTERS), str(uuid4())
    services.on("cases", "get_case", {"id": case, "reporter_id": made["id"]})
    known = {"name": "李奶奶", "phone": f"+86{DAUGHTERS}", "is_own_phone": False, "others": []}
    assert clerk.post(f"/cases/{case}/contact").json == known
    services.on("cases", "get_case", {"id": case, "reporter_id": None})
    assert clerk.post(f"/cases/{case}/contact").status_code == 404, "unnamed"
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Reveal)) == 1


def test_residents_see_no_contacts(sign_in: SignIn, services: FakeServices) -> None:
    booking = str(uuid4())
    services.on("booking", "get_booking", {"id": booking, "resident_id": str(demo_id("account", "li"))})
    assert sign_in("wang").post(f"/bookings/{booking}/contact").status_code == 403


# --- the data ---


def test_contact_phones_are_sealed_found_and_renewed_with_a_new_key(clerk: Caller, database: Engine, config: Any) -> None:
    made = add(clerk, contact_phone=DAUGHTERS)
    newest = "Zm9vYmFyYmF6cXV1eGZvb2JhcmJhenF1dXhmb29iYXI="
    personal = PersonalFields((newest, *config.encryption_keys), config.index_keys)
    with transaction(database) as session:
        account = session.get_one(Account, UUID(made["id"]))
        assert DAUGHTERS.encode() not in bytes(account.contact_phone or b"")
        assert renew(session, personal, limit=1_000) > 0
        assert account.contact_phone_index == personal.index(f"+86{DAUGHTERS}")
        assert PersonalFields((newest,), config.index_keys).open(account.contact_phone or b"") == f"+86{DAUGHTERS}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET phone = NULL, phone_index = NULL WHERE id = :wang",
        "UPDATE account SET contact_phone = 'x' WHERE id = :clerk",
        "UPDATE account SET made_by = :wang WHERE id = :clerk",
    ],
)
def test_the_database_refuses_a_resident_whom_nobody_can_be(database: Engine, people: None, statement: str) -> None:
    """Without a phone, a resident was added by staff. Staff have no phone here."""
    ids = {"wang": demo_id("account", "wang"), "clerk": demo_id("account", "clerk")}
    with pytest.raises(IntegrityError, match="account_phone_check"), database.begin() as connection:
        connection.execute(text(statement), {name: value for name, value in ids.items() if f":{name}" in statement})


# --- on pages ---


def test_a_clerk_serves_an_elder_without_a_phone(app: Flask, sign_in: SignIn, services: FakeServices) -> None:
    token = sign_in("clerk").headers["Authorization"].removeprefix("Bearer ")
    browser = app.test_client()
    browser.set_cookie("linli_session", token)
    for verb in (
        "list_spaces",
        "list_bookings",
        "list_claimed_times",
        "list_closures",
        "list_equipment",
        "list_closed_times",
        "list_kept_times",
        "list_waits",
    ):
        services.on("booking", verb, {"items": [], "next_cursor": None})
    services.on("booking", "list_requests", {"items": [], "next_cursor": None, "count": 0})
    page = browser.get("/desk/residents").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    added = browser.post(
        "/desk/residents",
        data={"csrf_token": csrf, "idempotency_key": str(uuid4()), "name": "李奶奶", "contact_phone": DAUGHTERS},
    )
    assert added.status_code == 303, added.text
    resident = browser.get(added.headers["Location"]).text
    assert "李奶奶" in resident and f"tel:+86{DAUGHTERS}" in resident
    account_id = added.headers["Location"].rsplit("/", 1)[1]
    assert "为 李奶奶 预约" in browser.get(f"/desk/bookings?resident_id={account_id}").text
    again = browser.post(
        "/desk/residents", data={"csrf_token": csrf, "idempotency_key": str(uuid4()), "name": "", "contact_phone": "12"}
    )
    assert again.status_code == 422 and 'value="12"' in again.text, "what was typed stays"
    searched = browser.post("/desk/residents/search", data={"csrf_token": csrf, "phone": DAUGHTERS}).text
    assert "李奶奶" in searched


def test_a_change_is_a_look_and_a_phone_that_is_tried_is_limited(clerk: Caller, database: Engine) -> None:
    made = add(clerk, phone=OWN)
    clerk.put(f"/residents/{made['id']}", json={"name": "李桂英"})
    with reading(database) as session:
        assert session.scalars(select(Reveal.fields)).all() == [["name", "phone", "birth_year"]]
    tried = {clerk.post("/residents", json={"name": "x", "phone": OWN}).status_code for _ in range(70)}
    assert tried == {409, 429}


def test_who_has_ever_signed_in_is_not_changed_by_staff(clerk: Caller, database: Engine, clock: Any) -> None:
    """A gateway of the release before signs them in without a note on the account."""
    made = add(clerk, phone=OWN)
    with transaction(database) as session:
        sessions.open_session(session, session.get_one(Account, UUID(made["id"])), clock.now)
    refused = clerk.put(f"/residents/{made['id']}", json={"name": "x", "phone": DAUGHTERS})
    assert problem(refused) == (409, "residents.account_claimed")


def test_more_than_twenty_on_one_phone_are_not_cut_silently(clerk: Caller, app: Flask) -> None:
    for number in range(22):
        add(clerk, name=f"老人{number}", contact_phone=DAUGHTERS)
    token = clerk.headers["Authorization"].removeprefix("Bearer ")
    browser = app.test_client()
    browser.set_cookie("linli_session", token)
    csrf = browser.get("/desk/residents").text.split('name="csrf_token" value="')[1].split('"')[0]
    page = browser.post("/desk/residents/search", data={"csrf_token": csrf, "phone": DAUGHTERS}).text
    assert "只列出前 20 位" in page and "老人19" in page and "老人20" not in page
