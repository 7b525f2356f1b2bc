"""Lotteries: times that are reserved, entries, and a draw that everybody can repeat."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, VersionMismatch
from services.booking.bookings.models import Booking
from services.booking.calendar.revision import CalendarChanged
from services.booking.erasure import use_cases as erasure
from services.booking.interface.availability import Availability
from services.booking.interface.lotteries import Lottery as LotteryAnswer
from services.booking.interface.lottery_refusals import (
    DecidedByLottery,
    EntriesNotOpen,
    HouseholdEntered,
    LotteryFull,
    LotteryNotClosed,
    LotteryOver,
    NoTimes,
    TooManyTimes,
    WishUnknown,
)
from services.booking.interface.refusals import InPast, NotForYourCommunity, OverCapacity
from services.booking.lotteries import conducting, job, record
from services.booking.lotteries.models import Lottery, LotteryWin
from services.booking.lotteries.use_cases import enter_lottery
from services.booking.merged_accounts import moving
from services.booking.spaces.models import Space
from services.booking.spaces.storage import load_timetable
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.lotteries import ADMIN, CLOSES, DRAWS, OPENS, drawn, enter, make, resident, run_job
from tests.integration.booking.test_erasure import erase
from tests.integration.booking.test_limits import limit
from tests.integration.booking.test_no_show_rules import hall, missed, rule
from tests.patience import eventually
from tests.unit.booking.spaces import MONDAY, NOW, clocks, local

AVAILABILITY, LOTTERY = Availability(), LotteryAnswer()


def test_its_times_are_nobodys_until_the_draw_and_what_is_left_over_is_everybodys(centre: Centre) -> None:
    lottery = make(centre)
    assert clocks(centre.free()) == ["08:00-12:00", "14:00-18:00", "21:00-22:00"]
    with pytest.raises(DecidedByLottery) as refused:
        centre.book("19:00", "20:00")
    assert refused.value.details["lottery_id"] == str(lottery.id)
    enter(centre, lottery, 2)
    assert drawn(centre, lottery)["result"] == [{"entry": 1, "wishes": [{"time": 2, "outcome": "won", "round": 1}]}]
    assert clocks(centre.free(now=DRAWS)) == ["08:00-12:00", "14:00-19:00", "20:00-22:00"]
    assert centre.book("18:00", "19:00", now=DRAWS).state == "confirmed"


def test_what_was_won_is_booked_and_told_once(centre: Centre) -> None:
    lottery, winner, loser = make(centre), resident(), resident()
    entries = [enter(centre, lottery, 1, acting=one) for one in (winner, loser)]
    file = drawn(centre, lottery)
    assert record.replay(file) == record.canonical(file["result"])
    run_job(centre, DRAWS + timedelta(hours=1))
    told = [row for row in centre.published() if row.type == "booking.lottery_drawn.v1"]
    assert {row.data["entry_id"] for row in told} == {str(entry.id) for entry in entries} and len(told) == 2
    with reading(centre.engine) as session:
        (booking,) = session.scalars(select(Booking)).all()
        (win,) = session.scalars(select(LotteryWin)).all()
    assert (booking.starts_at, booking.ends_at) == (local(MONDAY, "18:00"), local(MONDAY, "19:00"))
    won, lost = sorted(told, key=lambda row: not row.data["won"])
    assert (win.booking_id, won.data["won"][0]["booking_id"]) == (booking.id, str(booking.id))
    assert won.data["resident_id"] == str(booking.resident_id)
    assert [one["starts_at"] for one in lost.data["still_free"]] == [
        local(MONDAY, clock).isoformat() for clock in ("19:00", "20:00")
    ]
    confirmed = [row for row in centre.published() if row.type == "booking.confirmed.v1"]
    assert [row.data["told_by_lottery"] for row in confirmed] == [True]


def test_a_plan_leaves_out_what_is_closed_or_taken(centre: Centre) -> None:
    centre.book("19:00", "20:00")
    lottery = make(centre, first_clock="20:00", last_clock="23:00")
    assert [local_hours(time) for time in lottery.times] == ["20:00-21:00", "21:00-22:00"] and lottery.left_out == 1
    assert [local_hours(time) for time in make(centre).times] == ["18:00-19:00"], "no time is in two lotteries"
    with pytest.raises(NoTimes):
        make(centre)


@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({"closes_at": NOW}, InPast),
        ({"minutes": 180}, InvalidField),  # the court is booked for two hours at most
        ({"first_clock": "18:10"}, InvalidField),  # not on the grid
        ({"draws_at": local(MONDAY, "18:00")}, InvalidField),
        ({"space_ids": [uuid4()]}, InvalidField),
        ({"community_id": "yuxin"}, InvalidField),
        ({"acting": resident()}, Forbidden),
        (
            {"first_day": MONDAY, "last_day": MONDAY + timedelta(days=92), "weekdays": [1, 2, 3, 4, 5, 6, 7], "minutes": 30},
            TooManyTimes,
        ),
    ],
)
def test_what_no_lottery_can_be(centre: Centre, over: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        make(centre, **over)
    assert clocks(centre.free())[-1] == "14:00-22:00"


def test_a_whole_reserves_its_parts_and_is_in_no_lottery_with_them(centre: Centre) -> None:
    hall = centre.add_space(divisible=True)
    half = centre.add_space(parent_id=hall.id)
    with pytest.raises(InvalidField):
        make(centre, space_ids=[hall.id, half.id])
    with pytest.raises(InvalidField):
        make(centre, space_ids=[centre.add_space(needs_approval=True).id])
    make(centre, space_ids=[half.id])
    for space in (hall, half):
        assert clocks(centre.free(space))[-1] == "21:00-22:00"
        with pytest.raises(DecidedByLottery):
            centre.book("20:00", "21:00", space=space)
    assert len(make(centre, space_ids=[], kind="court").times) == 3, "the half is reserved, the hall is a whole of parts"


def test_winners_have_their_turnover(centre: Centre) -> None:
    court = centre.add_space(buffer_after_minutes=30)
    lottery = make(centre, space_ids=[court.id], last_clock="19:00")
    assert clocks(centre.free(court))[1:] == ["14:00-17:30", "19:30-22:00"]
    with pytest.raises(DecidedByLottery):
        centre.book("17:00", "18:00", space=court)
    centre.book("16:30", "17:30", space=court)
    enter(centre, lottery, 1)
    assert drawn(centre, lottery)["gone"] == []


def test_all_times_of_a_space_with_turnover_can_be_won(centre: Centre) -> None:
    court = centre.add_space(buffer_before_minutes=15, buffer_after_minutes=30)
    lottery = make(centre, space_ids=[court.id, centre.court.id])
    assert [local_hours(one) for one in lottery.times if one.space_id == court.id] == ["18:00-19:00", "20:00-21:00"]
    starts = [one.starts_at for one in lottery.times]
    assert len(starts) == 5 and starts == sorted(starts)
    for _ in range(5):
        enter(centre, lottery, *range(1, 6))
    file = drawn(centre, lottery)
    assert file["gone"] == [] and len(centre.claims()) == 5
    assert record.replay(file) == record.canonical(file["result"])


def test_turnover_that_grew_takes_times_but_not_the_draw(centre: Centre) -> None:
    court = centre.add_space()
    lottery = make(centre, space_ids=[court.id])
    for _ in range(3):
        enter(centre, lottery, 1, 2, 3)
    with transaction(centre.engine) as session:
        session.execute(update(Space).where(Space.id == court.id).values(buffer_after_minutes=30))
    file = drawn(centre, lottery)
    assert file["gone"] == [2] and len(centre.claims()) == 2
    assert record.replay(file) == record.canonical(file["result"])


def test_a_lottery_that_fails_does_not_keep_the_next_from_its_draw(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make(centre, space_ids=[centre.add_space().id], draws_at=DRAWS - timedelta(minutes=1))
    second = make(centre)
    for lottery in (first, second):
        enter(centre, lottery, 1)
    prepare, tried = conducting.prepare, list[UUID]()

    def fail_for_first(call: Call, lottery: Lottery, *rest: Any) -> conducting.Conducted:
        tried.append(lottery.id)
        if lottery.id == first.id:
            raise CalendarChanged()
        return prepare(call, lottery, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(conducting, "prepare", fail_for_first)
        run_job(centre, DRAWS)
    assert tried == [first.id] * job.ATTEMPTS + [second.id], "it is not tried without end"
    assert [centre.do("get_lottery", lottery_id=one.id).state for one in (first, second)] == ["closed", "drawn"]
    run_job(centre, DRAWS)
    assert centre.do("get_lottery", lottery_id=first.id).state == "drawn"


def test_staff_may_book_its_times_with_a_reason_and_events_may_not_have_them(centre: Centre) -> None:
    lottery = make(centre)
    booking = centre.book("18:00", "19:00", centre.clerk, resident_id=uuid4(), beyond_reason="街道活动")
    assert booking.beyond_rules == ["booking.decided_by_lottery"]
    enter(centre, lottery, 1, 2)
    assert [one["outcome"] for one in drawn(centre, lottery)["result"][0]["wishes"]] == ["gone", "won"]
    other = make(centre, draws_at=DRAWS, first_day=MONDAY + timedelta(days=7), last_day=MONDAY + timedelta(days=7))
    with reading(centre.engine) as session:
        timetable = load_timetable(session, centre.court.id, other.first_starts_at, other.last_ends_at)
    assert timetable is not None
    with pytest.raises(DecidedByLottery):
        timetable.check_session(other.first_starts_at, other.last_ends_at, 2, NOW)
    span = (int(other.first_starts_at.timestamp()), int(other.last_ends_at.timestamp()))
    assert timetable.unclaimed([], *span) == []


def test_availability_names_the_lottery(centre: Centre) -> None:
    lottery = make(centre)
    window = {"start": local(MONDAY, "17:00"), "end": local(MONDAY, "22:00")}
    found = AVAILABILITY.dump(centre.do("get_availability", space_id=centre.court.id, **window))
    (busy,) = found["busy"]
    assert (busy["reason"], busy["lottery_id"]) == ("lottery", str(lottery.id))
    assert datetime.fromisoformat(busy["draws_at"]) == DRAWS
    wish = {"starts_at": local(MONDAY, "19:00"), "ends_at": local(MONDAY, "20:00")}
    found = centre.do("find_free_spaces", **wish)
    assert [one.starts_at for one in found.others] == [local(MONDAY, "17:00")] and found.items == []
    with pytest.raises(DecidedByLottery):
        centre.do("wait_for_space", centre.wang, space_id=centre.court.id, **wish)


def test_a_household_enters_once_and_may_change_its_mind(centre: Centre) -> None:
    lottery, household = make(centre), uuid4()
    wang, li = resident(household), resident(household)
    entry = enter(centre, lottery, 1, 2, acting=wang, attendees=2)
    with pytest.raises(HouseholdEntered):
        enter(centre, lottery, 3, acting=li)
    changed = enter(centre, lottery, 3, acting=wang)
    assert (changed.id, changed.wishes, changed.attendees, changed.version) == (entry.id, [3], 1, 2)
    assert enter(centre, lottery, 3, acting=wang).version == 2
    with pytest.raises(NotFound):
        centre.do("get_lottery_entry", resident(), entry_id=entry.id)
    with pytest.raises(NotFound):
        centre.do("withdraw_entry", resident(), entry_id=entry.id)
    centre.do("withdraw_entry", wang, entry_id=entry.id)
    assert enter(centre, lottery, 2, acting=li).state == "entered"
    assert centre.do("get_lottery", lottery_id=lottery.id).taking_part == 1


def test_a_lottery_is_full_at_some_number_of_entries(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enter_lottery, "MOST_ENTRIES", 2)
    lottery, wang = make(centre), resident()
    entry = enter(centre, lottery, 1, acting=wang)
    enter(centre, lottery, 1)
    with pytest.raises(LotteryFull):
        enter(centre, lottery, 1)
    assert enter(centre, lottery, 2, acting=wang).wishes == [2], "who has entered may change"
    centre.do("withdraw_entry", wang, entry_id=entry.id)
    assert enter(centre, lottery, 1).state == "entered"


def test_an_admin_closes_at_the_instant_at_which_entries_open(centre: Centre) -> None:
    lottery = make(centre)
    closed = centre.do("close_lottery", ADMIN, lottery_id=lottery.id, now=OPENS)
    assert closed.state == "closed" and closed.opens_at < closed.closes_at


def test_a_guardian_enters_for_a_child_and_a_clerk_for_a_resident(centre: Centre) -> None:
    lottery, child = make(centre), uuid4()
    guardian = replace(resident(), children=frozenset([str(child)]))
    assert enter(centre, lottery, 1, acting=guardian, resident_id=child).resident_id == child
    assert enter(centre, lottery, 1, acting=centre.clerk, resident_id=uuid4()).number is None
    with pytest.raises(Forbidden):
        enter(centre, lottery, 1, resident_id=uuid4())


@pytest.mark.parametrize(
    ("wishes", "more", "refusal"),
    [([4], {}, WishUnknown), ([1], {"attendees": 5}, OverCapacity), ([1], {"now": CLOSES}, EntriesNotOpen)],
)
def test_what_cannot_be_wished(centre: Centre, wishes: list[int], more: dict[str, Any], refusal: type[Exception]) -> None:
    lottery = make(centre)
    with pytest.raises(refusal):
        enter(centre, lottery, *wishes, **more)
    with pytest.raises(EntriesNotOpen):
        enter(centre, lottery, 1, now=OPENS - timedelta(seconds=1))


def test_spaces_for_neighbours_only_are_won_by_neighbours_only(centre: Centre) -> None:
    lottery = make(centre, space_ids=[centre.add_space(open_to="community").id])
    with pytest.raises(NotForYourCommunity):
        enter(centre, lottery, 1, acting=replace(resident(), community_id="yuxin"))


def test_limits_count_at_the_draw_and_what_was_won_counts_too(centre: Centre) -> None:
    limit(centre, allowed=2, period="day")
    lottery, wang = make(centre, most_wins=3), centre.wang
    enter(centre, lottery, 1, 2, 3, acting=wang)
    centre.book("15:00", "16:00")
    file = drawn(centre, lottery)
    assert [one["outcome"] for one in file["result"][0]["wishes"]] == ["won", "limit", "limit"]
    assert file["refused"] == [{"entry": 1, "time": 2, "why": "limit"}, {"entry": 1, "time": 3, "why": "limit"}]
    assert record.replay(file) == record.canonical(file["result"])


def test_who_too_often_did_not_come_wins_nothing_and_the_file_says_so(centre: Centre) -> None:
    space, later = hall(centre), MONDAY + timedelta(days=14)
    draws_at = local(MONDAY + timedelta(days=7), "12:00")
    lottery = make(centre, space_ids=[space.id], first_day=later, last_day=later, draws_at=draws_at)
    enter(centre, lottery, 1, acting=centre.wang)
    rule(centre, tolerated=1, days_ahead=None)
    missed(centre, space, 1, 2)
    run_job(centre, draws_at)
    file = centre.do("get_lottery_record", lottery_id=lottery.id)
    assert file["result"][0]["wishes"] == [{"time": 1, "outcome": "no_shows"}]
    assert record.replay(file) == record.canonical(file["result"])


def test_who_withdraws_after_the_close_wins_nothing_and_the_file_says_so(centre: Centre) -> None:
    lottery, wang = make(centre), resident()
    entry = enter(centre, lottery, 1, acting=wang)
    enter(centre, lottery, 1)
    run_job(centre, CLOSES)
    sealed = centre.do("get_lottery_record", lottery_id=lottery.id)
    assert len(sealed["entries"]) == 2 and sealed["secret"] is None and sealed["result"] is None
    number = centre.do("withdraw_entry", wang, entry_id=entry.id, now=CLOSES).number
    file = drawn(centre, lottery)
    assert file["absent"] == [number] and file["entries"] == sealed["entries"]
    assert {one["entry"]: one["wishes"][0]["outcome"] for one in file["result"]} == {number: "withdrawn", 3 - number: "won"}
    assert record.replay(file) == record.canonical(file["result"])
    assert len([row for row in centre.published() if row.type == "booking.lottery_drawn.v1"]) == 1


def test_the_secret_is_in_no_answer_before_the_draw(centre: Centre) -> None:
    lottery = make(centre)
    file = centre.do("get_lottery_record", lottery_id=lottery.id)
    assert file["commitment"] == lottery.commitment and file["entries"] is None and file["secret"] is None
    with caller_context(ADMIN, NOW):
        shown = LOTTERY.dumps(centre.do("get_lottery", ADMIN, lottery_id=lottery.id))
    assert lottery.commitment in shown and lottery.secret not in shown + str(file)


def test_a_preview_keeps_nothing_and_says_nothing_about_the_draw(centre: Centre) -> None:
    lottery = make(centre)
    for _ in range(5):
        enter(centre, lottery, 1, 2)
    tries = [centre.do("preview_lottery", ADMIN, lottery_id=lottery.id) for _ in range(3)]
    assert len({one.trial_seed for one in tries}) == 3 and all(one.trial_seed.startswith("trial:") for one in tries)
    assert {(one.entries, one.given, one.with_first_wish, one.with_nothing) for one in tries} == {(5, 2, 1, 3)}
    assert centre.claims() == [] and centre.do("get_lottery", lottery_id=lottery.id).state == "open"
    for who in (resident(), centre.clerk):
        with pytest.raises(Forbidden):
            centre.do("preview_lottery", who, lottery_id=lottery.id)
    with pytest.raises(NotFound):
        centre.do("preview_lottery", person("admin", community="yuxin"), lottery_id=lottery.id)


def test_an_admin_closes_early_draws_once_and_the_result_is_that_of_the_job(centre: Centre) -> None:
    lottery = make(centre)
    for _ in range(3):
        enter(centre, lottery, 1, 2, 3)
    with pytest.raises(LotteryNotClosed):
        centre.do("draw_lottery", ADMIN, lottery_id=lottery.id)
    closed = centre.do("close_lottery", ADMIN, lottery_id=lottery.id)
    assert (closed.state, closed.closes_at, closed.entered) == ("closed", NOW, 3)
    with pytest.raises(EntriesNotOpen):
        enter(centre, lottery, 1)
    with pytest.raises(VersionMismatch):
        centre.do("draw_lottery", ADMIN, lottery_id=lottery.id, expected_version=1)
    assert centre.do("draw_lottery", ADMIN, lottery_id=lottery.id).state == "drawn"
    for verb in ("draw_lottery", "close_lottery", "cancel_lottery", "preview_lottery"):
        with pytest.raises((LotteryOver, EntriesNotOpen)):
            centre.do(verb, ADMIN, lottery_id=lottery.id, **({"because": "other"} if verb == "cancel_lottery" else {}))
    file = centre.do("get_lottery_record", lottery_id=lottery.id)
    assert record.replay(file) == record.canonical(file["result"]) and len(centre.claims()) == 3


def test_cancelling_tells_all_and_opens_the_times(centre: Centre) -> None:
    lottery = make(centre)
    entry = enter(centre, lottery, 1)
    centre.do("cancel_lottery", ADMIN, lottery_id=lottery.id, because="spaces_needed", note="装修")
    (told,) = [row for row in centre.published() if row.type.startswith("booking.lottery_")]
    assert (told.type, told.data["reason"], told.data["entry_id"]) == (
        "booking.lottery_cancelled.v1",
        "spaces_needed",
        str(entry.id),
    )
    assert centre.book("18:00", "19:00").state == "confirmed"
    run_job(centre, DRAWS)
    assert centre.do("get_lottery", lottery_id=lottery.id).state == "cancelled"
    assert [one.state for one in centre.do("list_lottery_entries", centre.clerk, scope="desk").items] == ["void"]


def test_how_often_households_win(centre: Centre) -> None:
    lottery = make(centre)
    for _ in range(8):
        enter(centre, lottery, 1, 2, 3)
    drawn(centre, lottery)
    rows = centre.do("see_lottery_quarters", ADMIN, community_id="liuyi", now=DRAWS)
    assert [(one.quarter, one.households, one.entries, one.won, one.with_nothing) for one in rows] == [
        (1, 2, 2, 0, 2),
        (2, 2, 2, 0, 2),
        (3, 2, 2, 1, 1),
        (4, 2, 2, 2, 0),
    ]
    with pytest.raises(Forbidden):
        centre.do("see_lottery_quarters", centre.clerk, community_id="liuyi")


def test_an_erased_account_wins_nothing_and_a_winner_is_erased_from_the_rows(centre: Centre) -> None:
    lottery, wang, li = make(centre), resident(), resident()
    for who in (wang, li):
        enter(centre, lottery, 1, acting=who)
    run_job(centre, CLOSES)
    erase(centre, str(wang.account_id))
    file = drawn(centre, lottery)
    assert len(file["absent"]) == 1 and record.replay(file) == record.canonical(file["result"])
    erase(centre, str(li.account_id))
    with centre.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM lottery_entry")).all()
    assert len(rows) == 2 and not any(str(who.account_id) in str(row) for who in (wang, li) for row in rows)


def test_of_two_merged_accounts_one_entry_takes_part(centre: Centre) -> None:
    lottery, goes, stays = make(centre), resident(), resident()
    for who in (goes, stays):
        enter(centre, lottery, 1, acting=who)
    with transaction(centre.engine) as session:
        moving.move(Call(session, NOW), UUID(goes.account_id), UUID(stays.account_id))
    entries = centre.do("list_lottery_entries", stays, scope="mine").items
    assert sorted(one.state for one in entries) == ["entered", "withdrawn"]
    assert len(drawn(centre, lottery)["entries"]) == 1


@pytest.mark.parametrize("change", ["merge", "erasure"])
def test_an_account_that_goes_while_the_lottery_is_drawn_loses_nothing_and_leaves_nothing(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The change begins when the draw has read the entries."""
    lottery, goes, stays = make(centre), resident(), resident()
    enter(centre, lottery, 1, acting=goes)
    run_job(centre, CLOSES)

    def work() -> None:
        with transaction(centre.engine) as session:
            if change == "erasure":
                erasure.erase(Call(session, DRAWS), UUID(goes.account_id))
            else:
                moving.move(Call(session, DRAWS), UUID(goes.account_id), UUID(stays.account_id))

    thread = Thread(target=work)
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

    def is_over_or_waits() -> bool:
        with centre.engine.connect() as connection:
            return not thread.is_alive() or connection.scalar(waiting) is not None

    def meanwhile(*about: Any) -> None:
        if not thread.ident:
            thread.start()
            eventually(is_over_or_waits)
        lock_all(*about)

    lock_all = conducting.lock_all_subjects
    monkeypatch.setattr(conducting, "lock_all_subjects", meanwhile)
    run_job(centre, DRAWS)
    thread.join(30)
    with transaction(centre.engine) as session:
        (booking,) = session.scalars(select(Booking))
        if change == "merge":
            assert (str(booking.resident_id), booking.state) == (stays.account_id, "confirmed")
        else:
            assert (booking.resident_id, booking.state) == (booking.id, "cancelled")


def local_hours(time: Any) -> str:
    return clocks([(int(time.starts_at.timestamp()), int(time.ends_at.timestamp()))])[0]
