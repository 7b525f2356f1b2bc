"""The rules of one session: who moves up, how small it may get, when it takes registrations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.refusal import Refusal
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.interface.refusals import (
    AlreadyCancelled,
    AlreadyOver,
    CapacityTooLow,
    NotDraft,
    NotPublished,
    RegistrationClosed,
    RegistrationNotCancellable,
    SessionInPast,
    TooManySeats,
)
from services.events.registrations.models import Registration, promote_in_order

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_session(capacity: int = 8, starts_in: timedelta = 24 * HOUR, **more: object) -> ClubSession:
    starts_at = NOW + starts_in
    given = {"registration_opens_at": NOW, "registration_closes_at": starts_at, "open": True, **more}
    return ClubSession(community_id="liuyi", starts_at=starts_at, ends_at=starts_at + 2 * HOUR, capacity=capacity, **given)


def waits(session: ClubSession, seats: int, queue_no: int = 1) -> Registration:
    return Registration(
        community_id="liuyi", session=session, seats=seats, state="waitlisted", queue_no=queue_no, created_at=NOW
    )


def make_club_event(*sessions: ClubSession, state: str = "draft") -> ClubEvent:
    published_at = NOW if state == "published" else None
    club_event = ClubEvent(community_id="liuyi", state=state, published_at=published_at, cancelled_at=None)
    club_event.sessions = list(sessions or [make_session(open=False)])
    return club_event


@given(capacity=st.integers(1, 12), taken=st.integers(0, 12), wishes=st.lists(st.integers(1, 4), max_size=10))
def test_the_longest_front_of_the_queue_that_fits_moves_up(capacity: int, taken: int, wishes: list[int]) -> None:
    taken = min(taken, capacity)
    session = make_session(capacity, taken=taken, waiting=len(wishes))
    queue = [waits(session, seats, number) for number, seats in enumerate(wishes)]
    promoted = promote_in_order(queue)
    served = max(n for n in range(len(wishes) + 1) if taken + sum(wishes[:n]) <= capacity)
    assert promoted == queue[:served]
    assert (session.taken, session.waiting) == (taken + sum(wishes[:served]), len(wishes) - served)
    assert [registration.state for registration in queue] == ["confirmed"] * served + ["waitlisted"] * (len(wishes) - served)
    assert all(registration.version == 2 for registration in promoted)


def test_no_seats_are_left_for_a_newcomer_while_somebody_waits() -> None:
    assert make_session(8, taken=5).seats_left == 3
    assert make_session(8, taken=5, waiting=1).seats_left == 0


@pytest.mark.parametrize(("capacity", "allowed"), [(2, False), (3, False), (4, True), (20, True)])
def test_a_session_stays_large_enough_for_what_is_taken_and_for_the_largest_that_waits(capacity: int, allowed: bool) -> None:
    session = make_session(8, taken=3, waiting=1)
    if allowed:
        session.resize(capacity, largest_waiting=4)
        assert session.capacity == capacity
    else:
        with pytest.raises(CapacityTooLow):
            session.resize(capacity, largest_waiting=4)
        assert session.capacity == 8


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (-HOUR, "not_open_yet"),
        (10 * HOUR, "closed"),
        (24 * HOUR, "started"),
        (0 * HOUR, None),
        (10 * HOUR - timedelta(seconds=1), None),
    ],
)
def test_the_window_is_half_open(after: timedelta, reason: str | None) -> None:
    session = make_session(registration_closes_at=NOW + 10 * HOUR)
    if reason is None:
        session.check_takes(1, NOW + after)
        return
    with pytest.raises(RegistrationClosed) as refusal:
        session.check_takes(1, NOW + after)
    assert refusal.value.details["reason"] == reason


def test_a_session_takes_no_party_larger_than_itself_and_none_before_publication() -> None:
    with pytest.raises(TooManySeats):
        make_session(2).check_takes(3, NOW)
    club_event = make_club_event()
    with pytest.raises(NotPublished) as refusal:
        club_event.sessions[0].check_takes(1, NOW)
    assert refusal.value.details == {"state": "draft"}


def test_publishing_opens_every_session_and_cancelling_closes_them() -> None:
    club_event = make_club_event(make_session(open=False), make_session(starts_in=48 * HOUR, open=False))
    club_event.publish(NOW)
    assert (club_event.state, club_event.version, club_event.announced) == ("published", 2, True)
    assert [session.open for session in club_event.sessions] == [True, True]
    club_event.cancel(NOW, "下雨")
    assert (club_event.state, club_event.version, club_event.announced) == ("cancelled", 3, True)
    assert [session.open for session in club_event.sessions] == [False, False]


@pytest.mark.parametrize("state", ["published", "cancelled"])
def test_only_a_draft_is_revised_or_published(state: str) -> None:
    club_event = make_club_event(state=state)
    for change in (lambda: club_event.revise({"location": "二楼"}), lambda: club_event.publish(NOW)):
        with pytest.raises(NotDraft):
            change()
    assert club_event.version == 1


def test_what_is_cancelled_or_over_is_not_cancelled() -> None:
    with pytest.raises(AlreadyCancelled):
        make_club_event(state="cancelled").cancel(NOW, "…")
    with pytest.raises(AlreadyOver):
        make_club_event(state="published").cancel(NOW + 26 * HOUR, "…")
    make_club_event(state="published").cancel(NOW + 25 * HOUR, "…")  # it is still on


def test_sessions_are_kept_in_order_of_time_and_must_lie_ahead() -> None:
    late, early = make_session(starts_in=48 * HOUR), make_session()
    club_event = make_club_event()
    club_event.schedule([late, early], NOW)
    assert club_event.sessions == [early, late]
    assert club_event.first_starts_at == early.starts_at
    with pytest.raises(SessionInPast):
        club_event.schedule([make_session(starts_in=0 * HOUR)], NOW)


def test_a_registration_is_cancelled_once() -> None:
    session = make_session(taken=5, waiting=2)
    registration = waits(session, 2)
    registration.cancel(NOW, by="staff")
    assert (registration.version, registration.cancelled_by, registration.cancelled_at) == (2, "staff", NOW)
    with pytest.raises(RegistrationNotCancellable):
        registration.cancel(NOW, by="staff")
    assert registration.version == 2
    assert (session.taken, session.waiting) == (5, 1)


def test_nobody_withdraws_once_the_session_has_started() -> None:
    session = make_session(taken=5, waiting=2)
    registration = waits(session, 2)
    with pytest.raises(RegistrationNotCancellable) as refusal:
        registration.withdraw(session.starts_at, by="resident")
    assert refusal.value.details == {"state": "waitlisted", "starts_at": session.starts_at.isoformat()}
    registration.withdraw(session.starts_at - timedelta(seconds=1), by="resident")
    assert (registration.state, session.waiting) == ("cancelled", 1)


def test_cancelling_gives_back_seats_or_the_place_in_the_queue() -> None:
    session = make_session(taken=2, waiting=2)
    waits(session, 3).cancel(NOW, by="staff")
    assert (session.taken, session.waiting) == (2, 1)
    seated = waits(session, 3)
    seated.promote()
    assert (session.taken, session.waiting) == (5, 0)
    seated.cancel(NOW, by="staff")
    assert (session.taken, session.waiting) == (2, 0)


def test_every_refusal_has_a_code_of_its_own_and_speaks_both_languages() -> None:
    from services.events.interface import refusals

    ours = [thing for thing in vars(refusals).values() if isinstance(thing, type) and issubclass(thing, Refusal)]
    ours.remove(Refusal)
    assert len({refusal.code for refusal in ours}) == len(ours) >= 10
    for refusal in ours:
        assert refusal.code.startswith("events.")
        assert refusal().text("en") != refusal().text("zh-CN")
