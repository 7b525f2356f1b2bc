"""The plan for a closure: what each booking in its way could have instead, so that as few people as possible lose their time
and the others get one as much like theirs as possible, all together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from services.booking.bookings.models import Booking
from services.booking.closures.assignment import Choice, assign
from services.booking.closures.offers import Offer, Offering

MOST_OFFERS: Final = 3  # of one booking
EACH: Final = 60  # times of one booking that are weighed against those of others,
ALL: Final = 9_000  # and of all bookings together
ROUNDS: Final = 3  # who got none of them is asked again, with the times that are left by then

Locked = Mapping[UUID, Mapping[str, Any] | None]  # by booking: {space_id, starts_at, ends_at}, or None to cancel it


@dataclass(frozen=True, slots=True)
class Hit:
    """A booking that is in the way, and where it could move: first the time that the plan gives it, then up to two others that
    the plan gives nobody. `locked` is what the admin has decided: `move` (to the first offer) or `cancel`."""

    booking: Booking
    started: bool
    offers: list[Offer] = field(default_factory=list)
    locked: str | None = None


def plan(offering: Offering, hit: Sequence[Booking], locked: Locked) -> list[Hit]:
    """What is proposed for each of `hit`, which have not started. What is `locked` stays as it is, as far as it is possible. No
    I/O; of 300 bookings it takes one to two seconds, so call it in a thread."""
    plan = _Plan(offering, min(EACH, max(MOST_OFFERS, ALL // max(len(hit), 1))))
    cancelled = {booking.id for booking in hit if booking.id in locked and locked[booking.id] is None}
    for booking in hit:
        if (move_to := locked.get(booking.id)) and (offer := offering.offer_of(booking, **move_to)):
            plan.give(booking, offer)
    moved = set(plan.given)
    rest = [booking for booking in hit if booking.id not in moved | cancelled]
    others: dict[UUID, Sequence[Offer]] = {}
    for _ in range(ROUNDS):
        found = [plan.offers(booking) for booking in rest]
        others = {booking.id: offers for booking, offers in zip(rest, found, strict=True)} | others
        choices = [[plan.choice(one, offer) for offer in offers] for one, offers in zip(rest, found, strict=True)]
        chosen = assign(choices, [booking.attendees for booking in rest])
        for booking, offers, position in zip(rest, found, chosen, strict=True):
            if position is not None:
                plan.give(booking, offers[position])
        left = [booking for booking in rest if booking.id not in plan.given]
        if not left or len(left) == len(rest):
            break
        rest = left
    word = dict.fromkeys(cancelled, "cancel") | dict.fromkeys(moved, "move")
    return [Hit(one, False, plan.shown(one, others.get(one.id, ())), word.get(one.id)) for one in hit]


class _Plan:
    """What was given so far. Nobody else gets it."""

    def __init__(self, offering: Offering, each: int) -> None:
        self._offering, self._each = offering, each
        self.given: dict[UUID, Offer] = {}
        self._taken: dict[Any, list[tuple[int, int, UUID]]] = defaultdict(list)

    def give(self, booking: Booking, offer: Offer) -> None:
        """Does nothing if somebody else has it already."""
        if not self._is_left(booking, offer):
            return
        self.given[booking.id] = offer
        self._offering.keep(offer)
        for key, start, end in self.choice(booking, offer).takes:
            self._taken[key].append((start, end, booking.id))

    def offers(self, booking: Booking) -> list[Offer]:
        return [offer for offer in self._offering.offers(booking, self._each) if self._is_left(booking, offer)]

    def shown(self, booking: Booking, others: Sequence[Offer]) -> list[Offer]:
        """The offer that it was given first, then those of `others` that nobody else was given."""
        first = self.given.get(booking.id)
        left = (offer for offer in others if offer != first and self._is_left(booking, offer))
        return [*([first] if first else []), *left][:MOST_OFFERS]

    def choice(self, booking: Booking, offer: Offer) -> Choice:
        """It takes its space, with the turnover, and the time of the person."""
        person = (booking.resident_id, int(offer.starts_at.timestamp()), int(offer.ends_at.timestamp()))
        return Choice(offer.unlikeness, (*offer.takes, person))

    def _is_left(self, booking: Booking, offer: Offer) -> bool:
        """Whether nobody else was given it, and the person nothing else at that time."""
        return not self._taken or not any(
            start < until and since < end and whose != booking.id
            for key, start, end in self.choice(booking, offer).takes
            for since, until, whose in self._taken.get(key, ())
        )
