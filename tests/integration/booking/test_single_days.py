"""Admins decide holidays, worked days and hours of single days. Each decision leaves a history and a message, and names the
bookings that no longer fit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError

from chassis.database.engine import transaction
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, VersionMismatch
from services.booking.calendar.missing_years import fill
from services.booking.interface.refusals import Closed, DayInPast, DayTooFar, PartClosed
from services.booking.interface.single_days import PREVIEW_CALENDAR_DAY, SET_CALENDAR_DAY, SET_DAY_HOURS
from services.booking.service import BookingService
from services.booking.single_days.use_cases import list_calendar_days
from tests.integration.booking.conftest import Centre, person, wait_for_lock
from tests.unit.booking.spaces import MONDAY, NOW, daily, local

SUNDAY, TUESDAY = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)  # SUNDAY is today
NEW_YEAR = date(2027, 1, 1)
LATE = [{"opens": "18:00", "closes": "22:00"}]


@pytest.fixture
def admin() -> Identity:
    return person("admin")


@pytest.fixture
def district() -> Identity:
    return person("admin", community=None)


def of_calendar(centre: Centre) -> list[dict[str, Any]]:
    return [row.data for row in centre.published() if row.type == "calendar.changed.v1"]


def day_of(centre: Centre, who: Identity, day: date, community_id: str | None = "liuyi") -> Any:
    items = centre_days(centre, who, day.year, community_id)
    return next((row for row in items if row.day == day), None)


def centre_days(centre: Centre, who: Identity, year: int, community_id: str | None = "liuyi") -> list[Any]:
    with centre.call(who) as call:
        return list(list_calendar_days(call, year=year, community_id=community_id).items)


def set_day(centre: Centre, who: Identity, day: date = MONDAY, kind: str = "holiday", **more: Any) -> Any:
    return centre.do("set_calendar_day", who, day=day, kind=kind, **({"community_id": "liuyi"} | more))


def test_a_holiday_of_the_community_closes_its_spaces_and_names_what_no_longer_fits(centre: Centre, admin: Identity) -> None:
    kept, other = centre.book("10:00", "11:00"), centre.book("10:00", "11:00", day=TUESDAY)
    about = {"community_id": "liuyi", "day": MONDAY}
    preview = centre.do("preview_calendar_day", admin, **about, kind="holiday")
    assert [(one.booking_id, one.reason) for one in preview.items] == [(kept.id, "holiday")]
    assert of_calendar(centre) == []
    made = set_day(centre, admin)
    assert made.affected == preview
    assert (made.row.version, made.row.of_community, made.row.name) == (1, "liuyi", {"zh-CN": "放假", "en": "Holiday"})
    with pytest.raises(Closed):
        centre.book("14:00", "15:00")
    assert centre.do("get_booking", centre.wang, booking_id=kept.id).state == "confirmed"
    assert centre.do("get_booking", centre.wang, booking_id=other.id).state == "confirmed"
    days = [{"day": MONDAY.isoformat(), "kind": "holiday", "provisional": False}]
    assert [(told["changed"], told["days"]) for told in of_calendar(centre)] == [("calendar_day", days)]
    (entry,) = centre.do("list_calendar_changes", admin, kind="calendar_day", subject_id=MONDAY.isoformat()).items
    assert (entry.action, entry.before, entry.after["kind"]) == ("created", None, "holiday")


def test_the_same_again_changes_and_announces_nothing(centre: Centre, admin: Identity) -> None:
    set_day(centre, admin)
    assert set_day(centre, admin).row.version == 1
    assert len(of_calendar(centre)) == 1
    assert len(centre.do("list_calendar_changes", admin).items) == 1


def test_a_worked_saturday_has_the_hours_of_its_weekday(centre: Centre, admin: Identity) -> None:
    hall = centre.add_space(opening_hours=daily("09:00-17:00", weekdays=[5]))
    saturday = date(2026, 11, 28)
    with pytest.raises(Closed):
        centre.book("10:00", "11:00", space=hall, day=saturday)
    set_day(centre, admin, saturday, "workday", weekday=5)
    booked = centre.book("10:00", "11:00", space=hall, day=saturday)
    taken = centre.do("reset_calendar_day", admin, community_id="liuyi", day=saturday)
    assert [(one.booking_id, one.reason) for one in taken.items] == [(booked.id, "closed")]
    with pytest.raises(Closed):
        centre.book("11:00", "12:00", space=hall, day=saturday)


def test_the_district_sets_a_day_for_all_but_those_that_decided_it_themselves(
    centre: Centre, admin: Identity, district: Identity
) -> None:
    yuxin = centre.add_space(community_id="yuxin")
    there = centre.book("10:00", "11:00", person(community="yuxin"), space=yuxin)
    centre.book("10:00", "11:00")
    set_day(centre, admin, kind="plain")
    made = centre.do("set_calendar_day", district, day=MONDAY, kind="holiday")
    assert [one.booking_id for one in made.affected.items] == [there.id]
    centre.book("14:00", "15:00")
    with pytest.raises(Closed):
        centre.book("14:00", "15:00", person(community="yuxin"), space=yuxin)
    told = [(row.community_id, row.data["days"][0]["kind"]) for row in centre.published() if row.type == "calendar.changed.v1"]
    assert told == [("liuyi", "plain"), ("yuxin", "holiday")]
    assert day_of(centre, admin, MONDAY).kind == "plain"
    assert day_of(centre, district, MONDAY, None).kind == "holiday"
    centre.do("reset_calendar_day", admin, community_id="liuyi", day=MONDAY)
    assert day_of(centre, admin, MONDAY).kind == "holiday"
    assert of_calendar(centre)[-1]["days"] == [{"day": MONDAY.isoformat(), "kind": "holiday", "provisional": False}]


def test_a_provisional_holiday_is_confirmed_changed_or_taken_away(centre: Centre, admin: Identity, district: Identity) -> None:
    with transaction(centre.engine) as session:
        fill(session, NOW)
    assert day_of(centre, district, NEW_YEAR, None).provisional
    own = set_day(centre, admin, NEW_YEAR)
    assert (own.row.provisional, own.row.name["zh-CN"]) == (False, "元旦")
    assert day_of(centre, district, NEW_YEAR, None).provisional, "the district has not decided"
    confirmed = centre.do("set_calendar_day", district, day=NEW_YEAR, kind="holiday")
    assert (confirmed.row.provisional, confirmed.row.version, confirmed.row.source) == (False, 2, "an admin of Linli")
    (entry,) = centre.do("list_calendar_changes", district, kind="calendar_day").items[:1]
    assert (entry.before, entry.after) == ({"provisional": True}, {"provisional": False})
    gone = date(2027, 10, 3)
    centre.do("set_calendar_day", district, day=gone, kind="plain")
    with transaction(centre.engine) as session:
        fill(session, NOW)
    assert day_of(centre, district, gone, None).kind == "plain", "the job does not bring it back"


def test_the_year_has_each_day_once_in_order(centre: Centre, admin: Identity) -> None:
    set_day(centre, admin, date(2026, 12, 25))
    days = centre_days(centre, admin, 2026)
    assert [row.day for row in days] == sorted({row.day for row in days})
    assert days[-1].of_community == "liuyi"
    assert all(row.day.year == 2026 for row in days)


def test_who_may_not(centre: Centre, admin: Identity, district: Identity) -> None:
    elsewhere, desk = person("admin", community="yuxin"), centre.clerk
    for verb, fields in (("set_calendar_day", {"kind": "holiday"}), ("preview_calendar_day", {}), ("reset_calendar_day", {})):
        with pytest.raises(Forbidden):
            centre.do(verb, desk, day=MONDAY, community_id="liuyi", **fields)
        with pytest.raises(InvalidField):
            centre.do(verb, elsewhere, day=MONDAY, community_id="liuyi", **fields)
    for verb, fields in (("set_calendar_day", {"kind": "holiday"}), ("preview_calendar_day", {})):
        with pytest.raises(Forbidden):
            centre.do(verb, admin, day=MONDAY, **fields)
    for verb, fields in (("set_day_hours", {"hours": []}), ("preview_day_hours", {}), ("remove_day_hours", {})):
        with pytest.raises(Forbidden):
            centre.do(verb, desk, space_id=centre.court.id, day=MONDAY, **fields)
        with pytest.raises(NotFound):
            centre.do(verb, elsewhere, space_id=centre.court.id, day=MONDAY, **fields)
    assert of_calendar(centre) == []
    with pytest.raises(NotFound):
        centre.do("reset_calendar_day", admin, community_id="liuyi", day=MONDAY)
    with pytest.raises(NotFound):
        centre.do("remove_day_hours", admin, space_id=centre.court.id, day=MONDAY)


def test_days_of_the_past_and_beyond_two_years_are_refused_and_today_is_not(centre: Centre, admin: Identity) -> None:
    for day, refusal in ((SUNDAY - timedelta(days=1), DayInPast), (SUNDAY + timedelta(days=732), DayTooFar)):
        with pytest.raises(refusal):
            set_day(centre, admin, day)
        with pytest.raises(refusal):
            centre.do("set_day_hours", admin, space_id=centre.court.id, day=day, hours=[])
    set_day(centre, admin, SUNDAY)
    set_day(centre, admin, SUNDAY + timedelta(days=731))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "workday"}, "weekday"),
        ({"kind": "holiday", "weekday": 1}, "weekday"),
        ({"kind": "workday", "weekday": 8}, "weekday"),
        ({"kind": "workday", "weekday": 0}, "weekday"),
        ({"kind": "feast"}, "kind"),
        ({"kind": "plain", "day": "2027-02-30"}, "day"),
    ],
)
def test_what_is_no_decision_is_refused(more: dict[str, Any], field: str) -> None:
    for verb in (SET_CALENDAR_DAY, PREVIEW_CALENDAR_DAY):
        with pytest.raises(ValidationError) as error:
            verb.takes.load({"community_id": "liuyi", "day": "2027-01-02"} | more)
        assert field in error.value.messages_dict


def test_hours_that_overlap_are_refused() -> None:
    spans = [{"opens": "08:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]
    with pytest.raises(ValidationError) as error:
        SET_DAY_HOURS.takes.load({"space_id": "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10", "day": "2027-01-02", "hours": spans})
    assert "hours" in error.value.messages_dict


def test_the_second_of_two_admins_hears_of_the_first(centre: Centre, admin: Identity) -> None:
    set_day(centre, admin)
    set_day(centre, admin, kind="plain", expected_version=1)
    with pytest.raises(VersionMismatch):
        set_day(centre, admin, kind="holiday", expected_version=1)
    hours = {"space_id": centre.court.id, "day": MONDAY}
    centre.do("set_day_hours", admin, **hours, hours=[])
    with pytest.raises(VersionMismatch):
        centre.do("set_day_hours", admin, **hours, hours=LATE, expected_version=2)


@pytest.mark.parametrize("where", ["liuyi", None])
def test_admins_who_decide_a_day_at_once_do_it_one_after_the_other(
    centre: Centre, district: Identity, where: str | None
) -> None:
    with ThreadPoolExecutor(4) as pool:
        kinds = ["holiday", "plain"] * 2
        list(pool.map(lambda kind: set_day(centre, district, kind=kind, community_id=where), kinds))
    entries = centre.do("list_calendar_changes", district, kind="calendar_day").items
    assert [entry.version for entry in entries] == list(range(len(entries), 0, -1))
    assert len(of_calendar(centre)) == len(entries) == day_of(centre, district, MONDAY, where).version


def test_admins_who_set_hours_of_a_day_at_once_do_it_one_after_the_other(centre: Centre, admin: Identity) -> None:
    def attempt(opens: str) -> None:
        hours = [{"opens": opens, "closes": "20:00"}]
        centre.do("set_day_hours", admin, space_id=centre.court.id, day=MONDAY, hours=hours)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(attempt, ["08:00", "09:00", "10:00", "11:00"]))
    entries = centre.do("list_calendar_changes", admin, kind="day_hours").items
    assert [entry.version for entry in entries] == [4, 3, 2, 1]
    assert [entry.after for entry in entries[1:]] == [entry.before for entry in entries[:-1]]


@pytest.mark.parametrize("verb", ["set_day_hours", "set_calendar_day"])
@pytest.mark.parametrize("where", ["liuyi", None])
def test_a_decision_waits_for_a_booking_in_progress_and_names_it(
    centre: Centre, district: Identity, verb: str, where: str | None
) -> None:
    of_hours = {"space_id": centre.court.id, "hours": []}
    decision = of_hours if verb == "set_day_hours" else {"kind": "holiday", "community_id": where}
    with ThreadPoolExecutor(1) as pool:
        with centre.call(centre.wang) as call:
            times = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
            booking_id = BookingService.use_case("book_space")(call, space_id=centre.court.id, **times).id
            made = pool.submit(centre.do, verb, district, day=MONDAY, **decision)
            wait_for_lock(centre)
        assert [one.booking_id for one in made.result(10).affected.items] == [booking_id]


def test_a_space_has_other_hours_on_one_day_and_names_what_no_longer_fits(centre: Centre, admin: Identity) -> None:
    morning, evening = centre.book("10:00", "11:00"), centre.book("19:00", "20:00")
    about = {"space_id": centre.court.id, "day": MONDAY}
    preview = centre.do("preview_day_hours", admin, **about, hours=LATE)
    assert [(one.booking_id, one.reason) for one in preview.items] == [(morning.id, "blocked")]
    assert of_calendar(centre) == []
    made = centre.do("set_day_hours", admin, **about, hours=LATE, note={"zh-CN": "消防演练"})
    assert (made.affected, made.row.version) == (preview, 1)
    with pytest.raises(Closed):
        centre.book("14:00", "15:00")
    centre.book("18:00", "19:00")
    again = centre.do("set_day_hours", admin, **about, hours=LATE, note={"zh-CN": "消防演练"})
    assert again.row.version == 1
    assert [told["changed"] for told in of_calendar(centre)] == ["day_hours"]
    assert [row.day for row in centre.do("list_day_hours", admin, space_id=centre.court.id).items] == [MONDAY]
    (entry,) = centre.do("list_calendar_changes", admin, kind="day_hours", subject_id=str(centre.court.id)).items
    assert entry.after == {MONDAY.isoformat(): {"hours": LATE, "note": {"zh-CN": "消防演练"}}}
    centre.do("remove_day_hours", admin, **about)
    centre.book("14:00", "15:00")
    assert centre.do("list_day_hours", admin, space_id=centre.court.id).items == []
    assert centre.do("get_booking", centre.wang, booking_id=evening.id).state == "confirmed"


def test_a_part_that_is_closed_for_an_hour_is_named_with_its_hour(centre: Centre, admin: Identity) -> None:
    """O10, by hours of a single day instead of a closure."""
    hall = centre.add_space(divisible=True, max_minutes=240)
    east = centre.add_space(parent_id=hall.id, name={"zh-CN": "东厅", "en": "East"})
    centre.add_space(parent_id=hall.id)
    hours = [{"opens": "08:00", "closes": "10:00"}, {"opens": "11:00", "closes": "22:00"}]
    centre.do("set_day_hours", admin, space_id=east.id, day=MONDAY, hours=hours)
    with pytest.raises(PartClosed) as error:
        centre.book("09:00", "12:00", space=hall)
    details = error.value.details
    assert (details["part_id"], details["part_name"]["zh-CN"]) == (str(east.id), "东厅")
    assert details["closed_from"] == "2026-11-23T10:00:00+08:00" and details["closed_to"] == "2026-11-23T11:00:00+08:00"
    assert "东厅，2026-11-23 10:00–11:00" in error.value.text("zh-CN")
    first = details["alternatives"][0]
    offered = {"starts_at": datetime.fromisoformat(first["starts_at"]), "ends_at": datetime.fromisoformat(first["ends_at"])}
    assert centre.do("book_space", centre.wang, space_id=UUID(first["space_id"]), **offered).state == "confirmed"
    with pytest.raises(Closed) as closed:
        centre.book("09:30", "11:00", space=east)
    assert closed.value.details["reason"] == "blocked", "the part itself is not a part"


def test_taking_away_late_hours_names_the_bookings_that_only_they_allowed(centre: Centre, admin: Identity) -> None:
    about = {"space_id": centre.court.id, "day": MONDAY}
    centre.do("set_day_hours", admin, **about, hours=[{"opens": "12:00", "closes": "14:00"}])
    lunch = centre.book("12:00", "13:00")
    preview = centre.do("preview_day_hours", admin, **about)
    assert [(one.booking_id, one.reason) for one in preview.items] == [(lunch.id, "closed")]
    assert centre.do("remove_day_hours", admin, **about) == preview


def test_hours_of_a_whole_and_of_a_part_reach_each_other(centre: Centre, admin: Identity) -> None:
    whole = centre.add_space(divisible=True)
    east, west = centre.add_space(parent_id=whole.id), centre.add_space(parent_id=whole.id)
    of_whole, of_east = centre.book("08:00", "09:00", space=whole), centre.book("10:00", "11:00", space=east)
    of_west = centre.book("11:00", "12:00", space=west)

    def hit(space: Any, hours: Any) -> set[Any]:
        preview = centre.do("preview_day_hours", admin, space_id=space.id, day=MONDAY, hours=hours)
        return {one.booking_id for one in preview.items}

    assert hit(whole, []) == {of_whole.id, of_east.id, of_west.id}
    assert hit(east, []) == {of_whole.id, of_east.id}
    centre.do("set_day_hours", admin, space_id=west.id, day=MONDAY, hours=[{"opens": "08:00", "closes": "12:00"}])
    assert hit(whole, []) == {of_whole.id, of_east.id}, "a part's own hours override those of the whole"
    for space in (whole, east):
        expected = hit(space, LATE)
        made = centre.do("set_day_hours", admin, space_id=space.id, day=MONDAY, hours=LATE)
        assert {one.booking_id for one in made.affected.items} == expected
        assert centre.do("preview_day_hours", admin, space_id=space.id, day=MONDAY, hours=LATE).count == 0
        centre.do("remove_day_hours", admin, space_id=space.id, day=MONDAY)


def test_what_is_over_or_running_is_not_named(centre: Centre, admin: Identity) -> None:
    centre.book("10:00", "11:00")
    about = {"community_id": "liuyi", "day": MONDAY, "kind": "holiday"}
    assert centre.do("preview_calendar_day", admin, **about).count == 1
    assert centre.do("preview_calendar_day", admin, **about, now=NOW + timedelta(hours=25)).count == 0
