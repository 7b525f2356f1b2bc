"""What the RPC refuses by form, and the shape of what it gives."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from marshmallow import ValidationError

from chassis.rpc.identity import Identity
from chassis.rpc.interface.answers import caller_context
from services.booking.availability.use_cases import Availability
from services.booking.interface.availability import GET_AVAILABILITY, GET_CENTRE_AVAILABILITY
from services.booking.interface.bookings import BOOK_SPACE, GET_BOOKING, LIST_BOOKINGS
from services.booking.interface.spaces import GET_SPACE
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, instant, local

ID = str(uuid4())
BOOK = {"space_id": ID, "starts_at": "2026-11-23T10:00:00+08:00", "ends_at": "2026-11-23T03:00:00Z"}


def test_times_are_utc_once_loaded_whatever_their_offset() -> None:
    loaded = BOOK_SPACE.takes.load(BOOK)
    assert (loaded["starts_at"], loaded["ends_at"]) == (local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    assert loaded["starts_at"].tzinfo is UTC
    assert loaded["attendees"] == 1
    assert not {"resident_id", "purpose"} & set(loaded), "what is not given is left to the use case"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", "2026-11-23T10:00:00"),
        ("starts_at", "tomorrow"),
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("starts_at", "9999-12-31T23:59:59-14:00"),
        ("starts_at", 7),
        ("starts_at", None),
        ("space_id", "court-1"),
        ("resident_id", "wang"),
        ("attendees", 0),
        ("attendees", "2"),
        ("attendees", 10**9),
        ("purpose", "x" * 201),
        ("purpose", "a\x00b"),
        ("purpose", "\ud800"),
        ("state", "confirmed"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as error:
        BOOK_SPACE.takes.load(BOOK | {field: value})
    assert list(error.value.normalized_messages()) == [field]


@pytest.mark.parametrize("missing", list(BOOK))
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(ValidationError) as error:
        BOOK_SPACE.takes.load({name: value for name, value in BOOK.items() if name != missing})
    assert list(error.value.normalized_messages()) == [missing]


@pytest.mark.parametrize("end", ["2026-12-24T00:00:01Z", "2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z"])
def test_a_window_runs_forward_for_at_most_31_days(end: str) -> None:
    window = {"from": "2026-11-23T00:00:00Z"}
    assert GET_CENTRE_AVAILABILITY.takes.load(window | {"to": "2026-12-24T00:00:00Z"})
    with pytest.raises(ValidationError) as error:
        GET_CENTRE_AVAILABILITY.takes.load(window | {"to": end})
    assert list(error.value.normalized_messages()) == ["to"]


@pytest.mark.parametrize(
    "page", [{"limit": 0}, {"limit": 101}, {"limit": True}, {"scope": "all"}, {"state": "held"}, {"cursor": 7}]
)
def test_lists_are_bounded(page: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        LIST_BOOKINGS.takes.load({"scope": "mine"} | page)
    assert list(error.value.normalized_messages()) == list(page)


def test_answers_are_json_and_whole() -> None:
    space = example_space()
    booking = example_booking(space, local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    acting = Identity(account_id=str(booking.resident_id), party="resident")
    with caller_context(acting, NOW):
        answer = orjson.loads(orjson.dumps(GET_BOOKING.gives.dump(booking)))
    assert answer["can"] == ["cancel", "move", "change_attendees", "change_purpose", "change_equipment"]
    assert (answer["id"], answer["version"], answer["community_id"]) == (str(booking.id), 1, "liuyi")
    assert (answer["space_name"], answer["section"]) == (space.name, "neighbour")
    assert (answer["starts_at"], answer["cancelled_at"]) == ("2026-11-23T02:00:00+00:00", None)
    answer = orjson.loads(orjson.dumps(GET_SPACE.gives.dump(space)))
    assert answer["opening_hours"] == space.opening_hours and answer["parent_id"] is None


def test_availability_is_told_in_rfc_3339() -> None:
    start, end = local(MONDAY, "10:00"), local(MONDAY, "12:00")
    noon = instant(end) - 3600
    found = Availability(
        uuid4(), "liuyi", start, end, [(instant(start), noon)], [(noon, instant(end), "event", {"zh-CN": "合唱"}, "part")]
    )
    answer = GET_AVAILABILITY.gives.dump(found)
    assert answer["free"] == [{"starts_at": start.isoformat(), "ends_at": datetime.fromtimestamp(noon, UTC).isoformat()}]
    (busy,) = answer["busy"]
    assert (busy["starts_at"], busy["ends_at"]) == (answer["free"][0]["ends_at"], answer["to"])
    assert (busy["reason"], busy["title"], busy["taken_as"]) == ("event", {"zh-CN": "合唱"}, "part")
    assert GET_CENTRE_AVAILABILITY.gives.dump([(found.space_id, found.free)]) == {
        "items": [{"space_id": str(found.space_id), "free": answer["free"]}],
        "next_cursor": None,
    }
