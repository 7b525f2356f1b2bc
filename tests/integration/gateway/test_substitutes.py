"""Substitutes during leave: who may be one, what they may do then, and that it ends by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Absent, Identity
from chassis.rpc.refusal import Refusal
from gateway.accounts.models import Account, RoleGrant
from gateway.audit.models import AuditEntry
from gateway.substitutes import use_cases
from gateway.substitutes.messages import CONTRACTS
from gateway.substitutes.models import Substitution
from gateway.substitutes.upkeep import end_of_disabled
from tests.integration.gateway.browser import Browse, Form, Page, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, AccountsOf, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import CASE_ID, NOBODY, case
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
PEOPLE = {"second": ["handler"], "third": ["handler"], "north": ["handler"], "grid2": ["grid_worker"]}
HANDLER, ADMIN, CLERK = (demo_id("account", name) for name in ("handler", "admin", "clerk"))
SECOND, THIRD, NORTH, GRID2 = (demo_id("account", name) for name in PEOPLE)


@pytest.fixture(autouse=True)
def colleagues(database: Engine, people: None, services: FakeServices) -> None:
    """More handlers: `second` and `third` of liuyi, `north` of another community; a second grid worker."""
    services.on("cases", "list_cases", page_of())
    with transaction(database) as session:
        for name, roles in PEOPLE.items():
            community = "north" if name == "north" else "liuyi"
            account = Account(
                id=demo_id("account", name), community_id=community, party="staff", username=name, name=b"", key_id="",
                password_hash="", created_at=START, sample=True, departments=["housing"],
                grants=[RoleGrant(role=role, grids=[], granted_at=START) for role in roles],
            )  # fmt: skip
            session.add(account)
        session.flush()
        session.execute(text("UPDATE account SET name = NULL WHERE name = ''"))


def leave(substitute: UUID = SECOND, start: float = 0, days: float = 7, **more: Any) -> dict[str, Any]:
    begin = START + timedelta(days=start)
    times = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(days=days)).isoformat()}
    return {"substitute_id": str(substitute), **times, **more}


def problem(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    body = answer.json
    return answer.status_code, body["code"], [(error["field"], error["code"]) for error in body.get("errors", ())]


def told(database: Engine) -> list[dict[str, Any]]:
    outbox = tables.outbox
    with reading(database) as session:
        rows = session.execute(select(outbox.c.data).where(outbox.c.type == "substitution.arranged.v1").order_by(outbox.c.seq))
        found = [data for (data,) in rows]
    for data in found:
        CONTRACTS["substitution.arranged.v1"].check(data)
    return found


def test_the_substitute_stands_in_from_the_first_moment_to_the_last(
    sign_in: SignIn, services: FakeServices, clock: Clock, database: Engine
) -> None:
    services.on("cases", "get_case", case(steps=[]))
    with transaction(database) as session:
        session.execute(text("INSERT INTO role_grant SELECT id, 'grid_worker', '[\"liuyi-2\"]', now() FROM account"
                             " WHERE username IN ('handler', 'second')"))  # fmt: skip
    handler, second = sign_in("handler"), sign_in("second")
    made = handler.post("/substitutions", json=leave(start=1, days=2))
    assert made.status_code == 201, made.json
    assert (made.json["account_id"], made.json["over"]) == (str(HANDLER), False)

    def heard() -> Identity:
        assert second.get(f"/cases/{CASE_ID}").status_code == 200
        return services.of("get_case")[-1].context.identity

    own = frozenset({"public-works", "sanitation", "urban-management"})
    during = (Absent(str(HANDLER), own, frozenset({"liuyi-2"}), Communities.only("liuyi")),)
    clock.forward(hours=23)
    before = sign_in("second")  # the first session has slid; both hear the same
    for hours, expected in ((0, ()), (1, during), (30, during), (17, during), (1, ())):
        clock.forward(hours=hours)
        second = sign_in("second")
        assert heard().stands_in_for == expected, clock.now
        assert heard().departments == {"housing"}
    assert before.account_id == str(SECOND)


def test_it_can_be_ended_early_and_called_off(sign_in: SignIn, clock: Clock, database: Engine) -> None:
    handler, second = sign_in("handler"), sign_in("second")
    running = handler.post("/substitutions", json=leave()).json["id"]
    coming = handler.post("/substitutions", json=leave(start=20)).json["id"]
    clock.forward(hours=1)
    assert second.delete(f"/substitutions/{running}").status_code == 404, "for the person on leave and admins"
    for _ in range(2):
        for id_ in (running, coming):
            assert handler.delete(f"/substitutions/{id_}").status_code == 204
    items = handler.get("/substitutions").json["items"]
    assert [(one["id"], one["over"]) for one in items] == [(coming, True), (running, True)]
    assert items == second.get("/substitutions").json["items"]
    assert [one["version"] for one in told(database)] == [1, 1, 2, 2]
    assert told(database)[3]["starts_at"] == told(database)[3]["ends_at"]
    assert handler.post("/substitutions", json=leave(THIRD, start=0.5)).status_code == 201, "the time is free again"
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.kind == "substitution").order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.label) for entry in entries][:3] == [("created", "handler")] * 2 + [("ended", "handler")]
    assert entries[0].after is not None and entries[0].after["substitute"] == "second"


@pytest.mark.parametrize(
    ("who", "body", "errors"),
    [
        ("handler", leave(HANDLER), [("substitute_id", "unknown_substitute")]),
        ("handler", leave(UUID(NOBODY)), [("substitute_id", "unknown_substitute")]),
        ("handler", leave(demo_id("account", "wang")), [("substitute_id", "unknown_substitute")]),
        ("handler", leave(NORTH), [("substitute_id", "unknown_substitute")]),
        ("handler", leave(CLERK), [("substitute_id", "substitute_lacks_role")]),
        ("handler", leave(demo_id("account", "mediator")), [("substitute_id", "substitute_lacks_role")]),
        ("handler", leave(start=-9), [("ends_at", "in_the_past")]),
        ("handler", leave(days=0), [("ends_at", "not_in_order")]),
        ("handler", leave(days=367), [("ends_at", "leave_too_long")]),
        ("clerk", leave(), [("account_id", "nothing_to_take_over")]),
    ],
)
def test_who_does_not_fit_is_refused(
    sign_in: SignIn, database: Engine, who: str, body: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert problem(sign_in(who).post("/substitutions", json=body)) == (422, "invalid", errors)
    assert told(database) == []


def test_the_substitute_works_wherever_the_person_on_leave_does(sign_in: SignIn, database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET communities = '{liuyi,north}' WHERE username = 'handler'"))
    answer = sign_in("handler").post("/substitutions", json=leave())
    assert problem(answer)[2] == [("substitute_id", "substitute_works_elsewhere")]
    with transaction(database) as session:
        session.execute(text("UPDATE account SET communities = '{liuyi,north,south}' WHERE username = 'second'"))
    offered = sign_in("handler").get("/substitutions/candidates").json["items"]
    assert offered == [], "second has no name, and everybody else works in one community"
    assert sign_in("handler").post("/substitutions", json=leave()).status_code == 201


def test_one_at_a_time_and_no_chains(sign_in: SignIn, database: Engine) -> None:
    handler, second, third = sign_in("handler"), sign_in("second"), sign_in("third")
    assert handler.post("/substitutions", json=leave()).status_code == 201
    refused = [
        (handler, leave(THIRD, start=6.9), "staff.substituted_already"),
        (second, leave(THIRD), "staff.substitute_chain"),  # B for A, C for B
        (second, leave(HANDLER), "staff.substitute_chain"),  # a cycle
        (third, leave(HANDLER, start=3), "staff.substitute_chain"),  # A for C, while B does the work of A
    ]
    for who, body, code in refused:
        assert problem(who.post("/substitutions", json=body))[:2] == (409, code)
    assert len(told(database)) == 1
    assert third.post("/substitutions", json=leave(SECOND)).status_code == 201, "one may stand in for two"
    assert second.post("/substitutions", json=leave(HANDLER, start=7)).status_code == 201, "one after the other"


def test_the_database_refuses_a_second_substitute(database: Engine) -> None:
    def row(substitute: UUID, start: float) -> Substitution:
        begin = START + timedelta(days=start)
        return Substitution(
            community_id="liuyi", account_id=HANDLER, substitute_id=substitute, starts_at=begin,
            ends_at=begin + timedelta(days=2), created_by=ADMIN, created_at=START,
        )  # fmt: skip

    with transaction(database) as session:
        session.add_all([row(SECOND, 0), row(THIRD, 2)])
    with pytest.raises(IntegrityError, match="substitution_one_at_a_time"), transaction(database) as session:
        session.add(row(THIRD, 1))
    with pytest.raises(IntegrityError, match="substitution_of_another"), transaction(database) as session:
        session.add(row(HANDLER, 9))


def test_of_a_chain_that_is_made_at_once_only_one_half_is_kept(accounts_of: AccountsOf, database: Engine) -> None:
    for day in range(5):
        ready = Barrier(2)

        def try_it(who: str, whom: UUID, day: int = day, ready: Barrier = ready) -> bool:
            begin = START + timedelta(days=day)
            ready.wait()
            try:
                with accounts_of(who).transaction() as call:
                    use_cases.add(call, substitute_id=whom, starts_at=begin, ends_at=begin + timedelta(days=1))
            except Refusal as refusal:
                assert refusal.code == "staff.substitute_chain"
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(try_it, ("handler", "second"), (SECOND, HANDLER)))
        assert sorted(done) == [False, True], day
    assert len(told(database)) == 5


def test_an_admin_does_it_for_a_colleague_and_others_may_not(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    body = leave(account_id=str(HANDLER))
    for name in ("clerk", "second", "supervisor"):
        assert problem(sign_in(name).post("/substitutions", json=body))[:2] == (404, "not_found")
        assert sign_in(name).get(f"/substitutions?account_id={HANDLER}").status_code == 404
    assert sign_in("wang").post("/substitutions", json=body).status_code == 403
    assert problem(admin.post("/substitutions", json=leave(account_id=str(NORTH))))[0] == 404, "of another community"
    made = admin.post("/substitutions", json=body)
    assert made.status_code == 201, made.json
    assert [one["id"] for one in admin.get(f"/substitutions?account_id={HANDLER}").json["items"]] == [made.json["id"]]
    assert {one["id"] for one in admin.get(f"/substitutions/candidates?account_id={HANDLER}").json["items"]} == {str(ADMIN)}
    assert admin.delete(f"/substitutions/{made.json['id']}").status_code == 204
    with transaction(database) as session:
        session.execute(text("UPDATE account SET communities = '{liuyi,north}' WHERE username = 'handler'"))
    assert problem(admin.post("/substitutions", json=body))[:2] == (403, "staff.works_elsewhere")


def test_a_disabled_colleague_is_no_substitute(sign_in: SignIn, database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE username = 'second'"))
    answer = sign_in("handler").post("/substitutions", json=leave())
    assert problem(answer)[2] == [("substitute_id", "unknown_substitute")]


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"disabled": True}, True),
        ({"roles": ["clerk"]}, True),
        ({"communities": ["liuyi"]}, True),
        ({"roles": ["handler", "clerk"]}, False),
        ({"name": "周海燕"}, False),
    ],
    ids=str,
)
def test_who_can_no_longer_stand_in_does_not(
    sign_in: SignIn, database: Engine, clock: Clock, change: dict[str, Any], ends: bool
) -> None:
    """notify keeps a copy, and tells the substitute of new cases. So the message must say that it is over."""
    with transaction(database) as session:
        everywhere = ["admin", *(["handler", "second"] if "communities" in change else [])]
        session.execute(text("UPDATE account SET whole_district = true WHERE username = ANY(:names)"), {"names": everywhere})
    handler = sign_in("handler")
    assert handler.post("/substitutions", json=leave()).status_code == 201
    assert handler.post("/substitutions", json=leave(start=30)).status_code == 201
    clock.forward(days=1)
    admin = sign_in("admin")
    changed = admin.patch(f"/staff/{SECOND}", json=change)
    assert changed.status_code == 200, changed.json
    later = [data for data in told(database) if data["version"] == 2]
    assert len(later) == (2 if ends else 0)
    assert {data["ended_because"] for data in later} == ({"substitute_unfit"} if ends else set())
    if ends:
        assert sorted(data["ends_at"] for data in later) == [
            clock.now.isoformat(), (START + timedelta(days=30)).isoformat(),
        ]  # fmt: skip
        with reading(database) as session:
            entries = session.scalars(select(AuditEntry).where(AuditEntry.kind == "substitution", AuditEntry.action == "ended"))
            assert len(list(entries)) == 2
        admin.patch(f"/staff/{SECOND}", json={"disabled": False})
        assert [data for data in told(database) if data["version"] > 2] == [], "it does not begin again by itself"


def test_the_upkeep_ends_what_was_switched_off_in_another_way(
    sign_in: SignIn, database: Engine, clock: Clock, accounts_of: AccountsOf
) -> None:
    assert sign_in("handler").post("/substitutions", json=leave()).status_code == 201
    personal = accounts_of("admin").personal
    assert end_of_disabled(database, personal, clock.now) == 0
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": SECOND})
    assert end_of_disabled(database, personal, clock.now) == 1
    assert [data["version"] for data in told(database)] == [1, 2]
    assert end_of_disabled(database, personal, clock.now) == 0


def new_leave(page: Page) -> Form:
    return next(form for form in page.forms if form.action == "/mine/leave")


def test_the_pages_say_who_stands_in(browse: Browse, services: FakeServices, database: Engine) -> None:  # noqa: F811
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    handler, path = browse("handler"), "/mine/leave"
    page = handler.get(path)
    answer = handler.send(new_leave(page), substitute_id=str(ADMIN), first_day="2026-03-02", last_day="2026-03-04")
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    page = handler.get(path)
    assert "由何伟代办" in page.text and "今天 – 后天" in page.text
    assert told(database)[0]["ends_at"] == "2026-03-04T16:00:00+00:00", "the end of the day at the centre"
    again = handler.send(new_leave(page), substitute_id=str(ADMIN), first_day="2026-03-04", last_day="2026-03-04")
    assert again.status_code == 409 and "已经有代办人" in again.get_data(as_text=True)
    nobody = handler.send(new_leave(page), substitute_id="", first_day="2026-03-09", last_day="2026-03-09")
    assert nobody.status_code == 422 and "请选择代办人" in nobody.get_data(as_text=True)
    admin = browse("admin")
    assert "为孙立代办" in admin.get(path).text
    of_handler = f"/admin/staff/{HANDLER}/leave"
    [made] = [one["substitution_id"] for one in told(database)]
    ended = admin.send(admin.get(of_handler).form(f"{of_handler}/{made}/end"))
    assert ended.status_code == 303 and "已结束" in admin.get(of_handler).text
    assert "请假代办" in admin.get(f"/admin/staff/{HANDLER}").text


def test_the_history_names_both(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    step = {
        "version": 3, "at": START.isoformat(), "action": "settle", "from_state": "dispatched", "to_state": "settled",
        "actor_id": str(ADMIN), "actor_party": "staff", "for_id": str(HANDLER), "department_id": None,
        "department_name": None, "note": None, "public": True,
    }  # fmt: skip
    services.on("cases", "get_case", case(steps=[], state="settled", settled_at=START.isoformat()))
    services.on("cases", "get_case_history", page_of(step))
    services.on("cases", "list_grids", page_of())
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    assert "何伟代孙立" in browse("clerk").get(f"/desk/cases/{CASE_ID}").text
