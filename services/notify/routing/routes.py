"""The routes: who is notified of a message, with which template, and whether by SMS. One table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

Data = Mapping[str, Any]
SubstituteOf = Callable[[UUID], UUID | None]


def nobody(account_id: UUID) -> None:
    """The `substitute_of` of an office where nobody is on leave."""
    return


@dataclass(frozen=True, slots=True)
class Route:
    """The account in the message's field `to`, or each account of the list there, is notified with `template`, in the app and
    by e-mail, and with `sms` also by SMS. Nobody is notified if the field is null (an anonymous reporter) or `when` returns
    False. If that person is on leave, the substitute is notified too, with the template `substitute`. Accounts in the field
    `unless` are left out: another route tells them. Members of staff who have muted `about` (STAFF_MESSAGES) are left out."""

    template: str
    to: str
    sms: bool = False
    when: Callable[[Data], bool] | None = None
    substitute: str = ""
    unless: str = ""
    about: str = ""


def _single(data: Data) -> bool:
    """Of dates of a series that change together, the message about the series tells the resident."""
    return not data.get("told_by_series")


def _won(data: Data) -> bool:
    """The entry to a lottery has won something."""
    return bool(data["won"])


def _won_nothing(data: Data) -> bool:
    return not _won(data)


def _unanswered(data: Data) -> bool:
    """Nobody answered whether the date is still needed, so the centre freed it."""
    return bool(data.get("unneeded") == "no_answer")


def _date_freed(data: Data) -> bool:
    return _unanswered(data) and not data.get("closure_reason")


def _move_unanswered(data: Data) -> bool:
    """Nobody answered whether the time suits to which a closure moved the booking."""
    return _unanswered(data) and bool(data.get("closure_reason"))


def _given(data: Data) -> bool:
    """A booking that nobody had to agree to."""
    return _single(data) and not data.get("told_by_lottery") and not data.get("accepted")


def _accepted(data: Data) -> bool:
    return _single(data) and bool(data.get("accepted"))


def _withdrawn(data: Data) -> bool:
    return _single(data) and bool(data["cancelled_by"] == "resident")


def _called_off(data: Data) -> bool:
    """Nobody is told that one of two registrations of the same resident has ended."""
    by_staff = data["cancelled_by"] != "resident" and not _by_system(data)
    return _single(data) and by_staff and data.get("reason") != "merged" and not _unanswered(data)


def _by_system(data: Data) -> bool:
    """Another system acted for the resident, who may not know of it."""
    return bool(data["cancelled_by"] == "system")


def _displaced(data: Data) -> bool:
    """A closure was in its way, and no question tells the resident."""
    return bool(data.get("closure_reason")) and not data.get("asked")


def _moved(data: Data) -> bool:
    return _single(data) and not data.get("closure_reason") and not _moved_by_staff(data)


def _moved_by_staff(data: Data) -> bool:
    return _single(data) and data.get("moved_by") == "staff"


def _ended_by_staff(data: Data) -> bool:
    """Residents who end their own booking know of it."""
    return bool(data["ended_by"] == "staff")


def _short_of_equipment(data: Data) -> bool:
    """Nobody asked for it."""
    return bool(data["changed_by"] == "shortage")


def _equipped_by_staff(data: Data) -> bool:
    return bool(data["changed_by"] == "staff")


def _granted(data: Data) -> bool:
    """An appeal against a no-show."""
    return bool(data["outcome"] == "granted")


def _passed(data: Data) -> bool:
    """No place came free in time."""
    return bool(data["because"] == "passed")


def _lapsed(data: Data) -> bool:
    """The offer was not answered in time."""
    return not _passed(data)


def _closed_by_staff(data: Data) -> bool:
    """Reporters who close their own case know of it."""
    return bool(data["closed_by"] == "staff")


def _phone(*changes: str) -> Callable[[Data], bool]:
    """Whether the phones of an account were changed in one of these ways."""
    return lambda data: data["change"] in changes


def _begun(data: Data) -> bool:
    """Later versions say that it was ended early, which the person on leave tells the substitute, or the admin does."""
    return bool(data["version"] == 1)


def _substitute_lost(data: Data) -> bool:
    return data.get("ended_because") == "substitute_unfit"


def _for_staff(template: str, about: str, *, unless: str = "") -> Route:
    """To the staff of a space, who are told of dates of a series together, as the resident is."""
    return Route(template, "staff_ids", when=_single, about=about, unless=unless)


def _by_another(data: Data) -> bool:
    """Not the handler of the case."""
    return not data.get("by_handler")


def _of_case(template: str) -> Route:
    """To the staff of the desk, the supervisors or the department, without who did it."""
    return Route(template, "staff_ids", about="cases")


def _handler_of_case(template: str) -> Route:
    """To the handler, and during leave the substitute, too."""
    return Route(template, "handler_id", when=_by_another, substitute=template)


_HANDLER: Final = Route("case_assigned", "handler_id", when=_by_another, substitute="case_assigned_to_absent")

# The first words of the message types that notify subscribes to, by service.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "booking": ("booking",),
    "cases": ("case",),
    "events": ("registration", "club_event"),
    "gateway": ("account", "substitution"),
}

ROUTES: Final[Mapping[str, tuple[Route, ...]]] = {
    "booking.confirmed.v1": (
        Route("booking_confirmed", "resident_id", when=_given),
        Route("booking_accepted", "resident_id", when=_accepted, sms=True),
        _for_staff("staff_booking_new", "new"),
    ),
    "booking.requested.v1": (
        Route("booking_requested", "resident_id", when=_single),
        Route("booking_to_approve", "approver_ids", when=_single),
        _for_staff("booking_to_approve", "requests", unless="approver_ids"),
    ),
    "booking.declined.v1": (Route("booking_declined", "resident_id", when=_single, sms=True),),
    "booking.request_lapsed.v1": (Route("booking_request_lapsed", "resident_id", sms=True),),
    "booking.rescheduled.v1": (
        Route("booking_rescheduled", "resident_id", when=_moved),
        Route("booking_moved_by_centre", "resident_id", when=_moved_by_staff, sms=True),
        Route("booking_displaced", "resident_id", when=_displaced, sms=True),
        _for_staff("staff_booking_moved", "changes"),
    ),
    "booking.ended_early.v1": (Route("booking_ended_by_centre", "resident_id", when=_ended_by_staff),),
    "booking.no_show.v1": (Route("booking_no_show", "resident_id"), _for_staff("staff_no_show", "no_shows")),
    "booking.approvers_left.v1": (Route("staff_approvers_left", "staff_ids"),),
    "booking.day_listed.v1": (_for_staff("staff_day_list", "tomorrow"),),
    "booking.appeal_answered.v1": (
        Route("booking_appeal_granted", "resident_id", when=_granted),
        Route("booking_appeal_refused", "resident_id", when=lambda data: not _granted(data)),
    ),
    "booking.no_show_undone.v1": (Route("booking_no_show_undone", "resident_id"),),
    "booking.equipment_changed.v1": (
        Route("booking_equipment_short", "resident_id", when=_short_of_equipment, sms=True),
        Route("booking_equipment_by_centre", "resident_id", when=_equipped_by_staff),
    ),
    "booking.cancelled.v1": (
        Route("booking_cancelled", "resident_id", when=_withdrawn),
        Route("booking_cancelled_by_system", "resident_id", when=_by_system, sms=True),
        Route("booking_called_off", "resident_id", when=_called_off, sms=True),
        Route("booking_freed", "resident_id", when=_date_freed, sms=True),
        Route("booking_not_kept", "resident_id", when=_move_unanswered, sms=True),
        _for_staff("staff_booking_cancelled", "changes"),
    ),
    # The question itself is sent as reminders are, because it has a link.
    "booking.need_asked.v1": (),
    "booking.need_settled.v1": (),
    "booking.series_requested.v1": (
        Route("series_requested", "resident_id"),
        Route("series_to_approve", "approver_ids"),
        _for_staff("series_to_approve", "requests", unless="approver_ids"),
    ),
    "booking.series_accepted.v1": (
        Route("series_accepted", "resident_id", sms=True),
        _for_staff("staff_series_new", "new"),
    ),
    "booking.series_declined.v1": (Route("series_declined", "resident_id", sms=True),),
    "booking.series_booked.v1": (Route("series_booked", "resident_id"), _for_staff("staff_series_new", "new")),
    "booking.series_changed.v1": (
        Route("series_changed", "resident_id", when=_moved),
        Route("series_changed_by_centre", "resident_id", when=_moved_by_staff, sms=True),
        _for_staff("staff_series_changed", "changes"),
    ),
    "booking.series_cancelled.v1": (
        Route("series_cancelled", "resident_id", when=_withdrawn),
        Route("series_called_off", "resident_id", when=_called_off, sms=True),
        _for_staff("staff_series_cancelled", "changes"),
    ),
    "booking.lottery_entered.v1": (Route("lottery_entered", "resident_id"),),
    # Of the bookings that were won, this message tells, once.
    "booking.lottery_drawn.v1": (
        Route("lottery_won", "resident_id", when=_won, sms=True),
        Route("lottery_lost", "resident_id", when=_won_nothing, sms=True),
    ),
    "booking.lottery_cancelled.v1": (Route("lottery_cancelled", "resident_id", sms=True),),
    # A minute late it would be of no use, so it goes to the phone.
    "booking.ticket_near.v1": (Route("ticket_near", "resident_id", sms=True),),
    "booking.ticket_lapsed.v1": (Route("ticket_lapsed", "resident_id"),),
    "case.reported.v1": (_of_case("case_new"),),
    "case.accepted.v1": (Route("case_accepted", "reporter_id"),),
    "case.declined.v1": (Route("case_declined", "reporter_id"),),
    "case.dispatched.v1": (Route("case_dispatched", "reporter_id"), _HANDLER, _of_case("case_for_department")),
    "case.handed_over.v1": (_HANDLER,),
    "case.returned.v1": (_of_case("case_returned"),),
    "case.settled.v1": (Route("case_settled", "reporter_id", sms=True),),
    "case.closed.v1": (Route("case_closed", "reporter_id", when=_closed_by_staff),),
    "case.reopened.v1": (Route("case_reopened", "reporter_id"), _of_case("staff_case_reopened")),
    "case.disputed.v1": (_of_case("case_disputed"),),
    "case.upheld.v1": (Route("case_upheld", "reporter_id"), _of_case("staff_case_upheld")),
    "case.asked.v1": (Route("case_asked", "reporter_id", sms=True),),
    "case.answered.v1": (_handler_of_case("case_answered"), _of_case("case_answered")),
    "case.suspended.v1": (
        Route("case_suspended", "reporter_id"),
        _handler_of_case("staff_case_suspended"),
        _of_case("staff_case_suspended"),
    ),
    "case.resumed.v1": (_handler_of_case("case_resumed"), _of_case("case_resumed")),
    "case.voided.v1": (
        Route("case_voided", "reporter_id"),
        _handler_of_case("staff_case_voided"),
        _of_case("staff_case_voided"),
    ),
    "case.withdrawn.v1": (_handler_of_case("case_withdrawn"), _of_case("case_withdrawn")),
    # The offer itself is sent by reminders, which make the link for its answer.
    "booking.wait_offered.v1": (),
    "booking.wait_unfulfilled.v1": (
        Route("wait_unfulfilled", "resident_id", when=_passed, sms=True),
        Route("wait_lapsed", "resident_id", when=_lapsed, sms=True),
    ),
    "registration.confirmed.v1": (Route("registration_confirmed", "resident_id"),),
    "registration.waitlisted.v1": (Route("registration_waitlisted", "resident_id"),),
    "registration.promoted.v1": (Route("registration_promoted", "resident_id", sms=True),),
    "registration.cancelled.v1": (
        Route("registration_cancelled", "resident_id", when=_withdrawn),
        Route("registration_called_off", "resident_id", when=_called_off, sms=True),
    ),
    "registration.moved.v1": (Route("registration_moved", "resident_id", sms=True),),
    "club_event.rooms_refused.v1": (Route("rooms_refused", "organiser_id"),),
    # Each registration is cancelled, too, and its registration.cancelled.v1 notifies the resident.
    "club_event.cancelled.v1": (),
    "account.erasure_requested.v1": (Route("account_erasure_requested", "account_id", sms=True),),
    # The phone that gets no more text messages is told by contact_points, which knows both.
    "account.phones_changed.v1": (
        Route("phone_added", "account_id", when=_phone("added"), sms=True),
        Route("phone_removed", "account_id", when=_phone("removed"), sms=True),
        Route("phone_moved", "account_id", when=_phone("moved"), sms=True),
        Route("phone_main", "account_id", when=_phone("main_chosen")),
    ),
    "account.factor_changed.v1": (Route("factor_changed", "account_id"),),
    # The inbox cannot be read until the resident agrees again, so the confirmation is an SMS, too.
    "account.consent_withdrawn.v1": (Route("account_consent_withdrawn", "account_id", sms=True),),
    "substitution.arranged.v1": (
        Route("substitution", "substitute_id", when=_begun),
        Route("substitution_ended", "account_id", when=_substitute_lost),
    ),
}


def types_of(source: str) -> tuple[str, ...]:
    """The message types of a service that notify subscribes to."""
    return tuple(type_ for type_ in ROUTES if type_.split(".", 1)[0] in KINDS[source])


def subject_of(type_: str, data: Data) -> tuple[str, UUID]:
    """Kind and id of the thing that the message is about: `("booking", <booking_id>)`."""
    if type_.startswith("booking.series_"):
        return "series", data["series_id"]
    if type_ == "booking.approvers_left.v1":
        return "space", data["space_id"]
    if type_ == "booking.day_listed.v1":
        return "day_list", data["day_list_id"]
    if type_.startswith("booking.lottery_"):
        return "lottery", data["lottery_id"]
    if type_.startswith("booking.ticket_"):
        return "ticket", data["ticket_id"]
    if type_.startswith("booking.need_"):
        return "question", data["question_id"]
    if type_.startswith("booking.wait_"):
        return "wait", data["wait_id"]
    kind = type_.split(".", 1)[0]
    return kind, data[f"{kind}_id"]


def routes_of(type_: str, data: Data, substitute_of: SubstituteOf = nobody) -> Iterator[tuple[UUID, Route]]:
    """The accounts to notify, with the route of each, sorted by account id. Every transaction locks recipients in this
    order, so that no two of them deadlock. `substitute_of` returns who does the work of an account that is on leave."""
    found = [(data.get(route.to), route) for route in ROUTES[type_] if route.when is None or route.when(data)]
    told = [
        (account, route)
        for to, route in found
        for account in (to if isinstance(to, list) else [to])
        if account is not None and account not in data.get(route.unless, ())
    ]
    for account, route in tuple(told):
        if route.substitute and (substitute := substitute_of(account)) is not None:
            told.append((substitute, replace(route, template=route.substitute)))
    yield from sorted(told, key=lambda pair: pair[0])
