"""The job that sends the lists of the next day.

From the time that an admin has set until midnight, each list is compared with what was sent. A list and its message are one
transaction, and a list is locked before its bookings are read. So any number of replicas send it once, and the last list that
was sent says what is booked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.calendar.storage import zone_of
from services.booking.day_lists import storage
from services.booking.day_lists.messages import day_listed
from services.booking.day_lists.storage import Key
from services.booking.spaces.models import Space


def send_due(call: Call) -> None:
    """Send the lists of tomorrow that are due at `call.now`, and those that have changed."""
    zones: dict[str, ZoneInfo] = {}
    wanted: dict[Key, list[Space]] = defaultdict(list)
    for space in storage.spaces_with_lists(call.session):
        zone = zones.setdefault(space.community_id, zone_of(call.session, space.community_id))
        local_now = call.now.astimezone(zone)
        if space.list_is_due(local_now):
            for account_id in space.staff_for_list():
                wanted[space.community_id, account_id, local_now.date() + timedelta(days=1), space.list_at or ""].append(space)
    if wanted:
        _send(call, wanted, zones)


def _send(call: Call, wanted: Mapping[Key, Sequence[Space]], zones: Mapping[str, ZoneInfo]) -> None:
    lists = storage.lock_lists(call.session, list(wanted), call.now)
    of_day: dict[tuple[str, date], set[UUID]] = defaultdict(set)
    for key in lists:
        of_day[key[0], key[2]].update(space.id for space in wanted[key])
    booked = {
        (community_id, day): storage.booked_between(call.session, sorted(ids), *_bounds(day, zones[community_id]))
        for (community_id, day), ids in of_day.items()
    }
    for key, day_list in lists.items():
        ids = {space.id for space in wanted[key]}
        bookings = [one for one in booked[key[0], key[2]] if one.space_id in ids]
        if day_list.is_due(bookings, call.now, if_none=any(space.list_if_none for space in wanted[key])):
            corrects = day_list.send(bookings, call.now)
            outbox.add(call.session, day_listed(day_list, bookings, call.now, corrects=corrects))


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the local day begins and ends."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
