"""What a reminder does when its booking or registration changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.notify.reminders.changes import DROP, EXPECT, change_of
from services.notify.reminders.models import Reminder, hash_of
from services.notify.routing.messages import BOOKING_READERS, EVENTS_READERS

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 1, tzinfo=UTC)


def reminder() -> Reminder:
    return Reminder(subject_type="booking", subject_id=UUID(int=7), version=0, state="dropped")


def expect(one: Reminder, starts_at: datetime = SATURDAY, told_at: datetime = NOW, **content: Any) -> Reminder:
    one.expect(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), content=content, told_at=told_at, zone=ZONE)
    return one


def test_it_waits_for_the_evening_before() -> None:
    one = expect(reminder())
    assert (one.state, one.due_at) == ("waiting", datetime(2026, 3, 6, 18, tzinfo=ZONE))


def test_another_start_is_another_reminder_also_after_the_first_was_sent() -> None:
    one = expect(reminder())
    first = one.notice_id
    one.send()
    expect(one, SATURDAY + timedelta(days=1))
    assert (one.state, one.due_at) == ("waiting", datetime(2026, 3, 7, 18, tzinfo=ZONE))
    assert one.notice_id != first


def test_another_place_at_the_same_time_is_not_reminded_again_and_its_link_is_void() -> None:
    one = expect(reminder(), place="before")
    one.send()
    one.new_secret()
    expect(one, place="now")
    assert (one.state, one.content, one.secret_hash) == ("sent", {"place": "now"}, None)


def test_the_same_start_has_the_same_notice_whoever_makes_it() -> None:
    assert expect(reminder()).notice_id == expect(reminder()).notice_id
    notice = expect(reminder()).notice_id
    assert notice is not None and notice.version == 7


def test_what_is_dropped_has_no_link() -> None:
    one = expect(reminder())
    one.send()
    secret = one.new_secret()
    assert one.secret_hash == hash_of(secret) and len(secret) >= 22
    one.drop()
    assert (one.state, one.secret_hash) == ("dropped", None)


def test_what_was_dropped_can_be_expected_again() -> None:
    one = expect(reminder())
    one.drop()
    assert expect(one).state == "waiting"


def test_who_was_told_just_now_is_not_reminded() -> None:
    assert expect(reminder(), NOW + timedelta(hours=2)).state == "dropped"


def test_an_offer_is_due_at_once_each_one_anew_and_void_when_it_expires() -> None:
    one = Reminder(subject_type="wait", subject_id=UUID(int=7), version=0, state="dropped")
    until = NOW + timedelta(hours=2)

    def offer(offer_id: str) -> None:
        times = {"starts_at": SATURDAY, "ends_at": SATURDAY + timedelta(hours=1), "answer_by": until}
        one.expect(**times, content={"offer_id": offer_id}, told_at=NOW, zone=ZONE)

    offer("1")
    first = one.notice_id
    assert (one.state, one.due_at, one.until) == ("waiting", NOW, until)
    assert not one.is_over(until - timedelta(seconds=1)) and one.is_over(until)
    one.send()
    one.new_secret()
    offer("1")
    assert one.state == "sent", "heard again"
    offer("2")
    assert (one.state, one.secret_hash) == ("waiting", None) and one.notice_id != first


# Staff are told of the list of a day. Each date of a series, and each registration of an event, has a message of its own.
OF_MANY = {"club_event.cancelled.v1", "club_event.rooms_refused.v1"} | {
    one
    for one in BOOKING_READERS
    if ".series_" in one or ".ticket_" in one or ".day_" in one or ".lottery_" in one or ".approvers_" in one
}


@pytest.mark.parametrize("type_", sorted({*BOOKING_READERS, *EVENTS_READERS} - OF_MANY))
def test_every_message_about_a_booking_or_registration_changes_something(type_: str) -> None:
    assert change_of(type_, {}) in (EXPECT, DROP)


def test_who_waits_for_seats_is_not_reminded() -> None:
    assert change_of("registration.moved.v1", {"state": "waitlisted"}) == DROP
    assert change_of("registration.moved.v1", {"state": "confirmed"}) == EXPECT
    assert change_of("registration.waitlisted.v1", {}) == DROP
    assert change_of("club_event.cancelled.v1", {}) is None
