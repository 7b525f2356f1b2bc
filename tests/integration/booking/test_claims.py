"""Claims of other services: all or nothing, in whatever order their requests arrive."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from services.booking.calendar.models import SpaceException
from services.booking.claims.messages import ClaimRequestedRead
from services.booking.claims.models import Asked, ClaimedTime, ClaimRequest
from services.booking.claims.use_cases import answer_request
from services.booking.interface.refusals import SpaceTaken
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, NOW, clocks, local

TITLE = {"zh-CN": "乒乓球趣味赛", "en": "Table tennis for fun"}
WINDOW = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + timedelta(days=1), "00:00")}


class Requester:
    """A service with one claim. `ask` numbers its requests, and returns booking's answer (type, data), or None if there is
    none."""

    def __init__(self, centre: Centre, community_id: str = "liuyi") -> None:
        self.centre, self.community_id, self.claim_id, self.number = centre, community_id, uuid4(), 0

    def outcome(self, *times: Asked) -> str:
        """What its first request gets, beside others at the same time."""
        with transaction(self.centre.engine) as session:
            asked = {"requester": "events", "title": None, "expires_at": None, "request": 1, "times": times}
            answer_request(Call(session, NOW), claim_id=self.claim_id, community_id="liuyi", **asked)  # type: ignore[arg-type]
        with reading(self.centre.engine) as session:
            return session.get_one(ClaimRequest, self.claim_id).outcome

    def ask(self, *times: Asked, number: int | None = None, now: datetime = NOW, **more: Any) -> tuple[str, Any] | None:
        self.number += 1
        before = len(self.centre.published())
        given = {"requester": "events", "title": TITLE, "expires_at": None, **more}
        with transaction(self.centre.engine) as session:
            answer_request(
                Call(session, now),
                claim_id=self.claim_id,
                community_id=self.community_id,
                request=number or self.number,
                times=times,
                **given,
            )
        answers = self.centre.published()[before:]
        assert len(answers) <= 1
        return (answers[0].type, answers[0].data) if answers else None


def time_of(*spaces: Space, start: str = "10:00", end: str = "11:00", holder: UUID | None = None, people: int = 4) -> Asked:
    """On Monday, at local times."""
    ids = tuple(space.id for space in spaces)
    return Asked(holder or uuid4(), ids, local(MONDAY, start), local(MONDAY, end), people)


def held(centre: Centre) -> dict[UUID, str]:
    """Local times by holder, as the table of claimed times has them; the ledger must agree."""
    with reading(centre.engine) as session:
        times = session.scalars(select(ClaimedTime)).all()
    assert {claim.holder_id for claim in centre.claims() if claim.holder_kind == "session"} == {t.holder_id for t in times}
    return {t.holder_id: clocks([(int(t.starts_at.timestamp()), int(t.ends_at.timestamp()))])[0] for t in times}


def reasons(answer: tuple[str, Any] | None) -> dict[str, str]:
    assert answer is not None and answer[0] == "booking.claim_refused.v1"
    return {one["holder_id"]: one["reason"] for one in answer[1]["refusals"]}


def test_a_granted_claim_blocks_its_time_and_says_what_it_has(centre: Centre) -> None:
    room = centre.add_space(buffer_after_minutes=30)
    first, second = time_of(centre.court), time_of(room, start="14:00", end="16:00")
    kind, answer = Requester(centre).ask(first, second) or ("", {})
    assert kind == "booking.claim_granted.v1"
    assert [one["holder_id"] for one in answer["times"]] == [str(first.holder_id), str(second.holder_id)]
    with pytest.raises(SpaceTaken):
        centre.book("10:30", "11:30")
    with pytest.raises(SpaceTaken):
        centre.book("16:00", "17:00", space=room)
    assert centre.book("16:30", "17:30", space=room).state == "confirmed"
    assert held(centre) == {first.holder_id: "10:00-11:00", second.holder_id: "14:00-16:00"}


def test_all_or_nothing_and_every_time_that_fails_is_named(centre: Centre) -> None:
    room = centre.add_space()
    centre.book("10:00", "11:00", space=room)
    good, taken, night = time_of(centre.court), time_of(room), time_of(centre.court, start="03:00", end="04:00")
    answer = Requester(centre).ask(good, taken, night)
    assert reasons(answer) == {str(taken.holder_id): "booking.space_taken", str(night.holder_id): "booking.closed"}
    assert held(centre) == {}
    assert centre.book("10:00", "11:00").state == "confirmed"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"start": "03:00", "end": "04:00"}, "booking.closed"),
        ({"start": "12:30", "end": "13:30"}, "booking.closed"),
        ({"people": 500}, "booking.over_capacity"),
    ],
)
def test_rules_that_bind_a_session(centre: Centre, wish: dict[str, Any], reason: str) -> None:
    asked = time_of(centre.court, **wish)
    assert reasons(Requester(centre).ask(asked)) == {str(asked.holder_id): reason}


def test_rules_of_residents_that_do_not_bind_a_session(centre: Centre) -> None:
    """Slot grid, longest booking, notice, horizon, and whom the space is open to."""
    room = centre.add_space(min_notice_minutes=60 * 48, horizon_days=0, max_minutes=30, open_to="community")
    assert (Requester(centre).ask(time_of(room, start="14:10", end="18:25")) or [""])[0] == "booking.claim_granted.v1"


def test_a_space_of_another_community_is_unknown(centre: Centre) -> None:
    elsewhere = centre.add_space(community_id="yuxin")
    nowhere = Asked(uuid4(), (uuid4(),), local(MONDAY, "10:00"), local(MONDAY, "11:00"), 2)
    asked = time_of(elsewhere)
    answer = Requester(centre).ask(asked, nowhere)
    assert set(reasons(answer).values()) == {"booking.unknown_space"} and len(reasons(answer)) == 2
    assert answer and all(one["alternatives"] == [] for one in answer[1]["refusals"])


def test_what_is_over_or_more_than_a_year_away_is_refused(centre: Centre) -> None:
    requester, asked = Requester(centre), time_of(centre.court)
    assert set(reasons(requester.ask(asked, now=local(MONDAY, "11:00"))).values()) == {"booking.in_past"}
    assert set(reasons(requester.ask(asked, now=NOW - timedelta(days=400))).values()) == {"booking.too_far"}
    running = requester.ask(asked, now=local(MONDAY, "10:30"))
    assert running and running[0] == "booking.claim_granted.v1"


def test_own_times_must_not_overlap_with_their_turnover(centre: Centre) -> None:
    room = centre.add_space(buffer_after_minutes=30)
    first, second = time_of(room), time_of(room, start="11:00", end="12:00")
    assert reasons(Requester(centre).ask(first, second)) == {str(second.holder_id): "booking.claims_overlap"}
    hall = centre.add_space(divisible=True)
    part = centre.add_space(parent_id=hall.id)
    twice = time_of(hall, part)
    assert reasons(Requester(centre).ask(twice)) == {str(twice.holder_id): "booking.claims_overlap"}


def test_several_spaces_at_once_and_the_parts_of_a_hall(centre: Centre) -> None:
    hall = centre.add_space(divisible=True)
    parts = [centre.add_space(parent_id=hall.id) for _ in range(2)]
    asked = time_of(hall, centre.court)
    assert (Requester(centre).ask(asked) or [""])[0] == "booking.claim_granted.v1"
    for space in (centre.court, hall, *parts):
        with pytest.raises(SpaceTaken):
            centre.book("10:00", "11:00", space=space)


def test_moving_frees_the_old_time_and_a_refused_move_keeps_it(centre: Centre) -> None:
    requester, holder = Requester(centre), uuid4()
    requester.ask(time_of(centre.court, holder=holder))
    centre.book("14:00", "15:00")
    refused = requester.ask(time_of(centre.court, start="14:00", end="15:00", holder=holder))
    assert reasons(refused) == {str(holder): "booking.space_taken"} and refused and refused[1]["held"] == [str(holder)]
    assert held(centre) == {holder: "10:00-11:00"}
    assert (requester.ask(time_of(centre.court, start="10:30", end="11:30", holder=holder)) or [""])[0].startswith(
        "booking.claim_g"
    )
    assert held(centre) == {holder: "10:30-11:30"}
    assert centre.book("10:00", "10:30").state == "confirmed"


def test_an_older_request_that_comes_late_changes_nothing(centre: Centre) -> None:
    requester, holder = Requester(centre), uuid4()
    early, late = time_of(centre.court, holder=holder), time_of(centre.court, start="14:00", end="15:00", holder=holder)
    requester.ask(late, number=2)
    assert requester.ask(early, number=1) is None
    assert held(centre) == {holder: "14:00-15:00"}


def test_the_release_of_an_unknown_claim_is_remembered(centre: Centre) -> None:
    requester = Requester(centre)
    assert requester.ask(number=2) == (
        "booking.claim_released.v1",
        {"claim_id": str(requester.claim_id), "request": 2, "requested_by": "events"},
    )
    assert requester.ask(time_of(centre.court), number=1) is None
    assert held(centre) == {}


def test_the_same_request_gets_the_same_answer(centre: Centre) -> None:
    requester, asked = Requester(centre), time_of(centre.court)
    first = requester.ask(asked, number=1)
    centre.book("14:00", "15:00")
    assert requester.ask(asked, number=1) == first
    other, lost = Requester(centre), time_of(centre.court)
    refused = other.ask(lost, number=1)
    requester.ask(number=2)
    assert reasons(refused) and other.ask(lost, number=1) == refused, "although the time is free now"
    assert held(centre) == {}


def test_releasing_frees_everything_but_what_is_over(centre: Centre) -> None:
    requester = Requester(centre)
    past, coming = time_of(centre.court), time_of(centre.court, start="14:00", end="15:00")
    requester.ask(past, coming)
    requester.ask(now=local(MONDAY, "12:00"))
    assert held(centre) == {past.holder_id: "10:00-11:00"}
    assert centre.book("14:00", "15:00").state == "confirmed"


def test_a_hold_expires_and_is_then_made_anew_or_lost(centre: Centre) -> None:
    requester, asked, until = Requester(centre), time_of(centre.court), NOW + timedelta(hours=1)
    held_answer = requester.ask(asked, expires_at=until)
    assert held_answer and held_answer[1]["expires_at"] == until.isoformat()
    with pytest.raises(SpaceTaken):
        centre.book("10:00", "11:00")
    confirmed = requester.ask(asked, now=NOW + timedelta(minutes=30))
    assert confirmed and confirmed[1]["expires_at"] is None
    requester.ask(asked, expires_at=until)
    again = requester.ask(asked, now=until + timedelta(minutes=1), expires_at=until + timedelta(hours=1))
    assert again and again[0] == "booking.claim_granted.v1"
    assert centre.book("10:00", "11:00", now=until + timedelta(hours=2)).state == "confirmed"
    assert set(reasons(requester.ask(asked, now=until + timedelta(hours=2))).values()) == {"booking.space_taken"}


def test_a_session_takes_a_time_whose_hold_has_expired(centre: Centre) -> None:
    Requester(centre).ask(time_of(centre.court), expires_at=NOW + timedelta(hours=1))
    granted = Requester(centre).ask(time_of(centre.court), now=NOW + timedelta(hours=2))
    assert granted and granted[0] == "booking.claim_granted.v1"


def test_changed_hours_do_not_take_what_a_session_has(centre: Centre) -> None:
    requester, asked = Requester(centre), time_of(centre.court)
    requester.ask(asked)
    with transaction(centre.engine) as session:
        session.add(SpaceException(space_id=centre.court.id, day=MONDAY, community_id="liuyi", hours=[]))
    more = time_of(centre.add_space())
    granted = requester.ask(asked, more)
    assert granted and granted[0] == "booking.claim_granted.v1"
    moved = time_of(centre.court, start="14:00", end="15:00", holder=asked.holder_id)
    assert reasons(requester.ask(moved, more)) == {str(asked.holder_id): "booking.closed"}


def test_alternatives_can_be_claimed_as_they_are(centre: Centre) -> None:
    beside, small = centre.add_space(), centre.add_space(capacity=1)
    centre.book("10:00", "11:00")
    other = time_of(centre.court, start="09:00", end="10:00")
    wanted = time_of(centre.court)
    answer = Requester(centre).ask(wanted, other)
    assert answer is not None
    (refusal,) = answer[1]["refusals"]
    offers = [(UUID(one["space_id"]), one["starts_at"], one["ends_at"]) for one in refusal["alternatives"]]
    assert len(offers) == 3 and {space_id for space_id, _, _ in offers} == {centre.court.id, beside.id}
    assert small.id not in {space_id for space_id, _, _ in offers}
    for space_id, starts_at, ends_at in offers:
        times = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
        requester = Requester(centre)
        granted = requester.ask(Asked(wanted.holder_id, (space_id,), *times, 4), other)
        assert granted and granted[0] == "booking.claim_granted.v1", offers
        requester.ask()


@pytest.mark.parametrize("crossed", [False, True])
def test_of_two_claims_at_once_one_is_granted(centre: Centre, crossed: bool) -> None:
    """Each wants two spaces, named in opposite order: no deadlock either."""
    room = centre.add_space()

    def ask(spaces: Sequence[Space]) -> str:
        return Requester(centre).outcome(*(time_of(space) for space in spaces))

    for _ in range(8):
        orders = [[centre.court, room], [room, centre.court] if crossed else [centre.court, room]]
        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(ask, orders))
        assert outcomes == ["granted", "refused"]
        with transaction(centre.engine) as session:
            session.execute(ClaimedTime.__table__.delete())  # type: ignore[attr-defined]
            session.connection().exec_driver_sql("DELETE FROM claim")


def test_a_claim_and_bookings_at_once(centre: Centre) -> None:
    def book(_: int) -> str:
        try:
            return str(centre.book("10:00", "11:00").state)
        except SpaceTaken:
            return "taken"

    def claim(_: int) -> str:
        return Requester(centre).outcome(time_of(centre.court))

    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(book if n % 2 else claim, n) for n in range(6)]
        outcomes = [future.result() for future in futures]
    assert sorted(outcomes).count("confirmed") + outcomes.count("granted") == 1


def test_the_calendar_shows_events_by_name(centre: Centre) -> None:
    room = centre.add_space(buffer_after_minutes=30)
    Requester(centre).ask(time_of(room), time_of(room, start="11:30", end="12:00"))
    Requester(centre).ask(time_of(room, start="15:00", end="16:00"), title=None)
    centre.book("17:00", "18:00", space=room)
    found = centre.do("get_availability", space_id=room.id, **WINDOW)
    told = [(clocks([(a, b)])[0], reason, title) for a, b, reason, title, _ in found.busy if reason not in ("closed", "past")]
    assert told == [
        ("09:30-10:00", "buffer", None),
        ("10:00-11:00", "event", TITLE),
        ("11:00-11:30", "buffer", None),
        ("11:30-12:00", "event", TITLE),
        ("14:30-15:00", "buffer", None),
        ("15:00-16:00", "event", None),
        ("16:00-17:00", "buffer", None),
        ("17:00-18:00", "booked", None),
        ("18:00-18:30", "buffer", None),
    ]
    assert clocks(found.free) == ["08:00-09:30", "14:00-14:30", "18:30-22:00"]
    free = dict(centre.do("get_centre_availability", **WINDOW))
    assert free[room.id] == found.free


def test_the_list_of_claimed_times_is_of_the_community_and_in_pages(centre: Centre) -> None:
    first, second = time_of(centre.court), time_of(centre.court, start="14:00", end="15:00")
    Requester(centre).ask(first, second)
    elsewhere = centre.add_space(community_id="yuxin")
    Requester(centre, "yuxin").ask(time_of(elsewhere))
    page = centre.do("list_claimed_times", limit=1, **WINDOW)
    rest = centre.do("list_claimed_times", cursor=page.next_cursor, **WINDOW)
    assert [t.holder_id for t in (*page.items, *rest.items)] == [first.holder_id, second.holder_id]
    assert rest.next_cursor is None and page.items[0].claim_request.title == TITLE
    assert centre.do("list_claimed_times", space_id=elsewhere.id, **WINDOW).items == []
    assert centre.do("list_claimed_times", start=WINDOW["end"], end=WINDOW["end"] + timedelta(days=1)).items == []


def test_a_request_is_read_from_its_contract_and_bad_ones_are_not(centre: Centre) -> None:
    sent = {
        "claim_id": str(uuid4()),
        "request": 1,
        "times": [
            {
                "holder_id": str(uuid4()),
                "starts_at": "2026-11-23T02:00:00+00:00",
                "ends_at": "2026-11-23T03:00:00+00:00",
                "people": 4,
                "resources": [{"kind": "space", "id": str(centre.court.id)}],
            }
        ],
    }
    read = ClaimRequestedRead().load(sent)
    assert read["times"][0].space_ids == (centre.court.id,) and read["title"] is None
    for wrong in ({"request": 0}, {"times": [sent["times"][0] | {"resources": []}]}, {"claim_id": "x"}):  # type: ignore[index]
        assert ClaimRequestedRead().validate(sent | wrong)


def test_the_claim_of_another_service_or_community_is_left_alone(centre: Centre) -> None:
    requester = Requester(centre)
    requester.ask(time_of(centre.court))
    with pytest.raises(ValueError, match="is of events"):
        requester.ask(requester="cases")
    requester.community_id = "yuxin"
    with pytest.raises(ValueError, match="in liuyi"):
        requester.ask()
    assert len(held(centre)) == 1
