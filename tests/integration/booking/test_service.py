"""The entrypoints: JSON in, JSON out, nothing decided."""

from inspect import unwrap
from typing import Any
from uuid import uuid4

import orjson
import pytest
from marshmallow import ValidationError

from chassis.rpc.identity import ANONYMOUS, Identity
from services.booking.service import BookingService
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, local

MONDAY_WINDOW = {"from": "2026-11-23T00:00:00+08:00", "to": "2026-11-24T00:00:00+08:00"}


def ask(centre: Centre, verb: str, acting: Identity = ANONYMOUS, **payload: Any) -> Any:
    """The answer after a journey as JSON, both ways."""
    with centre.call(acting) as call:
        method = unwrap(getattr(BookingService, verb))
        return orjson.loads(orjson.dumps(method(None, call, orjson.loads(orjson.dumps(payload)))))


def test_one_booking_through_every_entrypoint(centre: Centre) -> None:
    space = ask(centre, "list_spaces", q="一号", kind="court", section="neighbour")["items"][0]
    assert ask(centre, "get_space", space_id=space["id"]) == space
    free = ask(centre, "get_availability", space_id=space["id"], **MONDAY_WINDOW)["free"][0]
    assert free["starts_at"] == local(MONDAY, "08:00").isoformat()
    assert ask(centre, "get_centre_availability", **MONDAY_WINDOW)["items"][0]["free"][0] == free

    times = {"starts_at": "2026-11-23T10:00:00+08:00", "ends_at": "2026-11-23T11:00:00+08:00"}
    booking = ask(centre, "book_space", centre.wang, space_id=space["id"], attendees=2, purpose=" 练球 ", **times)
    assert (booking["state"], booking["purpose"], booking["space_name"]) == ("confirmed", "练球", space["name"])
    assert ask(centre, "get_booking", centre.wang, booking_id=booking["id"]) == booking
    assert ask(centre, "list_bookings", centre.wang, scope="mine", **{"from": times["starts_at"]})["items"] == [booking]
    assert ask(centre, "list_bookings", centre.clerk, scope="desk")["items"] == [booking]
    busy = ask(centre, "get_availability", space_id=space["id"], **MONDAY_WINDOW)["busy"]
    assert "booked" in [item["reason"] for item in busy]

    later = {"starts_at": "2026-11-23T15:00:00+08:00", "ends_at": "2026-11-23T16:00:00+08:00"}
    moved = ask(centre, "reschedule_booking", centre.wang, booking_id=booking["id"], expected_version=1, **later)
    assert (moved["version"], moved["starts_at"]) == (2, local(MONDAY, "15:00").isoformat())
    fewer = ask(centre, "change_attendees", centre.wang, booking_id=booking["id"], attendees=1, expected_version=2)
    assert (fewer["version"], fewer["attendees"], fewer["can"]) == (
        3,
        1,
        ["cancel", "move", "change_attendees", "change_purpose", "change_equipment"],
    )
    cancelled = ask(centre, "cancel_booking", centre.clerk, booking_id=booking["id"], reason="场地维修")
    assert (cancelled["state"], cancelled["cancelled_by"], cancelled["cancel_reason"]) == ("cancelled", "staff", "场地维修")
    assert [row.type for row in centre.published()] == [
        "booking.confirmed.v1",
        "booking.rescheduled.v1",
        "booking.attendees_changed.v1",
        "booking.cancelled.v1",
    ]


def test_spaces_are_found_by_what_they_are_called_and_listed_page_by_page(centre: Centre) -> None:
    made = [centre.add_space(code=f"room-{n}", kind="room", name={"zh-CN": f"第{n}室", "en": f"Room {n}"}) for n in range(3)]
    first = ask(centre, "list_spaces", kind="room", limit=2)
    rest = ask(centre, "list_spaces", kind="room", limit=2, cursor=first["next_cursor"])
    assert [item["id"] for item in first["items"] + rest["items"]] == [str(space.id) for space in made]
    assert rest["next_cursor"] is None
    assert [item["code"] for item in ask(centre, "list_spaces", q="ROOM 1")["items"]] == ["room-1"]
    assert ask(centre, "list_spaces", q="100%_")["items"] == []


@pytest.mark.parametrize(
    "verb",
    [
        "list_spaces",
        "get_space",
        "get_availability",
        "get_centre_availability",
        "list_bookings",
        "get_booking",
        "book_space",
        "cancel_booking",
        "reschedule_booking",
        "change_attendees",
        "change_purpose",
        "list_limits",
        "get_limit",
        "list_limit_changes",
        "get_limit_preview",
        "add_limit",
        "change_limit",
        "end_limit",
        "get_space_limits",
    ],
)
def test_unknown_fields_are_refused_by_every_entrypoint(centre: Centre, verb: str) -> None:
    with pytest.raises(ValidationError) as error:
        ask(centre, verb, centre.wang, surprise=str(uuid4()))
    assert error.value.normalized_messages()["surprise"] == ["Unknown field."]
