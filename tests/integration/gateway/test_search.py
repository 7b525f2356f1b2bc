"""The search of the desk: who finds whom, and the index of names and phones that the database cannot read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event, func, select, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Unavailable
from gateway.accounts import rotation, search_index
from gateway.accounts.models import Account, AccountSearch, Reveal
from gateway.accounts.personal import PersonalFields
from tests.integration.gateway.browser import Browse, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import AccountsOf, Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOKING_ID, booking, case, page

SignIn = Callable[[str], Caller]
WANG = str(demo_id("account", "wang"))


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "search_bookings", page())
    services.on("cases", "search_cases", page())
    services.on("events", "list_club_events", page())


@pytest.fixture
def clerk(sign_in: SignIn) -> Caller:
    return sign_in("clerk")


def found(caller: Caller, q: str, **more: Any) -> dict[str, Any]:
    answer = caller.get("/search", query_string={"q": q, **more})
    assert answer.status_code == 200, answer.json
    body: dict[str, Any] = answer.json
    return body


def people(caller: Caller, q: str) -> list[str]:
    return [one["name"] for one in found(caller, q)["people"]["items"]]


@pytest.mark.parametrize("q", ["王", "秀英", "王秀英", "0001", "199 0000 0001", "+8619900000001", "英 0001"])
def test_a_resident_is_found_by_a_part_of_the_name_or_the_end_of_the_phone(clerk: Caller, q: str) -> None:
    assert people(clerk, q) == ["王秀英"]


@pytest.mark.parametrize("q", ["赵", "英秀", "001", "00012", "。"])
def test_nobody_else_is_found(clerk: Caller, q: str) -> None:
    assert people(clerk, q) == []


def test_a_contact_phone_finds_too(clerk: Caller) -> None:
    clerk.post("/residents", json={"name": "李奶奶", "contact_phone": "13900139000"})
    assert people(clerk, "9000") == ["李奶奶"]


def test_what_is_shown_is_logged_and_has_no_phone(clerk: Caller, database: Engine) -> None:
    answer = clerk.get("/search?q=王秀")
    assert "1990000" not in answer.text
    [one] = answer.json["people"]["items"]
    assert set(one) == {"id", "community_id", "name", "birth_year", "has_own_phone"}
    with reading(database) as session:
        [reveal] = session.scalars(select(Reveal)).all()
    assert (reveal.subjects, reveal.fields, reveal.operation) == ([WANG], ["name", "birth_year"], "search.search_desk")


def test_nobody_found_leaves_no_trace(clerk: Caller, database: Engine) -> None:
    found(clerk, "赵")
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Reveal)) == 0


# --- who sees what ---


@pytest.mark.parametrize(
    ("who", "groups"),
    [
        ("clerk", {"people", "bookings", "cases", "events"}),
        ("grid", {"people", "bookings", "cases"}),
        ("handler", {"cases"}),
        ("mediator", {"cases"}),
        ("organiser", {"bookings", "events"}),
        ("supervisor", {"bookings", "cases", "events"}),
        ("admin", {"people", "bookings", "cases", "events"}),
    ],
)
def test_each_role_finds_its_own_things(sign_in: SignIn, services: FakeServices, who: str, groups: set[str]) -> None:
    body = found(sign_in(who), "王")
    assert {name for name in ("people", "bookings", "cases", "events") if body[name] is not None} == groups


def test_a_role_that_may_not_see_people_finds_nothing_by_their_names(sign_in: SignIn, services: FakeServices) -> None:
    found(sign_in("organiser"), "王秀英")
    assert services.of("search_bookings") == []
    found(sign_in("handler"), "王秀英")
    assert services.of("search_cases")[0].payload["reporter_ids"] == []


def test_residents_and_visitors_do_not_search(sign_in: SignIn, visitor: Caller) -> None:
    assert sign_in("wang").get("/search?q=王").status_code == 403
    assert visitor.get("/search?q=王").status_code == 401


def test_people_of_another_community_are_not_found(clerk: Caller, database: Engine) -> None:
    with transaction(database) as session:
        session.get_one(Account, UUID(WANG)).community_id = "elsewhere"
    assert people(clerk, "王") == []


# --- bookings and cases ---


def test_a_name_finds_the_bookings_and_cases_of_the_resident(clerk: Caller, services: FakeServices) -> None:
    services.on("booking", "search_bookings", page(booking(resident_id=WANG), booking(resident_id=str(uuid4()))))
    services.on("cases", "search_cases", page(case(reporter_id=WANG)))
    body = found(clerk, "秀英")
    assert services.of("search_bookings")[0].payload["resident_ids"] == [WANG]
    assert services.of("search_cases")[0].payload == {"q": "秀英", "reporter_ids": [WANG], "limit": 10}
    assert [item.get("resident_name") for item in body["bookings"]["items"]] == ["王秀英", None], "only who was found is named"
    assert body["cases"]["items"][0]["reporter_name"] == "王秀英"


@pytest.mark.parametrize("q", ["3F1C2B6A", "2b6a4e20", " 2B6A4E20 ", BOOKING_ID])
def test_a_number_finds_a_booking(clerk: Caller, services: FakeServices, q: str) -> None:
    found(clerk, q)
    assert services.of("search_bookings")[0].payload["number"] == q.strip()[-8:].lower()


def test_too_many_people_are_told_and_nothing_of_theirs_is_half_shown(clerk: Caller, services: FakeServices) -> None:
    for number in range(11):
        clerk.post("/residents", json={"name": f"欧阳{number}"})
    body = found(clerk, "欧")
    assert len(body["people"]["items"]) == 10 and body["people"]["next_cursor"] and body["too_many_people"]
    assert services.of("search_bookings") == []
    assert services.of("search_cases")[-1].payload["reporter_ids"] == []
    rest = found(clerk, "欧", group="people", cursor=body["people"]["next_cursor"])
    names = {one["name"] for one in (*body["people"]["items"], *rest["people"]["items"])}
    assert len(names) == 11 and rest["bookings"] is None


def test_a_search_costs_one_query_of_people_and_one_call_of_each_service(
    clerk: Caller, services: FakeServices, database: Engine
) -> None:
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found(clerk, "王")
    assert sum("account_search" in statement for statement in statements) == 1
    assert [asked.method for asked in services.calls] == ["search_bookings", "search_cases", "list_club_events"]


def test_a_service_that_is_away_takes_nothing_else_down(clerk: Caller, services: FakeServices, browse: Browse) -> None:  # noqa: F811
    services.on("cases", "search_cases", Unavailable())
    body = found(clerk, "王秀英")
    assert not body["cases"]["available"] and body["bookings"]["available"] and body["people"]["items"]
    shown = browse("clerk").get("/desk/search?q=王秀英")
    assert "事项暂时无法显示" in shown.text and "王秀英" in shown.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "王" * 61}, "q"),
        ({"q": "王", "cursor": "x"}, "cursor"),
        ({"q": "王", "group": "people", "cursor": "x"}, "cursor"),
        ({"q": "王", "group": "staff"}, "group"),
        ({"q": "王", "limit": "51"}, "limit"),
        ({"q": "王", "x": "1"}, "x"),
    ],
)
def test_bad_queries_are_refused_with_the_field(clerk: Caller, query: dict[str, str], field: str) -> None:
    answer = clerk.get("/search", query_string=query)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


# --- the index ---


def residents(database: Engine) -> int:
    with reading(database) as session:
        found = select(func.count()).select_from(Account).where(Account.party == "resident", Account.name.is_not(None))
        return session.scalar(found) or 0


def test_the_index_has_nothing_readable(database: Engine, people: None) -> None:
    with reading(database) as session:
        rows = session.scalars(select(AccountSearch)).all()
    assert len(rows) == residents(database) and all(isinstance(term, int) for row in rows for term in row.terms)


def test_a_new_name_finds_and_the_old_one_does_not(sign_in: SignIn, clerk: Caller) -> None:
    sign_in("wang").patch("/me", json={"name": "王桂兰"})
    assert (people(clerk, "桂兰"), people(clerk, "秀英")) == (["王桂兰"], [])
    made = clerk.post("/residents", json={"name": "李奶奶"}).json
    clerk.put(f"/residents/{made['id']}", json={"name": "李桂英", "phone": "13800138765"})
    assert (people(clerk, "李桂"), people(clerk, "8765"), people(clerk, "奶奶")) == (["李桂英"], ["李桂英"], [])


def test_a_sign_up_is_found(clerk: Caller, visitor: Caller, services: FakeServices) -> None:
    services.on("notify", "send_code", {})
    visitor.post("/auth/codes?community_id=liuyi", json={"phone": "13800138642"})
    code = services.of("send_code")[-1].payload["code"]
    visitor.post("/auth/sessions", json={"phone": "13800138642", "code": code})
    assert people(clerk, "8642") == [None]


def test_a_change_by_anybody_else_forgets_the_old_terms_at_once(clerk: Caller, database: Engine, config: Any) -> None:
    """The release before, or a statement by hand: the upkeep finds the new name later."""
    personal = PersonalFields(config.encryption_keys, config.index_keys)
    with database.begin() as connection:
        statement = text("UPDATE account SET name = :name WHERE id = :id")
        connection.execute(statement, {"name": personal.seal("王桂兰"), "id": WANG})
    assert people(clerk, "秀英") == people(clerk, "桂兰") == []
    assert not search_index.index_missing(database, personal)
    assert people(clerk, "桂兰") == ["王桂兰"]


def test_who_is_erased_is_found_no_more(clerk: Caller, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET name = NULL WHERE id = :id"), {"id": WANG})
    assert people(clerk, "王") == []
    with database.begin() as connection:
        connection.execute(text("DELETE FROM account WHERE id = :id"), {"id": WANG})
        assert connection.scalar(text("SELECT count(*) FROM account_search")) == residents(database)


def test_accounts_from_before_are_indexed_in_batches(
    clerk: Caller, database: Engine, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal = PersonalFields(config.encryption_keys, config.index_keys)
    monkeypatch.setattr(search_index, "BATCH", 2)
    monkeypatch.setattr(search_index, "BATCHES", 2)
    with database.begin() as connection:
        connection.execute(text("DELETE FROM account_search"))
    assert people(clerk, "王") == []
    assert search_index.index_missing(database, personal), "two batches of two, and there are more"
    assert not search_index.index_missing(database, personal)
    assert people(clerk, "王") == ["王秀英"]
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(AccountSearch)) == residents(database)


def test_a_new_key_finds_before_and_after_the_renewal(accounts_of: AccountsOf, database: Engine, config: Any) -> None:
    from gateway.accounts.search import find

    newest = "Zm9vYmFyYmF6cXV1eGZvb2JhcmJhenF1dXhmb29iYXI="
    personal = PersonalFields((newest, *config.encryption_keys), config.index_keys)
    accounts = replace(accounts_of("clerk"), personal=personal)

    def ids() -> list[str]:
        with accounts.transaction() as call:
            return [str(account.id) for account in find(call, query="王", limit=10).items]

    assert ids() == [WANG]
    with transaction(database) as session:
        rotation.renew(session, personal, limit=1_000)
    assert ids() == [WANG]
    with reading(database) as session:
        assert set(session.scalars(select(AccountSearch.key_id))) == {personal.key_id}
    only_new = replace(accounts, personal=PersonalFields((newest,), config.index_keys))
    with only_new.transaction() as call:
        assert [str(account.id) for account in find(call, query="王", limit=10).items] == [WANG]


def test_a_rare_name_among_many_is_found_by_the_index(accounts_of: AccountsOf, database: Engine) -> None:
    from gateway.accounts.search import find

    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO account (id, community_id, version, party, phone, phone_index, key_id, created_at)"
                " SELECT gen_random_uuid(), 'liuyi', 1, 'resident', 'x', int4send(n), 'k', now()"
                " FROM generate_series(1, 5000) n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO account_search SELECT id, 'k', ARRAY[hashtextextended(id::text, 0), 7] FROM account"
                " WHERE key_id = 'k'"
            )
        )
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE account"))
        connection.execute(text("VACUUM ANALYZE account_search"))
    sent: list[tuple[str, Any]] = []
    event.listen(database, "before_cursor_execute", lambda *args: sent.append((args[2], args[3])))
    with accounts_of("clerk").transaction() as call:
        assert [str(account.id) for account in find(call, query="王", limit=10).items] == [WANG]
    statement, parameters = next(one for one in sent if "account_search" in one[0])
    with database.connect() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
    assert "account_search_terms" in plan and "Seq Scan" not in plan, plan


# --- the page ---


def test_the_page_leads_to_what_was_found(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    services.on("booking", "search_bookings", page(booking(resident_id=WANG, number="2B6A4E20"), next_cursor="abc"))
    services.on("cases", "search_cases", page(case()))
    shown = browse("clerk").get("/desk/search?q=王秀英")
    for address in (f"/desk/residents/{WANG}", f"/bookings/{BOOKING_ID}", "/desk/cases/", "group=bookings"):
        assert shown.link(address)
    assert "199 0000" not in shown.text
    services.on("cases", "search_cases", page())
    nothing = browse("handler").get("/desk/search?q=王秀英")
    assert "没有找到" in nothing.text


def test_a_page_with_a_broken_cursor_is_no_error_page(browse: Browse) -> None:  # noqa: F811
    assert "翻页标记无效" in browse("clerk").get("/desk/search?q=王&group=people&cursor=x", 422).text
