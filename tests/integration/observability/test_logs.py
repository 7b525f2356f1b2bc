"""One id on every line that a request led to, in whichever service it was written."""

from typing import Any

from tests.integration.observability.conftest import BOOKING_REQUEST, CODE_REQUEST, STRANGER
from tests.integration.observability.observed import PHONE, Observed
from tests.patience import eventually


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

    assert eventually(heard)[0]["consumer"] == "gateway.feed_notify"


def test_no_line_names_a_person(district: Observed, day: dict[str, Any]) -> None:
    eventually(lambda: district.lines(event="request", correlation=BOOKING_REQUEST))
    said = "".join(line for line in district.log.read_text().splitlines() if line.startswith("{"))
    assert PHONE not in said
    assert STRANGER not in said
