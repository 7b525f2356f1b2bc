"""How the times that spaces keep for some were used."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Text, Uuid, bindparam, case, column, func, select
from sqlalchemy.orm import Session, aliased

from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span, clip
from services.booking.spaces.models import LONGEST_BOOKING, Space
from services.booking.spaces.timetable import Timetable

Kept = tuple[UUID, Span, str]  # leaf, time, KEPT_FOR


@dataclass(frozen=True, slots=True)
class ShareUse:
    """Minutes of leaves: kept for some (KEPT_FOR), used by them, and used by others."""

    kept_for: str
    kept_minutes: int
    used_minutes: int
    others_minutes: int


def kept_of(timetables: Iterable[Timetable], start: int, end: int) -> list[Kept]:
    """The open times between `start` and `end` (instants) that leaves keep. A rule of a whole and one of its part that keep the
    same time count once."""
    found: set[Kept] = set()
    for timetable in timetables:
        if timetable.fair is None or len(timetable.leaf_ids) > 1:
            continue  # its parts have its rules too
        for one in timetable.fair.all_kept_times(timetable.days, start, end):
            spans = clip(timetable.open_spans(start, end), one.start, one.end)
            found.update((timetable.space.id, span, one.kept_for) for span in spans)
    return sorted(found, key=lambda one: (one[1], one[2], one[0]))


_leaf = aliased(Space, name="leaf")
_ARRAYS = {"leaf": ARRAY(Uuid), "begins": ARRAY(DateTime(timezone=True)), "ends": ARRAY(DateTime(timezone=True))}
_kept = (
    func.unnest(*(bindparam(name, type_=type_) for name, type_ in _ARRAYS.items()), bindparam("kept_for", type_=ARRAY(Text)))
    .table_valued(
        column("leaf_id", Uuid), column("a", DateTime(timezone=True)), column("b", DateTime(timezone=True)), column("who", Text)
    )
    .render_derived(name="kept")
)
_FAVOURED = case((_kept.c.who == "elders", Booking.for_elder), else_=Booking.at_counter)
_SECONDS = func.extract("epoch", func.least(Booking.ends_at, _kept.c.b) - func.greatest(Booking.starts_at, _kept.c.a))
_USED = (
    select(_kept.c.who, _FAVOURED, func.sum(_SECONDS))
    .select_from(_kept)
    .join(_leaf, _leaf.id == _kept.c.leaf_id)
    .join(Booking, Booking.space_id.in_([_leaf.id, _leaf.parent_id]))
    .where(
        Booking.community_id == bindparam("community_id", type_=Text),
        Booking.state == "confirmed",
        # The first condition follows from the second. It is there for the index on starts_at.
        Booking.starts_at > _kept.c.a - LONGEST_BOOKING,
        Booking.ends_at > _kept.c.a,
        Booking.starts_at < _kept.c.b,
    )
    .group_by(_kept.c.who, _FAVOURED)
)


def use_of_shares(session: Session, community_id: str, kept: Sequence[Kept]) -> list[ShareUse]:
    """One line for each of KEPT_FOR for whom something is kept. One statement, or none if nothing is."""
    if not kept:
        return []
    about = {
        "community_id": community_id,
        "leaf": [leaf_id for leaf_id, _, _ in kept],
        "begins": [_at(start) for _, (start, _), _ in kept],
        "ends": [_at(end) for _, (_, end), _ in kept],
        "kept_for": [who for _, _, who in kept],
    }
    used = {(who, favoured): int(seconds) for who, favoured, seconds in session.execute(_USED, about)}
    whole = Counter[str]()
    for _, (start, end), who in kept:
        whole[who] += end - start
    return [
        ShareUse(who, seconds // 60, used.get((who, True), 0) // 60, used.get((who, False), 0) // 60)
        for who, seconds in sorted(whole.items())
    ]


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
