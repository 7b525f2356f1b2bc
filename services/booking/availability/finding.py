"""Which spaces of a community can be booked at a wanted time, and when the others could be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage as bookings
from services.booking.bookings.asking import for_caller
from services.booking.calendar.intervals import Span, nearest, within
from services.booking.equipment import storage as equipped
from services.booking.equipment.models import EquipmentKind
from services.booking.interface.finding import MOST_FREE, MOST_OTHERS
from services.booking.interface.refusals import InPast, TooLong
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable

Offer = tuple[Space, Span]
BATCH = 100  # spaces that are looked at together; most centres have fewer


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """A space, and a time (aware, UTC) at which it can be booked now. `brought` is the name of the equipment that is wanted and
    can be booked with it then; None if the space has its own."""

    space: Space
    starts_at: datetime
    ends_at: datetime
    brought: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FoundSpaces:
    """`items` can be booked at the wanted time, `others` on the same day for as long."""

    community_id: str
    items: list[FreeSpace]
    others: list[FreeSpace]


def find_free_spaces(
    call: Call,
    *,
    starts_at: datetime,
    ends_at: datetime,
    attendees: int = 1,
    section: str | None = None,
    kind: str | None = None,
    equipment: str | None = None,
) -> FoundSpaces:
    """The spaces of the community that the caller looks at which have room for `attendees` and the `equipment` (a word of its
    name), from `starts_at` to `ends_at` (aware). Equipment that can be taken to a space counts if it is free then. Spaces that
    are not open to the caller are left out; visitors see all. The smallest ones come first, because larger groups need the
    larger ones; of `others` those with the nearest times. A centre with very many spaces is looked through from the smallest
    on, until there are enough `items`. Two statements for each BATCH of spaces; with `equipment` one more, and one. Raises
    InPast, TooLong, and InvalidField if the caller looks at no single community."""
    if starts_at < call.now:
        raise InPast()
    if ends_at - starts_at > LONGEST_BOOKING:
        raise TooLong(max_minutes=int(LONGEST_BOOKING.total_seconds() // 60))
    around = starts_at - timedelta(days=1), ends_at + timedelta(days=1)
    wanted = int(starts_at.timestamp()), int(ends_at.timestamp())
    free: list[FreeSpace] = []
    others: list[FreeSpace] = []
    kinds = _kinds(call, equipment)
    wish: dict[str, Any] = {"attendees": attendees, "section": section, "kind": kind, "equipment": equipment}
    if any(not one.space_ids for one in kinds):
        wish["equipment"] = None  # it can be taken to all spaces
    wish["also"] = {space_id for one in kinds for space_id in one.space_ids}
    for timetables in spaces.load_suitable_timetables(call.session, call.community_id, *around, **wish, most=BATCH):
        offers = list(_offers(call, timetables, around, wanted, attendees))
        brought = _brought(call, kinds, equipment, offers)
        for space, span in offers:
            if space.id in brought:
                found = FreeSpace(space, _at(span[0]), _at(span[1]), brought[space.id])
                (free if span == wanted else others).append(found)
        if len(free) >= MOST_FREE:
            break
    others.sort(key=lambda found: (abs(found.starts_at - starts_at), found.space.capacity, found.space.code))
    return FoundSpaces(call.community_id, free[:MOST_FREE], others[:MOST_OTHERS])


def _offers(
    call: Call, timetables: Sequence[Timetable], around: tuple[datetime, datetime], wanted: Span, attendees: int
) -> Iterator[Offer]:
    """Each space that is for the caller, with the wanted time, or else the nearest one of that day. One statement."""
    timetables = [timetable for timetable in timetables if _is_for(call, timetable.space)]
    timetables = for_caller(call, timetables)
    claims = bookings.blocked_spans(call.session, timetables, *around, call.now)
    for timetable in timetables:
        window = timetable.days.day_around(*wanted)
        spans = timetable.free(claims[timetable.space.id], call.now, *window)
        offers = [wanted] if within(spans, wanted) else nearest(spans, wanted)
        offer = next((span for span in offers if _accepts(timetable, span, attendees, call.now)), None)
        if offer is not None:
            yield timetable.space, offer


def _kinds(call: Call, word: str | None) -> Sequence[EquipmentKind]:
    """The kinds of equipment with that word that can be taken to spaces. Nothing is read without a word."""
    return equipped.kinds_named(call.session, Communities.only(call.community_id), word) if word else ()


def _brought(
    call: Call, kinds: Sequence[EquipmentKind], word: str | None, offers: Sequence[Offer]
) -> dict[UUID, Mapping[str, Any] | None]:
    """By id the spaces that have what is wanted: None if it is their own, else the name of what can be taken there then."""
    found: dict[UUID, Mapping[str, Any] | None] = {space.id: None for space, _ in offers if _has(space, word)}
    rest = [(space, span) for space, span in offers if space.id not in found]
    free = equipped.free_in(call.session, kinds, [(space.id, _at(span[0]), _at(span[1])) for space, span in rest])
    for space, span in rest:
        start = _at(span[0])
        able = (one.name for one in kinds if one.can_be_wanted(space, start, call.now) and free[one.id, space.id, start] > 0)
        if (name := next(able, None)) is not None:
            found[space.id] = name
    return found


def _has(space: Space, word: str | None) -> bool:
    """Whether some of its own equipment has the word in its name."""
    names = (str(name).lower() for one in space.equipment for name in one["name"].values())
    return word is None or any(word.lower() in name for name in names)


def _is_for(call: Call, space: Space) -> bool:
    return call.acting.account_id is None or space.is_open_to(call.acting)


def _accepts(timetable: Timetable, span: Span, attendees: int, now: datetime) -> bool:
    """Its own rules may want another length, or a start on another grid."""
    try:
        timetable.check_request(_at(span[0]), _at(span[1]), attendees, now)
    except Refusal:
        return False
    return True


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
