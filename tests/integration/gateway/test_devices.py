"""The devices on which one is signed in: they are seen and signed out, and no session lasts for ever."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.demo import demo_id
from gateway.accounts import sessions
from gateway.accounts.models import LONGEST_STAFF_SESSION, Account
from tests.integration.gateway.browser import Browse, browse, location  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller, Clock

SignIn = Callable[[str], Caller]
AGENT = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"}


def devices(caller: Caller) -> list[dict[str, object]]:
    found: list[dict[str, object]] = caller.get("/me/sessions").json["items"]
    return found


def test_one_sees_the_own_devices_and_which_this_is(visitor: Caller, sign_in: SignIn, people: None) -> None:
    signed_in = visitor.post("/auth/sessions", json={"username": "clerk", "password": "linli-demo"}, headers=AGENT)
    visitor.headers["Authorization"] = f"Bearer {signed_in.json['token']}"
    sign_in("handler")
    assert [(one["name"], one["current"]) for one in devices(visitor)] == [("Chrome · Windows", True)]
    sign_in("clerk")
    assert sorted((one["name"], one["current"]) for one in devices(visitor)) == [("", False), ("Chrome · Windows", True)]


def test_a_device_is_signed_out(sign_in: SignIn) -> None:
    lost, mine = sign_in("wang"), sign_in("wang")
    [other] = [one["id"] for one in devices(mine) if not one["current"]]
    assert mine.delete(f"/me/sessions/{other}").status_code == 204
    assert lost.get("/me").status_code == 401
    assert mine.get("/me").status_code == 200
    assert mine.delete(f"/me/sessions/{other}").status_code == 404


def test_all_others_are_signed_out(sign_in: SignIn) -> None:
    lost, mine, stranger = [sign_in("wang") for _ in range(3)], sign_in("wang"), sign_in("li")
    assert mine.delete("/me/sessions").status_code == 204
    assert [caller.get("/me").status_code for caller in (*lost, mine, stranger)] == [401, 401, 401, 200, 200]


def test_nobody_signs_out_somebody_else(sign_in: SignIn) -> None:
    wang, li = sign_in("wang"), sign_in("li")
    [session] = devices(wang)
    assert li.delete(f"/me/sessions/{session['id']}").status_code == 404
    assert li.delete(f"/me/sessions/{uuid4()}").status_code == 404
    assert wang.get("/me").status_code == 200


def test_a_session_that_is_used_all_the_time_ends_all_the_same(sign_in: SignIn, clock: Clock) -> None:
    clerk, days = sign_in("clerk"), LONGEST_STAFF_SESSION / timedelta(hours=6)
    for _ in range(int(days) - 1):
        clock.forward(hours=6)
        assert clerk.get("/me").status_code == 200
    assert devices(clerk)[0]["ends_at"].startswith("2026-03-09")  # type: ignore[attr-defined]
    clock.forward(hours=6, minutes=1)
    assert clerk.get("/me").status_code == 401


@pytest.mark.parametrize("agent", ["x" * 5_000, "a\x00b", "é"])
def test_whatever_a_client_says_it_is(database: Engine, people: None, clock: Clock, agent: str) -> None:
    with transaction(database) as session:
        account = session.get_one(Account, demo_id("account", "wang"))
        _, row = sessions.open_session(session, account, clock.now, agent)
        assert row.user_agent is not None and len(row.user_agent) <= sessions.MOST_OF_AGENT


def test_the_page_signs_a_device_out(browse: Browse, sign_in: SignIn) -> None:  # noqa: F811
    lost, reader = sign_in("wang"), browse("wang")
    page = reader.get("/mine/devices")
    assert "这台设备" in page.text
    assert reader.send(page.form("/mine/devices/sign-out-others")).status_code == 303
    assert lost.get("/me").status_code == 401
    assert "让其他设备" not in reader.get("/mine/devices").text
