"""An offer to somebody who waits: told at once in every way, with a link that answers it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.notify.interface.refusals import ReminderLinkVoid
from services.notify.reminders.models import Reminder
from services.notify.reminders.use_cases import get_reminded
from tests.integration.notify.conftest import GATEWAY, Post, account_id
from tests.integration.notify.test_reminders import HOUR, choose, hear, remind, told

MORNING = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai
WAIT = uuid4()


def offer(**over: Any) -> dict[str, Any]:
    usual = {
        "wait_id": WAIT,
        "resident_id": account_id("wang"),
        "space_name": {"zh-CN": "羽毛球1号场", "en": "Badminton court 1"},
        "starts_at": datetime(2026, 3, 7, 1, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 7, 2, tzinfo=UTC),
        "earlier": False,
        "offer_id": uuid4(),
        "expires_at": MORNING + 2 * HOUR,
    }
    return usual | over


def test_it_is_told_at_once_also_to_who_wants_no_reminders_and_again_for_the_next_offer(post: Post) -> None:
    choose(post, "off")
    hear(post, "booking.wait_offered.v1", 2, offer(), MORNING)
    assert "in_app" in {one.channel for one in remind(post, MORNING)}
    assert remind(post, MORNING) == []
    hear(post, "booking.wait_offered.v1", 2, offer(), MORNING)
    assert remind(post, MORNING) == [], "redelivered"
    hear(post, "booking.wait_offered.v1", 4, offer(), MORNING + HOUR)
    assert len(remind(post, MORNING + HOUR)) == 1
    assert told(post) == ["wait_reminder", "wait_reminder"]


def test_at_night_it_waits_for_the_morning_if_that_leaves_time_to_answer(post: Post) -> None:
    night = datetime(2026, 3, 2, 18, tzinfo=UTC)  # 2:00
    morning = datetime(2026, 3, 3, 0, tzinfo=UTC)  # 8:00
    hear(post, "booking.wait_offered.v1", 2, offer(expires_at=morning + 2 * HOUR), night)
    assert remind(post, night) == []
    assert len(remind(post, morning)) == 1
    hear(post, "booking.wait_offered.v1", 4, offer(expires_at=morning + timedelta(minutes=5)), night)
    assert len(remind(post, night)) == 1


def test_what_has_expired_is_not_told(post: Post) -> None:
    hear(post, "booking.wait_offered.v1", 2, offer(), MORNING)
    assert remind(post, MORNING + 2 * HOUR) == []


def test_the_end_of_the_wait_makes_the_link_void(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets: list[str] = []
    made = Reminder.new_secret

    def noted(one: Reminder) -> str:
        secrets.append(made(one))
        return secrets[-1]

    monkeypatch.setattr(Reminder, "new_secret", noted)
    monkeypatch.setattr("services.notify.reminders.sending.link_to", lambda *parts: "https://linli.example/" + "/".join(parts))
    wanted = offer()
    hear(post, "booking.wait_offered.v1", 2, wanted, MORNING)
    remind(post, MORNING)

    def behind(now: datetime) -> Any:
        with transaction(post.engine) as session:
            return get_reminded(Call(session, now, GATEWAY), secret=secrets[0])

    found = behind(MORNING)
    assert (found.subject_type, found.subject_id, found.offer_id) == ("wait", WAIT, wanted["offer_id"])
    assert found.answer_by == wanted["expires_at"]
    with pytest.raises(ReminderLinkVoid):
        behind(MORNING + 2 * HOUR)
    ended = {name: wanted[name] for name in ("wait_id", "resident_id", "space_name", "starts_at", "ends_at", "earlier")}
    hear(post, "booking.wait_unfulfilled.v1", 3, ended | {"because": "unanswered"}, MORNING)
    with pytest.raises(ReminderLinkVoid):
        behind(MORNING)
