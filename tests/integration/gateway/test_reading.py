"""ETags, pages, languages, headers: what every answer carries."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, request
from sqlalchemy import Engine

from chassis.config import Settings
from gateway.app import create_app
from gateway.settings import gateway_settings
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, BOOKING_ID, CLUB_ID, booking, club, page

SignIn = Callable[[str], Caller]


# --- ETag, If-None-Match, If-Match ---


def test_an_unchanged_thing_is_not_sent_again(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "get_booking", booking(version=3))
    resident = sign_in("wang")
    first = resident.get(f"/bookings/{BOOKING_ID}")
    etag = first.headers["ETag"]
    assert etag.startswith('W/"v3.')
    again = resident.get(f"/bookings/{BOOKING_ID}", headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    services.on("booking", "get_booking", booking(version=4))
    assert resident.get(f"/bookings/{BOOKING_ID}", headers={"If-None-Match": etag}).status_code == 200


def test_the_same_version_seen_differently_is_another_etag(services: FakeServices, sign_in: SignIn) -> None:
    """Joining does not change the club's version, and yet the member sees something else."""
    resident, seen = sign_in("wang"), []
    for joined in (False, True):
        services.on("events", "get_club", club(joined=joined))
        seen.append(resident.get(f"/clubs/{CLUB_ID}").headers["ETag"])
    assert seen[0] != seen[1]
    assert resident.get(f"/clubs/{CLUB_ID}", headers={"If-None-Match": seen[0]}).status_code == 200


def test_lists_have_etags_too(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", page(booking()))
    resident = sign_in("wang")
    etag = resident.get("/bookings").headers["ETag"]
    assert resident.get("/bookings", headers={"If-None-Match": f'"other", {etag}'}).status_code == 304


def test_the_version_seen_travels_to_the_service(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "get_booking", booking(version=3))
    services.on("booking", "cancel_booking", booking(version=4, state="cancelled"))
    resident, path = sign_in("wang"), f"/bookings/{BOOKING_ID}/cancel"
    etag = resident.get(f"/bookings/{BOOKING_ID}").headers["ETag"]
    answer = resident.post(path, json={"reason": "有事"}, headers={"If-Match": etag})
    assert answer.headers["ETag"].startswith('W/"v4.')
    resident.post(path, json={})
    resident.post(path, json={}, headers={"If-Match": "*"})
    payloads = [asked.payload for asked in services.of("cancel_booking")]
    assert payloads == [
        {"booking_id": BOOKING_ID, "reason": "有事", "expected_version": 3},
        {"booking_id": BOOKING_ID},
        {"booking_id": BOOKING_ID},
    ]


@pytest.mark.parametrize("etag", ['"nonsense"', "3", 'W/"v"', 'W/"v3.zz"', 'W/"v99999999999"'])
def test_a_tag_that_is_not_ours_never_matches(services: FakeServices, sign_in: SignIn, etag: str) -> None:
    answer = sign_in("wang").post(f"/bookings/{BOOKING_ID}/cancel", json={}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json["code"]) == (412, "version_mismatch")
    assert services.calls == []


# --- pages ---


def test_the_next_page_is_linked(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", lambda payload, _: page(next_cursor=None if "cursor" in payload else "a+b/c="))
    resident = sign_in("wang")
    first = resident.get("/bookings?state=confirmed&limit=2")
    assert first.json["next_cursor"] == "a+b/c="
    link = first.headers["Link"]
    assert link == '</api/v1/bookings?state=confirmed&limit=2&cursor=a%2Bb%2Fc%3D>; rel="next"'
    last = resident.get(link.split(">")[0].removeprefix("</api/v1"))
    assert "Link" not in last.headers
    assert services.calls[-1].payload == {"state": "confirmed", "limit": 2, "cursor": "a+b/c="}


def test_times_of_a_query_keep_their_offset(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", page())
    sign_in("wang").get("/bookings?from=2026-03-03T00:00:00%2B08:00&to=2026-03-04T00:00:00Z")
    payload = services.calls[0].payload
    assert (payload["from"], payload["to"]) == ("2026-03-03T00:00:00+08:00", "2026-03-04T00:00:00Z")


# --- languages, ids, headers ---


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "zh-CN"), ("en", "en"), ("en-GB,zh;q=0.5", "en"), ("fr,de", "zh-CN"), ("zh-Hant", "zh-CN"), ("en;q=0", "zh-CN")],
)
def test_the_reader_chooses_the_language(services: FakeServices, sign_in: SignIn, accept: str, language: str) -> None:
    services.on("booking", "list_bookings", page())
    answer = sign_in("wang").get("/bookings", headers={"Accept-Language": accept})
    assert services.calls[0].context.language == language
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_language_cookie_wins(services: FakeServices, app: Flask, people: None) -> None:
    browser = app.test_client()
    browser.set_cookie("linli_language", "en")
    assert browser.get("/api/v1/bookings", headers={"Accept-Language": "zh-CN"}).json["detail"] == "Please sign in first."


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-ID": "order-2026-0001"}, "order-2026-0001"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"X-Request-ID": "mine-is-first", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "mine-is-first"),
    ],
)
def test_the_callers_id_is_kept(services: FakeServices, sign_in: SignIn, headers: dict[str, str], expected: str) -> None:
    services.on("booking", "list_bookings", page())
    answer = sign_in("wang").get("/bookings", headers=headers)
    assert answer.headers["X-Request-ID"] == expected
    assert services.calls[0].context.correlation_id == expected


@pytest.mark.parametrize(
    "headers",
    [{"X-Request-ID": "short"}, {"X-Request-ID": "a b c d e f g h"}, {"X-Request-ID": "x" * 65}, {"traceparent": "00-0-0-0"}],
)
def test_an_unfit_id_is_replaced(visitor: Caller, headers: dict[str, str]) -> None:
    one, two = (visitor.get("/sections", headers=headers).headers["X-Request-ID"] for _ in range(2))
    assert one != two and one not in headers.values() and len(one) == 32


def test_a_trace_goes_on(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", page())
    traceparent = f"00-{TRACE}-00f067aa0ba902b7-01"
    sign_in("wang").get("/bookings", headers={"traceparent": traceparent})
    assert services.calls[0].context.trace == {"traceparent": traceparent}


@pytest.mark.parametrize("path", ["/api/v1/sections", "/api/v1/nothing", "/api/openapi.json", "/api/docs", "/livez"])
def test_every_answer_is_hardened(app: Flask, path: str) -> None:
    headers = app.test_client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_other_origins_are_given_nothing(app: Flask) -> None:
    answer = app.test_client().options(
        "/api/v1/bookings", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 405
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_private_answers_are_not_kept_by_caches(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", page(booking()))
    services.on("booking", "book_space", booking())
    resident = sign_in("wang")
    assert "private" in resident.get("/bookings").headers["Cache-Control"]
    assert resident.post("/bookings", json=BOOK).headers["Cache-Control"] == "no-store"


def test_a_new_thing_tells_its_address(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "book_space", booking())
    assert sign_in("wang").post("/bookings", json=BOOK).headers["Location"] == f"/api/v1/bookings/{BOOKING_ID}"


def test_head_tells_what_get_would(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "get_booking", booking(version=3))
    resident = sign_in("wang")
    got, head = (resident._send(method, f"/bookings/{BOOKING_ID}", {}) for method in ("GET", "HEAD"))
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", got.headers["ETag"])


@pytest.mark.parametrize(("proxies", "believed"), [(0, False), (1, True)])
def test_forwarded_headers_are_believed_from_our_own_proxy_only(
    database: Engine, config: Settings, services: FakeServices, proxies: int, believed: bool
) -> None:
    app = create_app(
        database=database, rpc=services, settings=config, own_settings=replace(gateway_settings(), proxies=proxies)
    )
    seen: list[str | None] = []
    app.after_request(lambda response: seen.append(request.remote_addr) or response)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    answer = app.test_client().get("/api/v1/sections", headers=forwarded)
    assert ("Strict-Transport-Security" in answer.headers) is believed
    assert (seen == ["203.0.113.7"]) is believed
