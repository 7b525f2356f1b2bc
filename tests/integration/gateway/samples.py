"""Answers of services as tests need them."""

from typing import Any

SPACE_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10"
BOOKING_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e20"
CASE_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e30"
CLUB_ID = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e40"
NOBODY = "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4eff"


def booking(**changes: Any) -> dict[str, Any]:
    return {
        "id": BOOKING_ID,
        "version": 1,
        "community_id": "liuyi",
        "space_id": SPACE_ID,
        "space_name": {"zh-CN": "羽毛球场 1", "en": "Badminton court 1"},
        "section": "neighbour",
        "resident_id": NOBODY,
        "booked_by": NOBODY,
        "starts_at": "2026-03-03T01:00:00+00:00",
        "ends_at": "2026-03-03T02:00:00+00:00",
        "state": "confirmed",
        "attendees": 2,
        "purpose": None,
        "created_at": "2026-03-02T09:00:00+00:00",
        "cancelled_at": None,
        "cancel_reason": None,
        "equipment": [],
        "can": ["cancel", "move", "change_attendees", "change_purpose", "change_equipment"],
    } | changes


def case(**changes: Any) -> dict[str, Any]:
    return {
        "id": CASE_ID,
        "version": 1,
        "community_id": "liuyi",
        "number": "LY-20261122-0007",
        "channel": "photo",
        "category": "facilities-light",
        "category_name": {"zh-CN": "路灯照明", "en": "Street lighting"},
        "grid_id": "liuyi-1",
        "text": "3 号楼前的路灯坏了。",
        "address": None,
        "location": None,
        "photo_ids": [],
        "anonymous": False,
        "reporter_id": None,
        "state": "reported",
        "department_id": None,
        "department_name": None,
        "handler_id": None,
        "settlement": None,
        "satisfied": None,
        "reported_at": "2026-03-02T09:00:00+00:00",
        "accepted_at": None,
        "dispatched_at": None,
        "settled_at": None,
        "closed_at": None,
        "allowed_actions": [],
    } | changes


def club(**changes: Any) -> dict[str, Any]:
    return {
        "id": CLUB_ID,
        "version": 1,
        "community_id": "liuyi",
        "code": "table-tennis",
        "name": {"zh-CN": "乒乓球社", "en": "Table tennis club"},
        "description": None,
        "section": "neighbour",
        "kind": "sports",
        "members_count": 3,
        "joined": False,
    } | changes


def page(*items: dict[str, Any], next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": next_cursor}


BOOK = {"space_id": SPACE_ID, "starts_at": "2026-03-03T09:00:00+08:00", "ends_at": "2026-03-03T10:00:00+08:00"}
REPORT = {"channel": "photo", "category": "facilities-light", "text": "3 号楼前的路灯坏了。"}
