"""Equipment of the times that other services ask for. A session is bound by what there is and where it can be taken, not by the
limits that share equipment among residents: notice, and the most of one booking."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.claims.models import Asked, ClaimedTime, NotPossible
from services.booking.equipment import sessions, storage
from services.booking.equipment.models import EquipmentKind
from services.booking.interface.equipment_refusals import EquipmentNotHere, EquipmentTaken
from services.booking.spaces.timetable import Timetable


class Equipping:
    """The equipment of one request. Creating it locks the kinds that the request names, and those that the holders `gone` have,
    before resources and claims are locked."""

    def __init__(self, call: Call, community_id: str, gone: Collection[UUID], times: Sequence[Asked]) -> None:
        self.call, self.community_id, self.times = call, community_id, times
        wanted = {kind_id for asked in times for kind_id, _ in asked.equipment}
        locked = storage.lock_kinds(call.session, wanted, session_ids=gone) if wanted or gone else {}
        self.kinds: Mapping[UUID, EquipmentKind] = {
            kind.id: kind for kind in locked.values() if kind.community_id == community_id
        }
        self.had = sessions.quantities(call.session, gone) if locked else {}

    def broken_rules(self, kept: Collection[UUID], timetables: Mapping[UUID, Timetable]) -> list[NotPossible]:
        """What cannot be taken to the space of its time, or is not there at all. What the holders `kept` have stays."""
        return [
            NotPossible(asked, asked.space_ids[0], EquipmentNotHere(kind_id=str(kind_id)))
            for asked in self.times
            for kind_id, _ in asked.equipment
            if not (asked.holder_id in kept and (asked.holder_id, kind_id) in self.had)
            and not self._fits(kind_id, timetables.get(asked.space_ids[0]))
        ]

    def _fits(self, kind_id: UUID, timetable: Timetable | None) -> bool:
        kind = self.kinds.get(kind_id)
        return kind is not None and kind.active and (timetable is None or kind.fits(timetable.space))

    def claim(self, kept: Collection[UUID]) -> list[NotPossible]:
        """Claim all of it, after the times are stored. Returns what is not free, for each time that misses something; if that
        is not empty, the caller must roll back."""
        wishes = [sessions.SessionWish(one.holder_id, dict(one.equipment), one.holder_id in kept) for one in self.times]
        lost = sessions.replace(self.call.session, self.community_id, self.had, wishes, self.call.now)
        return [
            short_of(self.call, asked, [self.kinds[kind_id] for kind_id in missing])
            for asked in self.times
            if (missing := [kind_id for session_id, kind_id in lost if session_id == asked.holder_id])
        ]

    def give_back(self) -> None:
        """Free all that the holders had."""
        sessions.give_back(self.call.session, [use_id for use_id, _ in self.had.values()])

    def given(self) -> dict[UUID, list[sessions.Given]]:
        """What each time has now. Nothing is read if none wants any."""
        holders = [asked.holder_id for asked in self.times if asked.equipment]
        return sessions.given(self.call.session, holders) if holders else {}


def kept_holders(held: Sequence[ClaimedTime], times: Sequence[Asked]) -> set[UUID]:
    """The holders that stay at the time and in the spaces that they have."""
    had = {time.holder_id: time for time in held}
    return {asked.holder_id for asked in times if asked.holder_id in had and asked.is_kept_by(had[asked.holder_id])}


def short_of(call: Call, asked: Asked, kinds: Sequence[EquipmentKind]) -> NotPossible:
    """The reason that names each of the kinds, and how many of it are free at that time. One statement."""
    wanted, place = dict(asked.equipment), (asked.space_ids[0], asked.starts_at, asked.ends_at)
    free = storage.free_in(call.session, kinds, [place], but=asked.holder_id)
    missing = [
        {
            "kind_id": str(kind.id),
            "name": dict(kind.name),
            "wanted": wanted[kind.id],
            "free": free.get((kind.id, asked.space_ids[0], asked.starts_at), 0),
        }
        for kind in kinds
    ]
    return NotPossible(asked, asked.space_ids[0], EquipmentTaken(equipment=missing))
