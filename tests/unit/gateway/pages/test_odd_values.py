"""Numbers, dates and text that no form of ours sends: an answer that says no, never a fault on our side."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Form

ODD = (
    "1" + "0" * 20,
    "9" * 5_000,
    "-1",
    "²",
    "٣",
    "NaN",
    "1e400",
    "a\x00b",
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59+00:00",
    "9999-12-31T23:00:00+08:00",
    "0001-01-01T00:00:00+23:59",
    "",
)
COURT = centre.uid("space", "badminton-1")
BOOKING = centre.uid("booking", "wang-1")
QUERIES = [
    ("visitor", "/spaces", ("section", "kind", "q")),
    ("visitor", f"/spaces/{COURT}", ("date",)),
    ("visitor", "/spaces/find", ("day", "start", "length", "attendees", "kind", "equipment")),
    ("visitor", "/events", ("when", "section")),
    ("visitor", "/cases/report", ("channel",)),
    ("visitor", "/sign-in", ("next",)),
    ("wang", f"/spaces/{COURT}/book", ("start", "end")),
    ("wang", f"/bookings/{BOOKING}/move", ("start", "date")),
    ("wang", "/mine/notifications", ("cursor",)),
    ("clerk", "/desk/bookings", ("date", "start", "space_id", "cursor")),
    ("clerk", "/desk/cases", ("state", "category", "grid_id", "q", "cursor")),
    ("organiser", "/desk/events", ("cursor",)),
    ("organiser", f"/desk/events/{centre.uid('club_event', 'tt-fun')}", ("cursor",)),
]
# Pages with every form that there is, and what a person would type into them.
FORMS = [
    ("visitor", "/sign-in"),
    ("visitor", "/sign-in/staff"),
    ("visitor", "/cases/report"),
    ("visitor", "/cases/lookup"),
    ("wang", "/mine"),
    ("wang", "/mine/email"),
    ("wang", f"/bookings/{BOOKING}"),
    ("wang", f"/bookings/{BOOKING}/move?start=2026-03-11T13:00:00%2B08:00"),
    ("wang", f"/cases/{centre.uid('case', '3')}"),
    ("wang", f"/events/{centre.uid('club_event', 'tt-fun')}"),
    ("wang", f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00"),
    ("clerk", f"/desk/cases/{centre.uid('case', '1')}"),
    ("clerk", "/desk/bookings"),
    ("organiser", "/desk/events/new"),
    ("organiser", f"/desk/events/{centre.uid('club_event', 'tt-fun')}"),
]
TYPED = {
    "title": "乒乓球",
    "description": "来打球",
    "location": "二楼",
    "phone": "19900000001",
    "text": "路灯不亮",
    "channel": "photo",
    "category": "lighting",
    "reason": "下雨",
    "purpose": "练习",
    "starts_at": "2026-03-20T09:00",
    "day": "2026-03-12",
    "start": "10:00",
    "version": "1",
}


class StrictDistrict(FakeDistrict):
    """Refuses, as services do, what its methods can make nothing of. What cannot travel as JSON is the gateway's fault."""

    def call(self, service: str, method: str, payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        sent = orjson.loads(orjson.dumps(payload))
        try:
            return super().call(service, method, sent, context)
        except (ValueError, OverflowError, TypeError, LookupError, AttributeError) as error:
            raise Refused("invalid", "invalid", "…", {"errors": [{"field": "", "code": "invalid", "message": "…"}]}) from error


@pytest.fixture
def district() -> FakeDistrict:
    return StrictDistrict()


@pytest.mark.parametrize(("who", "path", "name"), [(who, path, name) for who, path, names in QUERIES for name in names])
def test_in_an_address(browser_as: Callable[[str], Browser], who: str, path: str, name: str) -> None:
    client = browser_as(who).client
    statuses = {odd: client.get(path, query_string={name: odd}).status_code for odd in ODD}
    assert {odd: status for odd, status in statuses.items() if status >= 500} == {}


@pytest.mark.parametrize(("who", "path"), FORMS)
def test_in_a_form(browser_as: Callable[[str], Browser], who: str, path: str) -> None:
    browser = browser_as(who)
    forms = [form for form in browser.get(path).forms if form.method == "post" and "/preferences" not in form.action]
    faults = {}
    for form in forms:
        typed = {name: value for name, value in TYPED.items() if name in form.fields and not form.fields[name]}
        for name in set(form.fields) - {"csrf_token"}:
            for odd in ODD:
                status = browser.send(form, **typed | {name: odd}).status_code
                if status >= 500:
                    faults[form.action, name, odd] = status
    assert forms and faults == {}


@pytest.mark.parametrize("number", [odd for odd in ODD[:7] if odd != "٣"])  # which is three
@pytest.mark.parametrize(
    ("who", "path", "action", "name"),
    [
        ("clerk", f"/desk/cases/{centre.uid('case', '1')}", "/accept", "version"),
        ("wang", f"/bookings/{BOOKING}/move?start=2026-03-11T13:00:00%2B08:00", "/move", "version"),
        ("wang", f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00", "/book", "attendees"),
        ("organiser", "/desk/events/new", "/desk/events/new", "capacity"),
    ],
)
def test_a_number_that_is_none_is_refused(
    browser_as: Callable[[str], Browser], district: FakeDistrict, who: str, path: str, action: str, name: str, number: str
) -> None:
    browser = browser_as(who)
    form: Form = browser.get(path).form(action)
    before = len(district.calls)
    typed = {field: value for field, value in TYPED.items() if field in form.fields and not form.fields[field]}
    assert browser.send(form, **typed | {name: number}).status_code == 422
    assert [method for method, *_ in district.calls[before:] if not method.startswith(("get_", "list_"))] == []
