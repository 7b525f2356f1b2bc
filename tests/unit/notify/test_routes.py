"""Who is told of what."""

from typing import Any
from uuid import UUID

import pytest

from services.notify.routing.routes import routes_of, subject_of, types_of

LOW, HIGH, THING = UUID(int=1), UUID(int=2), UUID(int=3)


def templates_to(type_: str, **data: Any) -> list[tuple[UUID, str, bool]]:
    return [(account, route.template, route.sms) for account, route in routes_of(type_, data)]


@pytest.mark.parametrize(
    ("type_", "cancelled_by", "told_with"),
    [
        ("booking.cancelled.v1", "resident", ("booking_cancelled", False)),
        ("booking.cancelled.v1", "staff", ("booking_called_off", True)),
        ("booking.cancelled.v1", "system", ("booking_cancelled_by_system", True)),
        ("booking.cancelled.v1", "somebody new", ("booking_called_off", True)),
        ("registration.cancelled.v1", "resident", ("registration_cancelled", False)),
        ("registration.cancelled.v1", "staff", ("registration_called_off", True)),
    ],
)
def test_what_the_centre_cancelled_is_told_by_sms_too(type_: str, cancelled_by: str, told_with: tuple[str, bool]) -> None:
    assert templates_to(type_, resident_id=LOW, cancelled_by=cancelled_by) == [(LOW, *told_with)]


def test_who_is_on_leave_is_told_when_the_substitute_is_lost() -> None:
    people = {"account_id": LOW, "substitute_id": HIGH}
    assert templates_to("substitution.arranged.v1", version=1, **people) == [(HIGH, "substitution", False)]
    assert templates_to("substitution.arranged.v1", version=2, **people) == []
    lost = templates_to("substitution.arranged.v1", version=2, ended_because="substitute_unfit", **people)
    assert lost == [(LOW, "substitution_ended", False)]


@pytest.mark.parametrize(
    ("moved", "told_with"),
    [
        ({}, ("booking_rescheduled", False)),  # messages of earlier releases
        ({"moved_by": "resident"}, ("booking_rescheduled", False)),
        ({"moved_by": "system"}, ("booking_rescheduled", False)),
        ({"moved_by": "staff"}, ("booking_moved_by_centre", True)),
        ({"closure_reason": {"zh-CN": "设备维护"}}, ("booking_displaced", True)),
    ],
)
def test_what_the_centre_moved_is_told_by_sms_too(moved: dict[str, Any], told_with: tuple[str, bool]) -> None:
    assert templates_to("booking.rescheduled.v1", resident_id=LOW, **moved) == [(LOW, *told_with)]


def test_who_is_asked_whether_the_new_time_suits_is_told_by_the_question() -> None:
    moved = {"closure_reason": {"zh-CN": "设备维护"}, "asked": True}
    assert templates_to("booking.rescheduled.v1", resident_id=LOW, **moved) == []
    freed = {"cancelled_by": "staff", "unneeded": "no_answer"}
    assert templates_to("booking.cancelled.v1", resident_id=LOW, **freed, **moved) == [(LOW, "booking_not_kept", True)]
    assert templates_to("booking.cancelled.v1", resident_id=LOW, **freed) == [(LOW, "booking_freed", True)]


def test_who_did_not_come_is_told_and_also_when_that_was_wrong() -> None:
    for by in ("job", "staff"):
        assert templates_to("booking.no_show.v1", resident_id=LOW, marked_by=by) == [(LOW, "booking_no_show", False)]
    for outcome in ("granted", "refused"):
        told = templates_to("booking.appeal_answered.v1", resident_id=LOW, outcome=outcome)
        assert told == [(LOW, f"booking_appeal_{outcome}", False)]
    assert templates_to("booking.no_show_undone.v1", resident_id=LOW) == [(LOW, "booking_no_show_undone", False)]


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("resident", []),
        ("staff", [(LOW, "booking_equipment_by_centre", False)]),
        ("shortage", [(LOW, "booking_equipment_short", True)]),
    ],
)
def test_who_loses_equipment_is_told_by_sms_too(by: str, told: list[Any]) -> None:
    assert templates_to("booking.equipment_changed.v1", resident_id=LOW, changed_by=by) == told


@pytest.mark.parametrize(
    ("type_", "by"),
    [
        ("booking.confirmed.v1", {}),
        ("booking.confirmed.v1", {"accepted": True}),
        ("booking.requested.v1", {"approver_ids": []}),
        ("booking.declined.v1", {}),
        ("booking.rescheduled.v1", {"moved_by": "resident"}),
        ("booking.rescheduled.v1", {"moved_by": "staff"}),
        ("booking.cancelled.v1", {"cancelled_by": "resident"}),
        ("booking.cancelled.v1", {"cancelled_by": "staff"}),
    ],
)
def test_of_dates_that_change_together_nobody_is_told_one_by_one(type_: str, by: dict[str, Any]) -> None:
    assert templates_to(type_, resident_id=LOW, told_by_series=True, **by) == []
    assert len(templates_to(type_, resident_id=LOW, told_by_series=False, **by)) == 1


@pytest.mark.parametrize(
    ("type_", "by", "template", "sms"),
    [
        ("booking.series_booked.v1", {}, "series_booked", False),
        ("booking.series_requested.v1", {"approver_ids": []}, "series_requested", False),
        ("booking.series_accepted.v1", {}, "series_accepted", True),
        ("booking.series_declined.v1", {}, "series_declined", True),
        ("booking.series_changed.v1", {"moved_by": "resident"}, "series_changed", False),
        ("booking.series_changed.v1", {"moved_by": "staff"}, "series_changed_by_centre", True),
        ("booking.series_cancelled.v1", {"cancelled_by": "resident"}, "series_cancelled", False),
        ("booking.series_cancelled.v1", {"cancelled_by": "staff"}, "series_called_off", True),
    ],
)
def test_the_resident_is_told_of_a_series_once(type_: str, by: dict[str, Any], template: str, sms: bool) -> None:
    assert templates_to(type_, resident_id=LOW, **by) == [(LOW, template, sms)]
    assert subject_of(type_, {"series_id": THING}) == ("series", THING)


def test_only_what_staff_ended_is_told() -> None:
    assert templates_to("booking.ended_early.v1", resident_id=LOW, ended_by="resident") == []
    assert templates_to("booking.ended_early.v1", resident_id=LOW, ended_by="staff") == [
        (LOW, "booking_ended_by_centre", False)
    ]


def test_an_anonymous_reporter_is_not_told() -> None:
    assert templates_to("case.settled.v1", reporter_id=None) == []
    assert templates_to("case.settled.v1", reporter_id=LOW) == [(LOW, "case_settled", True)]


def test_who_closes_their_own_case_is_not_told() -> None:
    assert templates_to("case.closed.v1", reporter_id=LOW, closed_by="reporter") == []
    assert templates_to("case.closed.v1", reporter_id=LOW, closed_by="staff") == [(LOW, "case_closed", False)]


@pytest.mark.parametrize(
    ("step", "template", "sms"),
    [("asked", "case_asked", True), *((step, f"case_{step}", False) for step in ("suspended", "upheld", "voided"))],
)
def test_the_reporter_hears_of_the_steps_beside_the_way(step: str, template: str, sms: bool) -> None:
    assert templates_to(f"case.{step}.v1", reporter_id=LOW, handler_id=HIGH, by_handler=True) == [(LOW, template, sms)]


@pytest.mark.parametrize("step", ["answered", "withdrawn"])
def test_the_handler_hears_of_what_the_reporter_did(step: str) -> None:
    assert templates_to(f"case.{step}.v1", reporter_id=LOW, handler_id=HIGH) == [(HIGH, f"case_{step}", False)]
    assert templates_to(f"case.{step}.v1", reporter_id=LOW, handler_id=None) == []


def test_the_owner_of_an_account_is_told_of_its_factors() -> None:
    data = {"account_id": LOW, "change": "removed", "factors": ["totp"], "changed_by": "admin"}
    assert templates_to("account.factor_changed.v1", **data) == [(LOW, "factor_changed", False)]
    assert subject_of("account.factor_changed.v1", data) == ("account", LOW)


def test_a_withdrawn_consent_is_confirmed_by_sms_because_the_inbox_is_closed() -> None:
    data = {"account_id": LOW, "withdrawn_at": "2026-11-27T01:00:00+00:00"}
    assert templates_to("account.consent_withdrawn.v1", **data) == [(LOW, "account_consent_withdrawn", True)]
    assert subject_of("account.consent_withdrawn.v1", data) == ("account", LOW)


def test_recipients_come_in_the_order_of_their_ids() -> None:
    """Two transactions that lock the same people must not do it in different orders."""
    expected = [(LOW, "case_assigned", False), (HIGH, "case_dispatched", False)]
    assert templates_to("case.dispatched.v1", reporter_id=HIGH, handler_id=LOW) == expected


def test_a_reporter_who_handles_the_case_is_told_both() -> None:
    assert [t for _, t, _ in templates_to("case.dispatched.v1", reporter_id=LOW, handler_id=LOW)] == [
        "case_dispatched",
        "case_assigned",
    ]


def test_a_date_without_an_answer_is_told_as_such_and_not_as_called_off() -> None:
    freed = {"resident_id": LOW, "cancelled_by": "staff", "unneeded": "no_answer"}
    assert templates_to("booking.cancelled.v1", **freed) == [(LOW, "booking_freed", True)]
    said_no = {"resident_id": LOW, "cancelled_by": "resident", "unneeded": "not_needed"}
    assert templates_to("booking.cancelled.v1", **said_no) == [(LOW, "booking_cancelled", False)]
    assert templates_to("booking.need_asked.v1", resident_id=LOW) == []


def test_everybody_registered_is_told_by_their_registration_and_not_twice() -> None:
    assert templates_to("club_event.cancelled.v1", club_event_id=THING) == []


def test_subjects_are_what_the_type_is_about() -> None:
    assert subject_of("registration.promoted.v1", {"registration_id": THING}) == ("registration", THING)
    assert subject_of("booking.wait_unfulfilled.v1", {"wait_id": THING}) == ("wait", THING)
    assert subject_of("case.closed.v1", {"case_id": THING}) == ("case", THING)


def test_who_waited_in_vain_is_told_why() -> None:
    for because, template in (("passed", "wait_unfulfilled"), ("unanswered", "wait_lapsed")):
        told = templates_to("booking.wait_unfulfilled.v1", wait_id=THING, resident_id=THING, because=because)
        assert told == [(THING, template, True)]


def test_each_approver_is_told_of_a_request_and_the_resident_too() -> None:
    told = templates_to("booking.requested.v1", resident_id=HIGH, approver_ids=[THING, LOW])
    assert told == [
        (LOW, "booking_to_approve", False),
        (HIGH, "booking_requested", False),
        (THING, "booking_to_approve", False),
    ]
    assert templates_to("booking.requested.v1", resident_id=LOW, approver_ids=[]) == [(LOW, "booking_requested", False)]


def test_an_accepted_request_is_told_as_such() -> None:
    assert templates_to("booking.confirmed.v1", resident_id=LOW, accepted=True) == [(LOW, "booking_accepted", True)]
    assert templates_to("booking.confirmed.v1", resident_id=LOW, accepted=False) == [(LOW, "booking_confirmed", False)]


def test_of_a_lottery_everybody_is_told_once_whether_won_or_not() -> None:
    entry = {"lottery_id": THING, "resident_id": LOW}
    assert templates_to("booking.confirmed.v1", resident_id=LOW, told_by_lottery=True) == []
    assert templates_to("booking.lottery_drawn.v1", won=[{"space_name": {}}], **entry) == [(LOW, "lottery_won", True)]
    assert templates_to("booking.lottery_drawn.v1", won=[], **entry) == [(LOW, "lottery_lost", True)]
    assert templates_to("booking.lottery_entered.v1", **entry) == [(LOW, "lottery_entered", False)]
    assert templates_to("booking.lottery_cancelled.v1", **entry) == [(LOW, "lottery_cancelled", True)]
    assert subject_of("booking.lottery_drawn.v1", entry) == ("lottery", THING)


def test_the_admins_are_told_that_a_space_has_lost_its_approvers() -> None:
    data = {"space_id": THING, "staff_ids": [LOW, HIGH]}
    told = templates_to("booking.approvers_left.v1", **data)
    assert told == [(LOW, "staff_approvers_left", False), (HIGH, "staff_approvers_left", False)]
    assert subject_of("booking.approvers_left.v1", data) == ("space", THING)


def test_each_service_is_heard_by_its_own_types() -> None:
    assert types_of("booking") == (
        "booking.confirmed.v1",
        "booking.requested.v1",
        "booking.declined.v1",
        "booking.request_lapsed.v1",
        "booking.rescheduled.v1",
        "booking.ended_early.v1",
        "booking.no_show.v1",
        "booking.approvers_left.v1",
        "booking.day_listed.v1",
        "booking.appeal_answered.v1",
        "booking.no_show_undone.v1",
        "booking.equipment_changed.v1",
        "booking.cancelled.v1",
        "booking.need_asked.v1",
        "booking.need_settled.v1",
        "booking.series_requested.v1",
        "booking.series_accepted.v1",
        "booking.series_declined.v1",
        "booking.series_booked.v1",
        "booking.series_changed.v1",
        "booking.series_cancelled.v1",
        "booking.lottery_entered.v1",
        "booking.lottery_drawn.v1",
        "booking.lottery_cancelled.v1",
        "booking.ticket_near.v1",
        "booking.ticket_lapsed.v1",
        "booking.wait_offered.v1",
        "booking.wait_unfulfilled.v1",
    )
    assert "club_event.cancelled.v1" in types_of("events")
    assert len(types_of("cases")) == 17


def test_a_resident_is_told_of_the_ticket_and_by_phone_if_it_is_urgent() -> None:
    data = {"ticket_id": THING, "resident_id": LOW}
    assert templates_to("booking.ticket_near.v1", **data) == [(LOW, "ticket_near", True)]
    assert templates_to("booking.ticket_lapsed.v1", **data) == [(LOW, "ticket_lapsed", False)]
    assert subject_of("booking.ticket_near.v1", data) == ("ticket", THING)


@pytest.mark.parametrize(
    ("type_", "data", "template"),
    [
        ("booking.confirmed.v1", {}, "staff_booking_new"),
        ("booking.confirmed.v1", {"accepted": True}, "staff_booking_new"),
        ("booking.cancelled.v1", {"cancelled_by": "resident"}, "staff_booking_cancelled"),
        ("booking.rescheduled.v1", {"moved_by": "staff"}, "staff_booking_moved"),
        ("booking.no_show.v1", {}, "staff_no_show"),
        ("booking.series_booked.v1", {}, "staff_series_new"),
        ("booking.series_cancelled.v1", {"cancelled_by": "staff"}, "staff_series_cancelled"),
    ],
)
def test_staff_of_the_space_are_told_once_and_not_of_each_date_of_a_series(
    type_: str, data: dict[str, Any], template: str
) -> None:
    assert (HIGH, template, False) in templates_to(type_, resident_id=LOW, staff_ids=[HIGH], **data)
    if not type_.startswith("booking.series") and "no_show" not in type_:
        told = templates_to(type_, resident_id=LOW, staff_ids=[HIGH], told_by_series=True, **data)
        assert HIGH not in {account for account, *_ in told}


def test_who_approves_a_request_is_not_told_of_it_twice() -> None:
    told = templates_to("booking.requested.v1", resident_id=LOW, approver_ids=[HIGH], staff_ids=[HIGH, THING])
    assert told == [
        (LOW, "booking_requested", False),
        (HIGH, "booking_to_approve", False),
        (THING, "booking_to_approve", False),
    ]
