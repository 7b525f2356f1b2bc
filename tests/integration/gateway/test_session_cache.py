"""Who is signed in is looked up once, and again as soon as somebody has changed anything about it."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from chassis.database.listener import Listener
from gateway.http.session_cache import CHANNEL
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices

SignIn = Callable[[str], Caller]


@pytest.fixture(autouse=True)
def listened(app: Flask) -> None:
    """As while the gateway listens."""
    app.extensions["linli.session_cache"].clear_on_notification()


@pytest.fixture
def statements(database: Engine) -> list[str]:
    found: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: found.append(args[2]))
    return found


def test_the_second_request_asks_nothing(sign_in: SignIn, statements: list[str]) -> None:
    clerk, wang = sign_in("clerk"), sign_in("wang")
    clerk.get("/sections"), wang.get("/sections")
    statements.clear()
    assert clerk.get("/auth/session").json["account"]["party"] == "staff"
    assert wang.get("/auth/session").json["account"]["party"] == "resident"
    assert not [one for one in statements if "token_hash" in one]


def test_signing_out_is_not_outlived(sign_in: SignIn) -> None:
    caller, elsewhere = sign_in("wang"), sign_in("wang")
    assert caller.get("/sections").status_code == elsewhere.get("/sections").status_code == 200
    assert caller.delete("/auth/session").status_code == 204
    assert caller.get("/sections").status_code == 401
    assert elsewhere.get("/sections").status_code == 200


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "another-good-password-77"}])
def test_staff_who_are_put_out_are_out(sign_in: SignIn, change: dict[str, object]) -> None:
    clerk, admin = sign_in("clerk"), sign_in("admin")
    assert clerk.get("/sections").status_code == 200
    assert admin.patch(f"/staff/{clerk.account_id}", json=change).status_code == 200
    assert clerk.get("/sections").status_code == 401


def test_roles_change_with_the_next_request(sign_in: SignIn, services: FakeServices) -> None:
    services.on("booking", "list_bookings", {"items": [], "next_cursor": None})
    clerk, admin = sign_in("clerk"), sign_in("admin")
    clerk.get("/bookings")
    assert admin.patch(f"/staff/{clerk.account_id}", json={"roles": ["mediator"]}).status_code == 200
    clerk.get("/bookings")
    assert [asked.context.identity.roles for asked in services.calls] == [{"clerk"}, {"mediator"}]


def test_a_session_that_expires_while_it_is_remembered_is_over(sign_in: SignIn, clock: Clock) -> None:
    caller = sign_in("clerk")
    assert caller.get("/sections").status_code == 200
    clock.forward(hours=12)
    assert caller.get("/sections").status_code == 401


def test_a_remembered_session_slides_once(sign_in: SignIn, clock: Clock, statements: list[str]) -> None:
    caller = sign_in("clerk")
    caller.get("/sections")
    clock.forward(hours=2)
    for _ in range(3):
        assert caller.get("/sections").status_code == 200
    assert sum(one.startswith("UPDATE session") for one in statements) == 1


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM session WHERE account_id = :id",
        "UPDATE account SET disabled_at = now() WHERE id = :id",
        "UPDATE account SET household_id = (SELECT id FROM household LIMIT 1) WHERE id = :id",
        "UPDATE account SET birth_year = 1950 WHERE id = :id",
        "INSERT INTO guardianship SELECT CAST(:id AS uuid), id, community_id, id, now() FROM account WHERE birth_year = 2017",
        "UPDATE account SET community_id = 'elsewhere' WHERE id = :id",
        "DELETE FROM role_grant WHERE account_id = :id",
        "INSERT INTO role_grant (account_id, role, granted_at) VALUES (:id, 'admin', now())",
        "UPDATE role_grant SET grids = '[\"liuyi-1\"]' WHERE account_id = :id",
    ],
)
def test_other_replicas_are_told_of_every_change(sign_in: SignIn, database: Engine, change: str) -> None:
    clerk = sign_in("clerk")
    with Listener(database, CHANNEL) as bell:
        assert clerk.get("/sections").status_code == 200
        assert not bell.wait(0.1), "told of a mere request"
        with database.begin() as connection:
            assert connection.execute(text(change), {"id": clerk.account_id}).rowcount > 0
        assert bell.wait(5)
