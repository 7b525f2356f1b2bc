"""The message about a changed calendar, and the tolerant reader of the directory's messages, which lists only the fields that
booking uses."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.contracts import Contracts, Message
from chassis.messaging.directory import CommunityRead

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="booking")
_CALENDARS = UUID("5f0c4d0e-6f0b-5a53-9d0b-64b6f1b3a7c2")  # the namespace of the subjects


def calendar_changed(
    community_id: str, revision: UUID, announced: int, changed: str, days: Sequence[dict[str, Any]], occurred_at: datetime
) -> Message:
    """`changed` says what (SUBJECTS of interface/changes.py). `announced` counts the messages of the community. `days` are the
    holidays and worked weekends that changed, as in the contract. `occurred_at` is aware."""
    return CONTRACTS.message(
        "calendar.changed.v1",
        aggregate_id=uuid5(_CALENDARS, community_id),
        version=announced,
        community_id=community_id,
        occurred_at=occurred_at,
        data={"community_id": community_id, "revision": str(revision), "changed": changed, "days": list(days)},
    )


class SubDistrictRead(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True)


class CommunityPlaceRead(CommunityRead):
    """A community and its sub-district. Both say who may book a space."""

    sub_district = fields.Nested(SubDistrictRead, load_default=None, allow_none=True)
