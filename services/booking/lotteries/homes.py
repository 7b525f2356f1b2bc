"""Where the residents who have entered lotteries live. They are asked for it again at the draw."""

from datetime import datetime
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields

from chassis.rpc.call import Call
from services.booking.lotteries import storage


class MovedRead(Schema):
    """A tolerant reader of what the gateway says about a resident who has moved. It lists only the fields that booking uses."""

    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    community_id = fields.String(required=True)
    moved_at = fields.AwareDateTime(required=True)


def follow_home(call: Call, *, account_id: UUID, community_id: str, moved_at: datetime) -> None:
    """Note in the entries that are not drawn yet where the resident lives since `moved_at` (aware). A draw that goes on uses
    what was known before. Old messages and repetitions change nothing."""
    storage.share_lotteries_of(call.session, account_id)
    storage.move_home(call.session, account_id, community_id, moved_at)
