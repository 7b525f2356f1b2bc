"""Cases and people for tests that need no database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.rpc.identity import Absent, Identity
from services.cases.cases.models import Case
from services.cases.reference.models import Category, Channel, Department

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
CHANNEL = Channel(code="photo", name={"zh-CN": "随手拍", "en": "Photo report"})
CATEGORY = Category(code="facilities-light", name={"zh-CN": "路灯照明", "en": "Street lighting"})
DEPARTMENT = Department(id=uuid4(), code="roads", name={"zh-CN": "市政", "en": "Roads"})


def person(*roles: str) -> Identity:
    """A new account; handlers belong to DEPARTMENT."""
    return Identity(
        account_id=str(uuid4()),
        party="staff" if roles else "resident",
        roles=frozenset(roles),
        community_id="liuyi",
        departments=frozenset({DEPARTMENT.code} if "handler" in roles else ()),
    )


def standing_in(substitute: Identity, absent: Identity) -> Identity:
    """The substitute while the other is on leave."""
    colleague = Absent(str(absent.account_id), absent.departments, absent.grids, absent.reach)
    return replace(substitute, stands_in_for=(colleague,))


def case_of(reporter: Identity | None = None, **over: Any) -> Case:
    """A case just reported; `over` replaces columns."""
    columns: dict[str, Any] = {
        "community_id": "liuyi",
        "number": "LY-20261122-0001",
        "channel": CHANNEL,
        "category": CATEGORY,
        "text": "路灯不亮",
        "photo_ids": [],
        "search_terms": [],
        "anonymous": False,
        "reporter_id": UUID(reporter.account_id) if reporter and reporter.account_id else None,
        "state": "reported",
        "reported_at": NOW,
    }
    return Case(**columns | over)
