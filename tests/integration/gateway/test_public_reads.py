"""What everybody may read is asked for once, until something changes; and never holds what is somebody's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.config import Settings
from chassis.messaging.received import Received
from chassis.rpc.context import CallContext
from chassis.rpc.identity import ANONYMOUS
from gateway.app import create_app
from gateway.calls.cache import PublicCache
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, SPACE_ID, booking, club, page

SignIn = Callable[[str], Caller]


def answers(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
    """Clubs as the caller sees them."""
    mine = context.identity.account_id is not None
    return page(club(joined=mine, members_count=3))


@pytest.fixture(autouse=True)
def scripted(services: FakeServices) -> None:
    services.on("events", "list_clubs", answers)
    services.on("events", "list_club_events", page())
    services.on("booking", "list_spaces", page())
    services.on("booking", "get_centre_availability", {"items": []})
    services.on("booking", "book_space", booking())
    for method in ("list_channels", "list_categories", "list_grids"):
        services.on("cases", method, {"items": [], "next_cursor": None})


@pytest.mark.parametrize(
    "path",
    ["/spaces", "/clubs", "/club-events", "/channels", "/categories", "/grids", "/today",
     "/availability?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z"],
)  # fmt: skip
def test_visitors_share_one_answer(services: FakeServices, visitor: Caller, path: str) -> None:
    first = visitor.get(path)
    asked = len(services.calls)
    again = visitor.get(path)
    assert (first.status_code, first.json) == (200, again.json)
    assert len(services.calls) == asked > 0
    assert visitor.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_crowd_that_finds_nothing_asks_once(app: Flask, services: FakeServices) -> None:
    everybody_is_here = Barrier(6)

    def slow(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        everybody_is_here.wait(10)  # the others are on their way while this one is answered
        return page(club(members_count=3))

    def ask(number: int) -> Any:
        if number:
            everybody_is_here.wait(10)
        return Caller(app.test_client(use_cookies=False), {}).get("/clubs").json

    services.on("events", "list_clubs", slow)
    with ThreadPoolExecutor(6) as crowd:
        found = list(crowd.map(ask, range(6)))
    assert found == [page(club(members_count=3))] * 6
    assert len(services.of("list_clubs")) == 1


def test_a_crowd_asks_again_where_the_first_was_refused(app: Flask, services: FakeServices) -> None:
    first = Event()

    def once_away(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        if not first.is_set():
            first.set()
            raise RuntimeError("away")
        return page()

    services.on("events", "list_clubs", once_away)
    with ThreadPoolExecutor(6) as crowd:
        statuses = list(crowd.map(lambda _: Caller(app.test_client(use_cookies=False), {}).get("/clubs").status_code, range(6)))
    assert sorted(statuses) == [200] * 5 + [500]


def test_different_questions_are_different_answers(services: FakeServices, visitor: Caller) -> None:
    for query in ("", "?section=elders", "?section=smart", "?section=elders"):
        visitor.get(f"/spaces{query}")
    assert len(services.calls) == 3


def test_what_is_shared_is_asked_as_a_visitor(services: FakeServices, sign_in: SignIn) -> None:
    sign_in("wang").get("/spaces")
    sign_in("wang").get("/today")
    assert {asked.context.identity for asked in services.calls} == {ANONYMOUS}


def test_membership_does_not_leak(services: FakeServices, sign_in: SignIn, visitor: Caller) -> None:
    wang = sign_in("wang")
    seen = [caller.get("/clubs").json["items"][0]["joined"] for caller in (visitor, wang, visitor, wang)]
    assert seen == [False, True, False, True]
    assert [asked.context.identity.account_id for asked in services.calls] == [None, wang.account_id, wang.account_id]


def test_another_community_gets_answers_of_its_own(
    services: FakeServices, sign_in: SignIn, visitor: Caller, database: Engine
) -> None:
    resident = sign_in("wang")
    with database.begin() as connection:
        connection.execute(text("UPDATE account SET community_id = 'next-door'"))
    looked_at: list[list[str] | None] = []

    def of_community(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        looked_at.append(context.communities.to_claim())
        return page()

    services.on("booking", "list_spaces", of_community)
    for caller in (visitor, resident, visitor, resident):
        assert caller.get("/spaces").status_code == 200
    assert looked_at == [["liuyi"], ["next-door"]]


def test_a_refusal_is_not_kept(services: FakeServices, visitor: Caller) -> None:
    services.on("booking", "list_spaces", RuntimeError("away"))
    assert visitor.get("/spaces").status_code == 500
    services.on("booking", "list_spaces", page())
    assert visitor.get("/spaces").status_code == 200


def test_ones_own_change_is_seen_at_once(services: FakeServices, sign_in: SignIn, visitor: Caller) -> None:
    window = "/availability?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z"
    visitor.get(window)
    services.on(
        "booking",
        "get_centre_availability",
        {"items": [{"space_id": SPACE_ID, "free": [{"starts_at": BOOK["starts_at"], "ends_at": BOOK["ends_at"]}]}]},
    )
    assert visitor.get(window).json["items"] == []
    sign_in("wang").post("/bookings", json=BOOK)
    assert len(visitor.get(window).json["items"]) == 1


def message(source: str, type_: str) -> Received:
    data = {"account_id": str(uuid4())}
    return Received(uuid4(), type_, source, str(uuid4()), 1, "liuyi", datetime(2026, 3, 2, tzinfo=UTC), data, {})


@pytest.mark.parametrize(
    ("handler", "source", "type_", "asked_again"),
    [
        ("forget_availability", "booking", "booking.confirmed.v1", {"get_centre_availability"}),
        ("forget_clubs", "events", "club.joined.v1", {"list_clubs"}),
        ("forget_club_events", "events", "registration.confirmed.v1", {"list_club_events"}),
    ],
)
def test_a_published_change_drops_what_it_touches(
    database: Engine,
    services: FakeServices,
    config: Settings,
    clock: Clock,
    handler: str,
    source: str,
    type_: str,
    asked_again: set[str],
) -> None:
    from gateway import service

    app = create_app(database=database, rpc=services, settings=config, clock=clock, cache=service.CACHE, hub=service.HUB)
    visitor = Caller(app.test_client(use_cookies=False), {})
    paths = ("/clubs", "/club-events", "/availability?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z", "/spaces")
    for path in paths:
        visitor.get(path)
    services.calls.clear()
    getattr(service.GatewayService(), handler)(message(source, type_))
    for path in paths:
        visitor.get(path)
    assert {asked.method for asked in services.calls} == asked_again


def test_what_was_read_before_a_change_is_not_kept_after_it(app: Flask, services: FakeServices, visitor: Caller) -> None:
    cache: PublicCache = app.extensions["linli.cache"]

    def slow(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        cache.clear(["clubs"])  # somebody joins while the answer is on its way
        return page(club(members_count=3))

    services.on("events", "list_clubs", slow)
    visitor.get("/clubs")
    services.on("events", "list_clubs", page(club(members_count=4)))
    assert visitor.get("/clubs").json["items"][0]["members_count"] == 4


def test_today_is_what_is_on_today(services: FakeServices, visitor: Caller, clock: Clock) -> None:
    """09:00 UTC on 2 March is 17:00 in Shanghai; the day there began at 16:00 UTC the day before."""
    starts = [f"2026-03-0{day}T{time}:00+00:00" for day, time in ((1, "15:59"), (1, "16:00"), (2, "15:59"), (2, "16:00"))]
    sessions = [{"id": str(uuid4()), "starts_at": start, "ends_at": start} for start in starts]
    event = {"id": str(uuid4()), "section": "elders", "sessions": sessions}
    services.on("events", "list_club_events", page(event))
    services.on("booking", "list_spaces", page({"id": SPACE_ID, "section": "smart"}))
    free = [{"starts_at": BOOK["starts_at"], "ends_at": BOOK["ends_at"]}]
    services.on("booking", "get_centre_availability", {"items": [{"space_id": SPACE_ID, "free": free}]})
    today = visitor.get("/today").json
    assert today["date"] == "2026-03-02"
    by_code = {section["code"]: section for section in today["sections"]}
    assert list(by_code) == ["convenience", "neighbour", "smart", "elders"]
    assert [item["session"]["starts_at"] for item in by_code["elders"]["sessions"]] == starts[1:3]
    assert [item["space"]["id"] for item in by_code["smart"]["spaces"]] == [SPACE_ID]
    assert [item["free"] for item in by_code["smart"]["spaces"]] == [free]
    window = services.of("get_centre_availability")[0].payload
    assert (window["from"], window["to"]) == ("2026-03-02T00:00:00+08:00", "2026-03-03T00:00:00+08:00")
