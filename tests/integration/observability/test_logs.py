"""One id on every line that a request led to, in whichever service it was written."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from gateway import demo as gateway_demo
from services.cases.demo import STORIES
from tests.integration.observability.conftest import BOOKING_REQUEST, CODE_REQUEST, STRANGER
from tests.integration.observability.observed import Observed, staff
from tests.patience import eventually
from tour.client import Client, Problem

DESK_REQUEST = "observed-desk-00001"
WORDS = "三楼的楼梯扶手松了，昨晚差点摔着人。"


def test_a_bookings_lines_share_the_request_id(district: Observed, day: dict[str, Any]) -> None:
    (request,) = eventually(lambda: district.lines(event="request", correlation=BOOKING_REQUEST))
    assert (request["service"], request["method"], request["status"]) == ("gateway", "POST", 201)
    (call,) = eventually(lambda: district.lines(event="call answered", correlation=BOOKING_REQUEST))
    assert (call["service"], call["method"], call["result"]) == ("booking", "book_space", "ok")

    def told() -> list[dict[str, Any]]:
        return district.lines(event="message received", correlation=BOOKING_REQUEST, consumer="notify.tell_of_booking")

    (message,) = eventually(told)
    assert (message["type"], message["state"]) == ("booking.confirmed.v1", "handled")


def test_what_is_sent_later_still_names_the_request(district: Observed, day: dict[str, Any]) -> None:
    """The sender works on its own time, from what the database holds."""
    (line,) = eventually(lambda: district.lines(event="notification attempted", correlation=CODE_REQUEST), seconds=20)
    assert (line["channel"], line["outcome"]) == ("sms", "delivered")


def test_what_notify_tells_names_the_request_too(district: Observed, day: dict[str, Any]) -> None:
    """The message about a notification belongs to the booking that it is about."""

    def heard() -> list[dict[str, Any]]:
        return district.lines(event="message received", correlation=BOOKING_REQUEST, type="notification.sent.v1")

    assert eventually(heard)[0]["consumer"] == "notify.feed_notify"


def test_no_line_names_a_person_or_says_what_one_brought(district: Observed, day: dict[str, Any]) -> None:
    """Not even after the desk has read it all, with names, and somebody has brought something more."""
    desk = staff(district.url, "clerk", X_Request_ID=DESK_REQUEST)
    read = [desk.items(f"/{name}?scope=desk") for name in ("bookings", "registrations", "cases")]
    shown = {item.get("resident_name") or item.get("reporter_name") for items in read for item in items}
    assert shown >= {person.name for person in gateway_demo.RESIDENTS if person.community == gateway_demo.COMMUNITY}, (
        "the desk sees names"
    )
    Client(district.url).post("/cases?community_id=liuyi", {"channel": "suggestion_box", "category": "other", "text": WORDS})
    with pytest.raises(Problem, match="422"):
        Client(district.url).post("/cases?community_id=liuyi", {"channel": "suggestion_box", "category": "none", "text": WORDS})
    eventually(lambda: district.lines(event="request", correlation=DESK_REQUEST))
    people = {person.name for person in (*gateway_demo.RESIDENTS, *gateway_demo.STAFF)}
    phones = {person.phone for person in gateway_demo.RESIDENTS} | {STRANGER}
    said = "\n".join(json.dumps(line, ensure_ascii=False) for line in district.lines())
    assert said
    assert [secret for secret in people | phones | set(words_of_the_demo()) | {WORDS} if secret in said] == []


def words_of_the_demo() -> Iterator[str]:
    """What the demo's citizens wrote, and what staff wrote about it."""
    for story in chain.from_iterable(STORIES.values()):
        yield from (story.report[name] for name in ("text", "address") if name in story.report)
        for step in story.steps:
            yield from (words for name, words in step.says.items() if name in ("note", "reason", "settlement", "comment"))
