"""Messages about questions. They carry ids, times and public names only. Call these after the change."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS
from services.booking.questions.models import DateQuestion


def _message(type_: str, question: DateQuestion, occurred_at: datetime, **facts: Any) -> Message:
    """A message of `type_` about a question, with its booking and space loaded. The subject is the question. `facts` are the
    fields that only this type has."""
    booking = question.booking
    shared: dict[str, Any] = {
        "question_id": question.id,
        "booking_id": booking.id,
        "series_id": booking.series_id,
        "space_id": booking.space_id,
        "space_name": booking.space.name,
        "section": booking.space.section,
        "resident_id": booking.resident_id,
        "starts_at": question.starts_at,
        "ends_at": question.ends_at,
        "answer_by": question.answer_by,
    }
    if question.moved_from is not None:
        was = question.moved_from
        shared |= {
            "closure_id": question.closure_id,
            "closure_reason": was["reason"],
            "previous_space_name": was["space_name"],
            "previous_starts_at": was["starts_at"],
            "previous_ends_at": was["ends_at"],
            "frees": question.frees,
        }
    return CONTRACTS.message(
        type_,
        aggregate_id=question.id,
        version=question.version,
        community_id=question.community_id,
        occurred_at=occurred_at,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )


def asked_message(question: DateQuestion, occurred_at: datetime) -> Message:
    return _message("booking.need_asked.v1", question, occurred_at)


def settled_message(question: DateQuestion, occurred_at: datetime) -> Message:
    return _message("booking.need_settled.v1", question, occurred_at, outcome=question.state)
