"""Tolerant readers of the messages that notify subscribes to. They list only the fields that notify uses."""

from collections.abc import Mapping
from typing import Final

from marshmallow import EXCLUDE, Schema, fields

from services.notify.routing.routes import types_of


class Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class BookingRead(Tolerant):
    booking_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    told_by_series = fields.Boolean(load_default=False)
    door_code = fields.Boolean(load_default=False)
    staff_ids = fields.List(fields.UUID(), load_default=list)
    equipment_words = fields.Raw(load_default="")
    missing_equipment_words = fields.Raw(load_default="")


class BookingConfirmedRead(BookingRead):
    told_by_lottery = fields.Boolean(load_default=False)
    accepted = fields.Boolean(load_default=False)


class BookingRequestedRead(BookingRead):
    answer_by = fields.AwareDateTime(required=True)
    approver_ids = fields.List(fields.UUID(), load_default=list)
    previous_starts_at = fields.AwareDateTime(load_default=None)
    staff_reason = fields.Raw(load_default="")


class BookingDeclinedRead(BookingRead):
    reason_words = fields.Raw(required=True)
    alternatives = fields.List(fields.Raw(), load_default=list)


class SeriesRead(Tolerant):
    series_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    dates = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    last_starts_at = fields.AwareDateTime(required=True)
    staff_ids = fields.List(fields.UUID(), load_default=list)


class SeriesBookedRead(SeriesRead):
    refused = fields.Integer(required=True)


class SeriesRequestedRead(SeriesBookedRead):
    answer_by = fields.AwareDateTime(required=True)
    approver_ids = fields.List(fields.UUID(), load_default=list)


class SeriesAcceptedRead(SeriesRead):
    kept = fields.Integer(required=True)


class SeriesDeclinedRead(SeriesRead):
    reason_words = fields.Raw(required=True)


class SeriesChangedRead(SeriesRead):
    kept = fields.Integer(required=True)
    moved_by = fields.String(required=True)
    staff_reason = fields.Raw(load_default="")


class SeriesCancelledRead(SeriesRead):
    cancelled_by = fields.String(required=True)
    staff_reason = fields.Raw(load_default="")


class ApproversLeftRead(Tolerant):
    space_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    staff_ids = fields.List(fields.UUID(), required=True)


class ListedRead(Tolerant):
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    attendees = fields.Integer(required=True)
    number = fields.String(required=True)


class DayListedRead(Tolerant):
    day_list_id = fields.UUID(required=True)
    staff_ids = fields.List(fields.UUID(), required=True)
    day = fields.Date(required=True)
    corrects = fields.Boolean(required=True)
    count = fields.Integer(required=True)
    bookings = fields.List(fields.Nested(ListedRead), required=True)


class WaitRead(Tolerant):
    wait_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    earlier = fields.Boolean(required=True)


class WaitOfferedRead(WaitRead):
    offer_id = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True)


class WaitUnfulfilledRead(WaitRead):
    because = fields.String(required=True)


class LotteryRead(Tolerant):
    lottery_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    title = fields.Raw(required=True)


class LotteryTimeRead(Tolerant):
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class LotteryEnteredRead(LotteryRead):
    draws_at = fields.AwareDateTime(required=True)
    wishes = fields.List(fields.Nested(LotteryTimeRead), required=True)


class LotteryDrawnRead(LotteryRead):
    number = fields.Integer(required=True)
    won = fields.List(fields.Nested(LotteryTimeRead), required=True)
    still_free = fields.List(fields.Nested(LotteryTimeRead), required=True)


class LotteryCancelledRead(LotteryRead):
    reason_words = fields.Raw(required=True)


class TicketRead(Tolerant):
    ticket_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    queue_name = fields.Raw(required=True)
    ticket = fields.String(required=True)


class TicketNearRead(TicketRead):
    ahead = fields.Integer(required=True)


class BookingCancelledRead(BookingRead):
    cancelled_by = fields.String(required=True)
    closure_reason = fields.Raw(load_default="")
    staff_reason = fields.Raw(load_default="")
    unneeded = fields.String(load_default="")


class QuestionRead(Tolerant):
    question_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    answer_by = fields.AwareDateTime(required=True)
    closure_reason = fields.Raw(load_default="")
    previous_space_name = fields.Raw(load_default="")
    previous_starts_at = fields.AwareDateTime(load_default=None)
    previous_ends_at = fields.AwareDateTime(load_default=None)
    frees = fields.Boolean(load_default=True)


class BookingRescheduledRead(BookingRead):
    previous_starts_at = fields.AwareDateTime(required=True)
    previous_ends_at = fields.AwareDateTime(required=True)
    previous_space_name = fields.Raw(load_default="")
    closure_reason = fields.Raw(load_default="")
    asked = fields.Boolean(load_default=False)
    moved_by = fields.String(load_default="")
    staff_reason = fields.Raw(load_default="")


class BookingEndedEarlyRead(BookingRead):
    previous_ends_at = fields.AwareDateTime(required=True)
    ended_by = fields.String(required=True)


class BookingNoShowRead(BookingRead):
    previous_ends_at = fields.AwareDateTime(required=True)


class BookingEquipmentChangedRead(BookingRead):
    changed_by = fields.String(required=True)


class AppealAnsweredRead(BookingRead):
    outcome = fields.String(required=True)


class CaseRead(Tolerant):
    case_id = fields.UUID(required=True)
    number = fields.String(required=True)
    category_name = fields.Raw(required=True)
    reporter_id = fields.UUID(allow_none=True, load_default=None)
    handler_id = fields.UUID(allow_none=True, load_default=None)
    staff_ids = fields.List(fields.UUID(), load_default=list)
    by_handler = fields.Boolean(load_default=False)


class CaseDispatchedRead(CaseRead):
    department_name = fields.Raw(required=True)


class CaseClosedRead(CaseRead):
    closed_by = fields.String(required=True)


class RegistrationRead(Tolerant):
    registration_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    title = fields.Raw(required=True)
    location = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    seats = fields.Integer(required=True)


class RegistrationWaitlistedRead(RegistrationRead):
    position = fields.Integer(required=True)


class RegistrationCancelledRead(RegistrationRead):
    cancelled_by = fields.String(required=True)
    reason = fields.String(load_default="withdrawn")


class RegistrationMovedRead(RegistrationRead):
    state = fields.String(load_default="confirmed")
    previous_starts_at = fields.AwareDateTime(required=True)
    previous_ends_at = fields.AwareDateTime(required=True)
    previous_location = fields.Raw(required=True)


class ErasureRequestedRead(Tolerant):
    account_id = fields.UUID(required=True)
    due_at = fields.AwareDateTime(required=True)


class PhonesChangedRead(Tolerant):
    account_id = fields.UUID(required=True)
    change = fields.String(required=True)
    usable_from = fields.AwareDateTime(allow_none=True, load_default=None)


class ConsentWithdrawnRead(Tolerant):
    account_id = fields.UUID(required=True)
    withdrawn_at = fields.AwareDateTime(required=True)


class FactorChangedRead(Tolerant):
    account_id = fields.UUID(required=True)
    change = fields.String(required=True)
    factors = fields.List(fields.String(), required=True)
    changed_by = fields.String(required=True)
    changed_at = fields.AwareDateTime(required=True)


class ClubEventRead(Tolerant):
    club_event_id = fields.UUID(required=True)


class RoomsRefusedRead(ClubEventRead):
    organiser_id = fields.UUID(required=True)
    title = fields.Raw(required=True)
    published = fields.Boolean(required=True)
    starts_at = fields.AwareDateTime(required=True)
    message = fields.Raw(required=True)
    closure_id = fields.UUID(load_default=None)


class SubstitutionRead(Tolerant):
    substitution_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    account_id = fields.UUID(required=True)
    substitute_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    ended_because = fields.String(load_default=None)


# The types whose reader is not the usual one of their service.
_SPECIAL: Final[Mapping[str, type[Schema]]] = {
    "booking.confirmed.v1": BookingConfirmedRead,
    "booking.requested.v1": BookingRequestedRead,
    "booking.declined.v1": BookingDeclinedRead,
    "booking.series_requested.v1": SeriesRequestedRead,
    "booking.series_accepted.v1": SeriesAcceptedRead,
    "booking.series_declined.v1": SeriesDeclinedRead,
    "booking.cancelled.v1": BookingCancelledRead,
    "booking.rescheduled.v1": BookingRescheduledRead,
    "booking.ended_early.v1": BookingEndedEarlyRead,
    "booking.need_asked.v1": QuestionRead,
    "booking.need_settled.v1": QuestionRead,
    "booking.no_show.v1": BookingNoShowRead,
    "booking.equipment_changed.v1": BookingEquipmentChangedRead,
    "booking.appeal_answered.v1": AppealAnsweredRead,
    "booking.series_booked.v1": SeriesBookedRead,
    "booking.series_changed.v1": SeriesChangedRead,
    "booking.series_cancelled.v1": SeriesCancelledRead,
    "booking.wait_offered.v1": WaitOfferedRead,
    "booking.wait_unfulfilled.v1": WaitUnfulfilledRead,
    "booking.approvers_left.v1": ApproversLeftRead,
    "booking.day_listed.v1": DayListedRead,
    "booking.lottery_entered.v1": LotteryEnteredRead,
    "booking.lottery_drawn.v1": LotteryDrawnRead,
    "booking.lottery_cancelled.v1": LotteryCancelledRead,
    "booking.ticket_near.v1": TicketNearRead,
    "booking.ticket_lapsed.v1": TicketRead,
    "case.dispatched.v1": CaseDispatchedRead,
    "case.handed_over.v1": CaseDispatchedRead,
    "case.closed.v1": CaseClosedRead,
    "registration.waitlisted.v1": RegistrationWaitlistedRead,
    "registration.cancelled.v1": RegistrationCancelledRead,
    "registration.moved.v1": RegistrationMovedRead,
    "club_event.rooms_refused.v1": RoomsRefusedRead,
    "club_event.cancelled.v1": ClubEventRead,
}


def _readers(source: str, usual: type[Schema]) -> dict[str, type[Schema]]:
    return {type_: _SPECIAL.get(type_, usual) for type_ in types_of(source)}


BOOKING_READERS = _readers("booking", BookingRead)
CASES_READERS = _readers("cases", CaseRead)
EVENTS_READERS = _readers("events", RegistrationRead)
ACCOUNT_READERS: Final = {
    "account.erasure_requested.v1": ErasureRequestedRead,
    "account.phones_changed.v1": PhonesChangedRead,
    "account.factor_changed.v1": FactorChangedRead,
    "account.consent_withdrawn.v1": ConsentWithdrawnRead,
}
SUBSTITUTION_READERS: Final = {"substitution.arranged.v1": SubstitutionRead}
GATEWAY_READERS: Final = {**ACCOUNT_READERS, **SUBSTITUTION_READERS}
