"""Another time for a booking that a closure moved, instead of the one that it was given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.native_threads import in_thread
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import INVALID
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.asking import asker_of
from services.booking.bookings.limited import OtherTimes
from services.booking.bookings.messages import about_equipment, booking_message
from services.booking.bookings.messages import moved_from as place_before
from services.booking.bookings.models import Booking
from services.booking.bookings.no_shows import standings_of_many
from services.booking.closures.offers import AROUND, Offer, Offering, without_hit
from services.booking.equipment.taking import keep_equipment, lock_kept
from services.booking.interface.questions import MOVED
from services.booking.interface.refusals import SpaceTaken, TimeNotOffered
from services.booking.limits.storage import lock_subjects, subjects_of
from services.booking.questions import use_cases as questions
from services.booking.questions.messages import settled_message
from services.booking.questions.models import DateQuestion
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

MOST = 12
Suits = Callable[[Booking, Timetable, datetime, datetime], bool]


@dataclass(frozen=True, slots=True)
class LikeTimes:
    items: Sequence[Offer]


def find_like_times(call: Call, *, question_id: UUID) -> LikeTimes:
    """Up to twelve times to which the booking could move, the most like the one before the closure first. Raises
    Unauthenticated, NotFound, Forbidden, QuestionSettled, InvalidField for a question about a date of a series."""
    question = questions.get_question(call, question_id=question_id)
    question.booking.role_of(call.acting)
    question.check_open()
    offering, was = _offering(call, question)
    offers = in_thread(offering.offers, was, MOST + 1)
    present = question.space_id, question.starts_at
    return LikeTimes([offer for offer in offers if (offer.space_id, offer.starts_at) != present][:MOST])


def choose_like_time(
    call: Call,
    *,
    question_id: UUID,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    expected_version: int | None = None,
) -> DateQuestion:
    """Move the booking there, settle the question, and announce both. The cancel deadline does not count: the centre has asked.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, QuestionSettled, NotReschedulable, NeedsApproval, SpaceTaken,
    TimeNotOffered for a time that is not allowed, InvalidField for a question about a date of a series. Its equipment comes
    with it as far as it is free; the message says what is missing."""
    question = questions.lock_question(call, question_id, expected_version)
    booking = question.booking
    by = booking.role_of(call.acting)
    booking.check_movable("staff", call.now)
    lock_kept(call.session, booking)
    # Two answers at once must not both count too little.
    lock_subjects(call.session, subjects_of(booking.resident_id, booking.household_id))
    offering, was = _offering(call, question)
    offer = offering.offer_of(was, space_id, starts_at, ends_at)
    if offer is None or ends_at - starts_at != was.ends_at - was.starts_at or not offering.is_suitable(was, offer):
        raise TimeNotOffered()
    timetable = next(one for one in offering.timetables if one.space.id == space_id)
    space = spaces.find_space(call.session, space_id)  # the one in the timetable may come from a cache
    assert space is not None  # noqa: S101 - spaces are never deleted
    booking.check_approval(space, call.acting)
    previous = booking.space, booking.starts_at, booking.ends_at
    asker = asker_of(call, booking)
    booking.move_to(space, starts_at, ends_at, call.now)
    booking.mark(**timetable.asked_by(asker).marks())
    if not bookings.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    keep_equipment(call, booking, "without")
    question.settle("another", call.now, by=by)
    facts: dict[str, Any] = place_before(booking, *previous) | {"moved_by": by} | about_equipment(booking)
    moved = booking_message("booking.rescheduled.v1", booking, call.now, **facts)
    outbox.add(call.session, moved, settled_message(question, call.now))
    return question


def _offering(call: Call, question: DateQuestion) -> tuple[Offering, Booking]:
    """Offers around the time before the closure, and the booking as it was then. What it has now counts as free. Four
    statements, and one for a rule about no-shows. Raises InvalidField."""
    if question.kind != MOVED or question.moved_from is None:
        raise InvalidField(INVALID, "question_id")
    booking, moved_from = question.booking, question.moved_from
    times = datetime.fromisoformat(moved_from["starts_at"]), datetime.fromisoformat(moved_from["ends_at"])
    window = max(call.now, times[0] - AROUND), max(times[1], booking.ends_at) + AROUND
    found = spaces.load_centre_timetables(call.session, booking.community_id, *window, section=None, kind=None)
    timetables = [timetable.opened() for timetable in found]
    previous = (one.space for one in timetables if str(one.space.id) == moved_from["space_id"])
    was = _as_it_was(booking, next(previous, booking.space), *times)
    claims = bookings.blocked_spans(call.session, timetables, *window, call.now)
    free = without_hit(timetables, claims, [booking])
    return Offering(
        timetables,
        free,
        call.now,
        suits=_rules(call, booking, timetables, window[0]),
        gives=lambda _, space: _is_given(space, call.acting),
        asks=lambda one: asker_of(call, one),
    ), was


def _rules(call: Call, booking: Booking, timetables: Sequence[Timetable], since: datetime) -> Suits:
    """Whether the resident has nothing else at a time, and whether it is within the limits and the rule about no-shows. A rule
    that the booking breaks as it is does not count."""
    others = OtherTimes(call, [booking], timetables[0], since)
    standings = standings_of_many(call, [one.space for one in timetables], [booking.resident_id])

    def suits(one: Booking, timetable: Timetable, starts_at: datetime, ends_at: datetime) -> bool:
        standing = standings.get((timetable.space.id, one.resident_id))
        if standing is not None and not standing.allows(ends_at, timetable) and standing.allows(one.ends_at, timetable):
            return False
        return others.suits(one, timetable, starts_at, ends_at)

    return suits


def _is_given(space: Space, acting: Identity) -> bool:
    return not space.needs_approval or space.is_approver(acting)


def _as_it_was(booking: Booking, space: Space, starts_at: datetime, ends_at: datetime) -> Booking:
    """The booking at its time before the closure, to compare others with. It is never stored."""
    return Booking(
        id=booking.id,
        community_id=booking.community_id,
        space_id=space.id,
        space=space,
        resident_id=booking.resident_id,
        household_id=booking.household_id,
        home_id=booking.home_id,
        for_elder=booking.is_for_elder_in(space),
        attendees=booking.attendees,
        starts_at=starts_at,
        ends_at=ends_at,
    )
