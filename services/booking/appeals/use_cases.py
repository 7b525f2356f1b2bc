"""Appeal against a no-show, and answer. An answer, the excuse and the message about it are one transaction."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import DESK, HELPERS, account, narrowed, serves
from services.booking.appeals import storage
from services.booking.appeals.models import Appeal
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import booking_message
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible


def appeal_no_show(call: Call, *, booking_id: UUID, reason: str, text: str | None = None) -> Appeal:
    """The resident, or a guardian of theirs, says why. Raises Unauthenticated, NotFound, Forbidden, NotAppealable."""
    made_by = account(call.acting)
    booking = check_visible(call, bookings.find_booking(call.session, booking_id, lock=True), booking_id)
    if not call.acting.speaks_for(booking.resident_id):
        raise Forbidden(needs=["resident"])
    booking.appeal(call.now)
    appeal = Appeal(
        community_id=booking.community_id,
        booking_id=booking.id,
        booking=booking,
        resident_id=booking.resident_id,
        made_by=made_by,
        made_at=call.now,
        reason=reason,
        text=text,
        state="open",
    )
    call.session.add(appeal)
    return appeal


def get_appeal(call: Call, *, booking_id: UUID) -> Appeal:
    """Raises Unauthenticated, NotFound, also for an appeal that the caller may not see."""
    account(call.acting)
    appeal = storage.find_of_booking(call.session, booking_id)
    if appeal is None or not appeal.is_seen_by(call.acting):
        raise NotFound(booking_id=str(booking_id))
    return appeal


def list_appeals(
    call: Call, *, limit: int, state: str = "open", community_id: str | None = None, cursor: str | None = None
) -> Page[Appeal]:
    """Of the communities in which the caller works. Raises Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(*DESK)
    communities = narrowed(call.acting.reach, community_id)
    return storage.list_appeals(call.session, communities=communities, state=state, limit=limit, cursor=cursor)


def answer_appeal(
    call: Call, *, appeal_id: UUID, outcome: str, note: str | None = None, expected_version: int | None = None
) -> Appeal:
    """Excuse the no-show (`granted`), or refuse to. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    AppealAnswered."""
    by = account(call.acting)
    known = storage.find(call.session, appeal_id)
    if known is None or not known.is_seen_by(call.acting):
        raise NotFound(appeal_id=str(appeal_id))
    if not serves(call.acting, known.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    booking = bookings.find_booking(call.session, known.booking_id, lock=True)
    appeal = storage.find_of_booking(call.session, known.booking_id, lock=True)
    if booking is None or appeal is None:
        raise NotFound(appeal_id=str(appeal_id))
    appeal.answer(outcome, note, call.now, by=by)
    appeal.expect_version(None if expected_version is None else expected_version + 1)
    if outcome == "granted":
        booking.excuse(call.now)
    else:
        booking.changed()
    outbox.add(call.session, booking_message("booking.appeal_answered.v1", booking, call.now, outcome=outcome))
    return appeal


def settle_undone(call: Call, booking: Booking) -> None:
    """The no-show of `booking`, which is locked, was undone: an open appeal is granted. `booking.no_show_undone.v1` tells."""
    appeal = storage.find_of_booking(call.session, booking.id, lock=True)
    if appeal is not None and appeal.decided_at is None:
        appeal.answer("granted", None, call.now, by=account(call.acting))
