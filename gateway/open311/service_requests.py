"""Service requests: the published cases, and their pictures."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import NOT_IN_ORDER, Rule
from gateway.calls import client
from gateway.http import current
from gateway.open311 import parameters
from gateway.open311.services import name_of
from gateway.operations.photos import Picture
from gateway.photos import viewing
from gateway.refusals.open311 import UnknownRequest

Json = dict[str, Any]
WINDOW = timedelta(days=90)
MOST = 1000  # requests in one answer
PER_CALL = 100
LAST_PAGE = 20  # so that nobody reads further than LAST_PAGE pages of MOST
TOO_WIDE = Rule("window_too_wide", "At most 90 days after start_date.", "距 start_date 最多 90 天。")


def list_requests() -> list[Json]:
    """The requests that the parameters ask for, newest first. Raises InvalidField."""
    page, size = parameters.whole("page", 1, most=LAST_PAGE), parameters.whole("page_size", MOST, most=MOST)
    named = parameters.ids("service_request_id")
    asked = {"case_ids": named} if named is not None else _filters()
    if named == []:
        return []
    return [_shown(case) for case in collect(client.cases.list_public_cases, page, size, **asked)]


def get_request(given: str) -> Json:
    """Raises UnknownRequest."""
    return _shown(public_case(given))


def public_case(given: str) -> Json:
    """The published case with this id. Raises UnknownRequest."""
    case_id = parameters.as_id(given)
    found = client.cases.list_public_cases(case_ids=[case_id], limit=1)["items"] if case_id else []
    if not found:
        raise UnknownRequest()
    return dict(found[0])


def see_picture(case_id: UUID, photo_id: UUID) -> Picture:
    """A picture that everybody may see now. Raises UnknownRequest, NotFound, PhotosUnavailable."""
    if str(photo_id) not in public_case(str(case_id))["photo_ids"]:
        raise NotFound()
    photo, content = viewing.view(current.database(), current.photo_store(), photo_id)
    return photo.media_type, content


def collect(verb: Any, page: int, size: int, **asked: Any) -> list[Json]:
    """Rows of one page of `size`, from calls of at most PER_CALL rows."""
    found: list[Json] = []
    place: Json = {"skip": (page - 1) * size}
    while len(found) < size:
        answer = verb(**asked, **place, limit=min(PER_CALL, size - len(found)))
        found += answer["items"]
        if (cursor := answer["next_cursor"]) is None:
            break
        place = {"cursor": cursor}
    return found


def window(*, default: bool) -> tuple[datetime | None, datetime | None]:
    """start_date and end_date. Without both of them it is the last 90 days, if `default`. Raises InvalidField for more than 90
    days."""
    start, end = parameters.moment("start_date"), parameters.moment("end_date")
    if start is None and end is None:
        return (current.now() - WINDOW, None) if default else (None, None)
    start = start or (end - WINDOW if end else None)
    assert start is not None  # noqa: S101  one of them was given
    end = end or start + WINDOW
    if end <= start:
        raise InvalidField(NOT_IN_ORDER, "end_date", other="start_date")
    if end - start > WINDOW:
        raise InvalidField(TOO_WIDE, "end_date")
    return start, end


def time(at: str | None) -> str | None:
    """A time of an answer in UTC, in whole seconds."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def picture_addresses(case: Json) -> list[str]:
    return [url_for("open311.get_picture", case_id=case["id"], photo_id=photo, _external=True) for photo in case["photo_ids"]]


def _filters() -> Json:
    """The filters of the list. Raises InvalidField."""
    changed = {"changed_from": parameters.moment("updated_after"), "changed_to": parameters.moment("updated_before")}
    start, end = window(default=not any(changed.values()))
    states = parameters.choices("status", "open", "closed")
    filters = changed | {
        "reported_from": start,
        "reported_to": end,
        "categories": parameters.several("service_code"),
        "over": states == {"closed"} if len(states) == 1 else None,
    }
    return {name: value for name, value in filters.items() if value is not None}


def _shown(case: Json) -> Json:
    location, pictures = case["location"] or {}, picture_addresses(case)
    shown = {
        "service_request_id": case["id"],
        "status": "closed" if case["over"] else "open",
        "status_notes": case["settlement"],
        "service_name": name_of(case["category_name"]),
        "service_code": case["category"],
        "description": case["text"],
        "agency_responsible": name_of(case["department_name"]) if case["department_name"] else None,
        "service_notice": None,
        "requested_datetime": time(case["reported_at"]),
        "updated_datetime": time(case["changed_at"]),
        "expected_datetime": None,
        "address": case["address"],
        "address_id": None,
        "zipcode": None,
        "lat": location.get("lat"),
        "long": location.get("lon"),
        "media_url": pictures[0] if pictures else None,
    }
    if parameters.is_set("extensions"):
        shown["jurisdiction_id"] = case["community_id"]
        shown["extended_attributes"] = {"number": case["number"], "state": case["state"], "media_urls": pictures}
    return shown
