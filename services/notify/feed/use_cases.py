"""Reading the feed, and taking over the feed that the gateway kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.rpc.call import Call, Unavailable
from services.notify.access import check_gateway
from services.notify.feed import old_feed, storage
from services.notify.feed.models import FeedEntry
from services.notify.feed.old_feed import TakenOver
from services.notify.feed.storage import Extent
from services.notify.interface.feed import BEGINNING, Place, Readable
from services.notify.interface.refusals import CursorExpired


@dataclass(frozen=True, slots=True)
class Message:
    """A message and the place after it. `event` is a CloudEvent."""

    place: str
    type: str
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Messages in order, and the place to read from next time. `more` is True if there may be more to read at once."""

    items: Sequence[Message]
    place: str
    more: bool


def read_feed(call: Call, *, limit: int, after: Place | None = None, types: Sequence[str] | None = None) -> FeedPage:
    """Messages after `after` whose types match any of `types` (None: all), as far as the caller may read them. Without
    `after`, no message and the place of now. A page may have fewer messages than `limit` although there are more. Raises
    Forbidden for a caller without the right; CursorExpired if messages after the place were deleted, or if the place does not
    exist here; Unavailable while the gateway's feed is being taken over and the place is in it."""
    readable = Readable.by(call.acting, types)
    # Taken before the messages: what becomes readable in between is behind it, and is read next time.
    extent = storage.extent(call.session)
    if after is None:
        return FeedPage((), str(extent.horizon), False)
    _check_kept(call, after, extent)
    # SQL selects by all types and all communities of the rights. Only with several rights are there others among the found.
    found = storage.read(call.session, after, extent.horizon, readable.types, limit, readable.communities)
    full = len(found) == limit
    end = storage.place_of(found[-1]) if full else max(after, extent.horizon)
    return FeedPage([message_of(entry) for entry in found if readable.has(entry.type, entry.community_id)], str(end), full)


def take_over_feed(
    call: Call, *, entries: Sequence[dict[str, Any]], pruned: Place | None = None, end: Place | None = None
) -> TakenOver:
    """Store a part of the gateway's feed in epoch 0. Raises Forbidden for a caller other than the gateway."""
    check_gateway(call.acting)
    old_feed.store(call.session, entries)
    if pruned is not None:
        old_feed.count_as_pruned(call.session, pruned)
    if end is not None:
        old_feed.finish(call.session, end)
    return old_feed.taken_over(call.session)


def _check_kept(call: Call, place: Place, extent: Extent) -> None:
    if place.epoch == 0 and extent.old_end is None:
        raise Unavailable()
    if place == BEGINNING:  # all that is stored, wherever that begins
        return
    if place > extent.horizon or (extent.pruned is not None and place < extent.pruned):
        raise CursorExpired()
    if place.epoch == extent.horizon.epoch:
        return
    # An earlier epoch. After its end were messages that this database has never had, or that a restore took back.
    known = place <= extent.old_end if place.epoch == 0 and extent.old_end else storage.reaches(call.session, place)
    if not known:
        raise CursorExpired()


def message_of(entry: FeedEntry) -> Message:
    """The entry as it is sent to readers."""
    return Message(str(storage.place_of(entry)), entry.type, cloud_event(entry))


def cloud_event(entry: FeedEntry) -> dict[str, Any]:
    """The message as a CloudEvent 1.0 in JSON format, with the same attributes as on the broker."""
    return {
        "specversion": "1.0",
        "id": str(entry.event_id),
        "source": entry.source,
        "type": entry.type,
        "subject": entry.subject,
        "time": entry.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:linli:{entry.type}",
        "partitionkey": entry.subject,
        "sequence": f"{entry.version:010d}",
        "communityid": entry.community_id,
        "data": entry.data,
    }
