"""See questions, answer them, and decide which series are asked."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from chassis.rpc.rules import INVALID
from services.booking.access import HELPERS, account, looked_at, narrowed, serves
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import booking_message
from services.booking.bookings.messages import staff_reason as words_of
from services.booking.bookings.models import Booking
from services.booking.interface.questions import MOVED
from services.booking.ledger import storage as ledger
from services.booking.questions import storage
from services.booking.questions.messages import settled_message
from services.booking.questions.models import DateQuestion
from services.booking.series import storage as series_storage
from services.booking.series.dates import SeriesShown
from services.booking.series.models import Series
from services.booking.series.use_cases.find_series import check_visible, shown


def list_questions(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    series_id: UUID | None = None,
    booking_id: UUID | None = None,
    closure_id: UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
) -> Page[DateQuestion]:
    """`scope` is `mine` for questions to the caller and about the caller's children, or `desk` for those of the communities in
    which it works. Raises Unauthenticated, Forbidden, InvalidField."""
    communities, resident_ids = looked_at(call.acting, scope)
    return storage.list_questions(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        series_id=series_id,
        booking_id=booking_id,
        closure_id=closure_id,
        state=state,
        limit=limit,
        cursor=cursor,
    )


def get_question(call: Call, *, question_id: UUID) -> DateQuestion:
    """Raises Unauthenticated, or NotFound for a question about a booking that the caller may not see."""
    account(call.acting)
    question = storage.find(call.session, question_id)
    if question is None or not question.booking.is_seen_by(call.acting):
        raise NotFound(question_id=str(question_id))
    return question


def answer_question(call: Call, *, question_id: UUID, answer: str, expected_version: int | None = None) -> DateQuestion:
    """Settle an open question (ANSWERS), and announce it. `not_needed` also cancels the booking, whatever its cancel deadline.
    `all_needed` also stops asking about its series. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    QuestionSettled, NotCancellable, or InvalidField for `all_needed` if a closure moved the booking."""
    account(call.acting)
    if (place := storage.place_of(call.session, question_id)) is None:
        raise NotFound(question_id=str(question_id))
    booking_id, series_id = place
    wanted = series_id if answer == "all_needed" else None
    # Series come before bookings in the order of locks, and bookings before questions.
    series = series_storage.find_series(call.session, wanted, lock=True) if wanted else None
    booking = bookings.find_booking(call.session, booking_id, lock=True)
    if booking is None or not booking.is_seen_by(call.acting):
        raise NotFound(question_id=str(question_id))
    by = booking.role_of(call.acting)
    question = storage.lock(call.session, question_id, booking)
    question.expect_version(expected_version)
    question.check_open()
    if question.kind == MOVED and answer == "all_needed":
        raise InvalidField(INVALID, "answer")
    if answer == "not_needed":
        _give_back(call, booking, by)
    question.settle("not_needed" if answer == "not_needed" else "needed", call.now, by=by)
    outbox.add(call.session, settled_message(question, call.now))
    if series is not None:
        series.stop_asking("all_needed", call.now, by=account(call.acting))
        _end_open(call, series, "needed", by)
    return question


def lock_question(call: Call, question_id: UUID, expected_version: int | None) -> DateQuestion:
    """An open question that the caller may answer, with its booking; both locked. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch, QuestionSettled."""
    account(call.acting)
    place = storage.place_of(call.session, question_id)
    booking = bookings.find_booking(call.session, place[0], lock=True) if place else None
    if booking is None or not booking.is_seen_by(call.acting):
        raise NotFound(question_id=str(question_id))
    booking.role_of(call.acting)
    question = storage.lock(call.session, question_id, booking)
    question.expect_version(expected_version)
    question.check_open()
    return question


def exempt_series(call: Call, *, series_id: UUID, reason: str, expected_version: int | None = None) -> SeriesShown:
    """Stop asking about a series, with a reason. Open questions end. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch."""
    series = _lock(call, series_id, expected_version)
    if not serves(call.acting, series.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    series.stop_asking("exempt", call.now, by=account(call.acting), reason=reason)
    _end_open(call, series, "void", None)
    return shown(call, series)


def ask_series(call: Call, *, series_id: UUID, expected_version: int | None = None) -> SeriesShown:
    """Ask about a series again. Residents do not take back what the desk decided. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch."""
    series = _lock(call, series_id, expected_version)
    series.role_of(call.acting)
    if series.not_asked == "exempt" and not serves(call.acting, series.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    series.ask_again()
    return shown(call, series)


def _lock(call: Call, series_id: UUID, expected_version: int | None) -> Series:
    series = check_visible(call, series_storage.find_series(call.session, series_id, lock=True), series_id)
    series.expect_version(expected_version)
    return series


def _give_back(call: Call, booking: Booking, by: str) -> None:
    booking.give_back(call.now, by=by, unneeded="not_needed")
    ledger.release(call.session, booking.holder)
    facts = {"cancelled_by": by, "unneeded": "not_needed"} | words_of("asked" if by == "staff" else None)
    outbox.add(call.session, booking_message("booking.cancelled.v1", booking, call.now, **facts))


def _end_open(call: Call, series: Series, state: str, by: str | None) -> None:
    """End the other open questions about dates of the series."""
    for question in storage.lock_open_of(call.session, series.id):
        question.settle(state, call.now, by=by)
        outbox.add(call.session, settled_message(question, call.now))
