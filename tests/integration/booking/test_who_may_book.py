"""Spaces for one community, one sub-district or all: the copies of the directory decide, also those that come later."""

from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from chassis.database.engine import reading, transaction
from chassis.database.migrate import config, locations, migrate
from services.booking.calendar.messages import CommunityPlaceRead
from services.booking.calendar.storage import keep_community
from services.booking.interface.refusals import NotForYourCommunity, SpaceTaken
from services.booking.spaces.models import Space
from tests.conftest import DatabaseOf
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_cached_calendar import statements_of
from tests.unit.booking.spaces import MONDAY, daily, local

LIUYI, QINGZHEN, XINHUA = person(), person(community="qingzhen"), person(community="xinhua")


def announce(engine: Engine, community_id: str, sub_district: str | None, version: int = 1) -> None:
    """The directory's message arrives."""
    message = {"community_id": community_id, "version": version, "time_zone": "Asia/Shanghai", "phone": None}
    message |= {"sub_district": sub_district and {"id": sub_district, "name": {"zh-CN": "街道"}}}
    with transaction(engine) as session:
        keep_community(session, **CommunityPlaceRead().load(message))


@pytest.fixture
def centre(database_of: DatabaseOf) -> Centre:
    engine = database_of("booking")
    for community_id, sub_district in (("liuyi", "chenzhou"), ("qingzhen", "chenzhou"), ("xinhua", "qiyi")):
        announce(engine, community_id, sub_district)
    return Centre(engine)


def admitted(centre: Centre, space: Space) -> set[str]:
    """The communities whose residents get a booking of `space`."""
    found = set()
    for hour, resident in enumerate((LIUYI, QINGZHEN, XINHUA), start=15):
        try:
            booking = centre.book(f"{hour}:00", f"{hour + 1}:00", resident, space=space)
        except NotForYourCommunity as refusal:
            assert refusal.details == {"open_to": space.open_to}
        else:
            found.add(str(resident.community_id))
            centre.do("cancel_booking", resident, booking_id=booking.id)
    return found


@pytest.mark.parametrize(
    ("open_to", "communities"),
    [
        ("community", {"liuyi"}),
        ("sub_district", {"liuyi", "qingzhen"}),
        ("district", {"liuyi", "qingzhen", "xinhua"}),
    ],
)
def test_a_space_admits_whom_it_is_open_to(centre: Centre, open_to: str, communities: set[str]) -> None:
    space = centre.add_space(open_to=open_to)
    assert admitted(centre, space) == communities
    told = None if open_to == "district" else sorted(communities)
    assert centre.do("get_space", space_id=space.id).open_to_communities == told
    listed = {found.id: found for found in centre.do("list_spaces", XINHUA).items}
    assert space.id not in listed, "only spaces of the community that one looks at are listed"


def test_a_refused_booking_writes_nothing(centre: Centre) -> None:
    space = centre.add_space(open_to="community")
    with pytest.raises(NotForYourCommunity):
        centre.book("10:00", "11:00", XINHUA, space=space)
    assert centre.claims() == [] == centre.published()


def test_the_rule_costs_no_statement(centre: Centre) -> None:
    space = centre.add_space(open_to="sub_district")
    centre.book("10:00", "11:00", QINGZHEN, space=space)
    assert len(statements_of(centre, lambda: centre.book("11:00", "12:00", QINGZHEN, space=space))) == 2


@pytest.mark.parametrize("role", ["clerk", "grid_worker"])
def test_staff_of_the_space_book_there_for_anybody(centre: Centre, role: str) -> None:
    space = centre.add_space(open_to="community")
    booking = centre.book("10:00", "11:00", person(role), space=space, resident_id=XINHUA.account_id)
    assert str(booking.resident_id) == XINHUA.account_id
    with pytest.raises(NotForYourCommunity):
        centre.book("11:00", "12:00", person(role, community="xinhua"), space=space)


def test_a_cached_timetable_learns_of_a_neighbour_that_comes_and_goes(centre: Centre) -> None:
    space = centre.add_space(open_to="sub_district")
    assert admitted(centre, space) == {"liuyi", "qingzhen"}
    announce(centre.engine, "xinhua", "chenzhou", version=2)
    assert admitted(centre, space) == {"liuyi", "qingzhen", "xinhua"}
    announce(centre.engine, "qingzhen", None, version=2)
    assert admitted(centre, space) == {"liuyi", "xinhua"}
    announce(centre.engine, "liuyi", "qiyi", version=2)
    assert admitted(centre, space) == {"liuyi"}


def test_a_space_that_is_closed_to_others_is_closed_at_once(centre: Centre) -> None:
    space = centre.add_space()
    booking = centre.book("10:00", "11:00", XINHUA, space=space)
    with transaction(centre.engine) as session:
        session.execute(update(Space).where(Space.id == space.id).values(open_to="community"))
    with pytest.raises(NotForYourCommunity):
        centre.book("11:00", "12:00", XINHUA, space=space)
    later = {"booking_id": booking.id, "starts_at": local(MONDAY, "15:00"), "ends_at": local(MONDAY, "16:00")}
    with pytest.raises(NotForYourCommunity):
        centre.do("reschedule_booking", XINHUA, **later)
    assert centre.do("reschedule_booking", centre.clerk, **later).starts_at == local(MONDAY, "15:00")
    assert centre.do("cancel_booking", XINHUA, booking_id=booking.id).state == "cancelled"


def test_alternatives_are_spaces_that_one_may_book(centre: Centre) -> None:
    taken = centre.add_space(kind="room", opening_hours=daily("10:00-11:00"))  # no other time of it is free
    own, open_ = (centre.add_space(kind="room", open_to=open_to) for open_to in ("community", "district"))
    centre.book("10:00", "11:00", space=taken)

    def offered(acting: Any) -> set[str]:
        with pytest.raises(SpaceTaken) as refused:
            centre.book("10:00", "11:00", acting, space=taken)
        return {offer["space_id"] for offer in refused.value.details["alternatives"]} - {str(taken.id)}

    assert offered(XINHUA) == {str(open_.id)}
    assert offered(LIUYI) == {str(own.id), str(open_.id)}


def test_communities_come_in_one_after_the_other(centre: Centre) -> None:
    with transaction(centre.engine) as first:
        keep_community(first, "laojie", 1, "Asia/Shanghai", None)
        with pytest.raises(OperationalError, match="lock timeout"), transaction(centre.engine) as second:
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            keep_community(second, "heping", 1, "Asia/Shanghai", None)


def test_an_old_copy_is_filled_by_an_announcement_of_the_same_version(centre: Centre) -> None:
    with centre.engine.begin() as connection:
        connection.execute(text("UPDATE community SET sub_district_id = NULL"))
    space = centre.add_space(open_to="sub_district")
    assert admitted(centre, space) == {"liuyi"}
    announce(centre.engine, "liuyi", "chenzhou")
    announce(centre.engine, "qingzhen", "chenzhou")
    assert admitted(centre, space) == {"liuyi", "qingzhen"}


def test_spaces_from_before_are_open_to_the_district(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    folder, version_table = locations("booking")[1]
    centre = Centre(engine)
    with engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "0006")
    migrate("booking", engine)
    with reading(engine) as session:
        assert session.get_one(Space, centre.court.id).open_to == "district"
    assert admitted(centre, centre.court) == {"liuyi", "qingzhen", "xinhua"}


def test_the_database_knows_the_words(centre: Centre) -> None:
    with pytest.raises(IntegrityError, match="space_open_to"):
        centre.add_space(open_to="friends")
