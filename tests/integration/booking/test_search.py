"""Staff find bookings by number and by resident, in the communities in which they work."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Forbidden, InvalidField
from tests.integration.booking.conftest import Centre, person


def searched(centre: Centre, acting: Any = None, **asked: Any) -> list[str]:
    page = centre.do("search_bookings", acting or centre.clerk, **{"limit": 20} | asked)
    return [booking.number for booking in page.items]


def test_by_number_in_any_case(centre: Centre) -> None:
    booking = centre.book("09:00", "10:00")
    centre.book("10:00", "11:00")
    assert str(booking.id).endswith(booking.number.lower())
    assert searched(centre, number=booking.number) == searched(centre, number=booking.number.lower()) == [booking.number]
    assert searched(centre, number="00000000") == []


def test_by_resident_the_latest_first_and_page_by_page(centre: Centre) -> None:
    numbers = [centre.book(f"{hour:02d}:00", f"{hour + 1:02d}:00").number for hour in (9, 10)]
    centre.book("11:00", "12:00", centre.li)
    wang = [centre.wang.account_id]
    assert searched(centre, resident_ids=wang) == numbers[::-1]
    first = centre.do("search_bookings", centre.clerk, limit=1, resident_ids=wang)
    rest = centre.do("search_bookings", centre.clerk, limit=1, resident_ids=wang, cursor=first.next_cursor)
    assert [first.items[0].number, rest.items[0].number] == numbers[::-1]
    assert searched(centre) == [], "nothing was asked for"


def test_only_where_one_works_and_only_staff(centre: Centre) -> None:
    booking = centre.book("09:00", "10:00")
    asked: dict[str, Any] = {"number": booking.number, "resident_ids": [centre.wang.account_id]}
    assert searched(centre, person("clerk", community="hexie"), **asked) == []
    for nobody in (centre.wang, person("handler")):
        with pytest.raises(Forbidden):
            searched(centre, nobody, **asked)


def test_the_list_of_one_community(centre: Centre) -> None:
    booking = centre.book("09:00", "10:00")

    def listed(acting: Any, **filters: Any) -> list[str]:
        return [item.number for item in centre.do("list_bookings", acting, scope="desk", **filters).items]

    assert listed(centre.clerk, community_id="liuyi") == [booking.number]
    with pytest.raises(InvalidField):
        listed(centre.clerk, community_id="hexie")
    of_the_district = person("clerk", community=None)
    assert listed(of_the_district, community_id="liuyi") == [booking.number]
    assert listed(of_the_district, community_id="hexie") == []
    assert Communities.only("liuyi") in of_the_district.reach


def test_the_indexes_answer(centre: Centre) -> None:
    with centre.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO booking (id, version, community_id, space_id, resident_id, booked_by, starts_at, ends_at, state,"
                " attendees, created_at) SELECT gen_random_uuid(), 1, 'liuyi', :space, gen_random_uuid(), gen_random_uuid(),"
                " now() + n * interval '1 hour', now() + n * interval '1 hour' + interval '30 min', 'confirmed', 1, now()"
                " FROM generate_series(1, 5000) n"
            ),
            {"space": centre.court.id},
        )
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE booking"))
    sent: list[tuple[str, Any]] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: sent.append((args[2], args[3])))
    searched(centre, number="0f0f0f0f", resident_ids=[str(uuid4()), str(uuid4())])
    statement, parameters = next(one for one in sent if "FROM booking" in one[0])
    with centre.engine.connect() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
    assert "booking_by_number" in plan and "booking_of_resident" in plan and "Seq Scan on booking" not in plan, plan
