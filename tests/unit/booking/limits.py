"""Limits made up for tests."""

from typing import Any

from services.booking.limits.models import Limit
from services.booking.spaces.models import Space
from tests.unit.booking.spaces import NOW


def example_limit(space: Space | None = None, **over: Any) -> Limit:
    values: dict[str, Any] = {
        "community_id": "liuyi",
        "subject": "resident",
        "kind": None,
        "section": None,
        "space_id": space.id if space else None,
        "space": space,
        "measure": "count",
        "period": "week",
        "days": None,
        "allowed": 2,
        "created_at": NOW,
        "ended_at": None,
    }
    return Limit(**(values | over))
