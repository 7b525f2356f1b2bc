"""Statistics on the pages of the desk, as files, and by age."""

from typing import Any

import pytest

from chassis.demo import demo_id
from gateway.operations.statistics import band_of
from services.booking.interface.statistics import MOST_RESIDENTS
from tests.integration.gateway.browser import Browse, browse  # noqa: F401 - a fixture
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page
from tests.integration.gateway.test_merging import SignIn, add
from tests.unit.gateway.pages import centre

USE = {"open_minutes": 720, "booked_minutes": 150, "event_minutes": 120}
SPACE = centre.spaces()[0]
FOUND: dict[str, Any] = USE | {
    "community_id": "liuyi",
    "first_day": "2026-11-23",
    "last_day": "2026-12-02",
    "spaces": [
        USE
        | {"space_id": SPACE["id"], "space_name": SPACE["name"], "parent_id": None, "kind": "court", "section": "neighbour"}
        | {"bookings": 2, "cancelled": 1, "people": 4}
    ],
    "days": [USE | {"day": f"2026-11-{day}"} for day in range(23, 31)] + [USE | {"day": "2026-12-01"}],
    "hours": [USE | {"weekday": 1, "hour": 8}, USE | {"weekday": 7, "hour": 21}],
    "states": [{"state": "cancelled", "bookings": 1}, {"state": "confirmed", "bookings": 2}],
    "channels": [{"channel": "self", "bookings": 2}],
    "fairness": {"households": 2, "gini": 0.31, "top_tenth": 0.5},
    "shares": [{"kept_for": "elders", "kept_minutes": 240, "used_minutes": 120, "others_minutes": 60}],
}
PROJECTORS: dict[str, Any] = {
    "kind_id": str(demo_id("equipment", "projector")),
    "name": {"zh-CN": "投影仪", "en": "Projector"},
    "counted": "units",
    "bookings": 7,
    "sessions": 2,
    "used_minutes": 540,
    "lent": 6,
    "lent_minutes": 420,
    "damaged": 1,
    "missing": 0,
}
DAYS = {"first_day": "2026-11-23", "last_day": "2026-12-02"}


def used_by(*ids: str) -> dict[str, Any]:
    return page(*({"resident_id": one, "bookings": 2, "minutes": 90} for one in ids))


@pytest.fixture(autouse=True)
def figures(services: FakeServices) -> None:
    services.on("booking", "get_occupancy", FOUND)
    services.on("booking", "get_equipment_use", page(PROJECTORS))
    services.on("booking", "get_use_by_resident", used_by(str(demo_id("account", "wang"))))
    services.on("cases", "list_cases", page())


def test_a_supervisor_reads_the_figures_of_a_period(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    reader = browse("supervisor")
    shown = reader.get("/desk/statistics?first_day=2026-11-23&last_day=2026-12-02&kind=court")
    asked = services.of("get_occupancy")[0]
    assert asked.payload == {**DAYS, "kind": "court"}
    assert "使用率" in shown.text and "38%" in shown.text and "2 小时 30 分钟" in shown.text
    assert "2026年11月" in shown.text and "2026年12月" in shown.text and "08:00" in shown.text and "21:00" in shown.text
    assert "基尼系数 0.31" in shown.text and "占全部预约时间的 50%" in shown.text
    assert "2 个家庭" in shown.text and "本人预约" in shown.text


def test_an_address_without_sense_shows_this_month(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    reader = browse("supervisor")
    for query in ("", "?first_day=x&last_day=9999-99-99&kind=castle&section=7"):
        assert reader.get(f"/desk/statistics{query}").text
    for asked in services.of("get_occupancy"):
        assert set(asked.payload) == {"first_day", "last_day"} and asked.payload["first_day"].endswith("-01")
    reader.get("/desk/statistics?first_day=2024-12-02&last_day=2026-11-23")
    assert services.of("get_occupancy")[-1].payload == {"first_day": "2024-12-02", "last_day": "2025-12-02"}


def test_the_table_as_a_file(browse: Browse) -> None:  # noqa: F811
    answer = browse("supervisor", "en").client.get("/desk/statistics.csv", query_string=DAYS)
    rows = answer.get_data(as_text=True).splitlines()
    assert "linli-statistics-2026-11-23-2026-12-02.csv" in answer.headers["Content-Disposition"]
    assert rows[0].endswith("Bookings,Cancelled,People") and rows[1].endswith("720,150,120,38%,2,1,4")
    assert browse("clerk").client.get("/desk/statistics.xlsx", query_string=DAYS).get_data().startswith(b"PK")


def test_while_booking_is_away_the_page_says_so(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    from chassis.rpc.call import Unavailable

    services.on("booking", "get_occupancy", Unavailable())
    assert "暂时" in browse("supervisor").get("/desk/statistics").text


@pytest.mark.parametrize("who", ["handler", "wang"])
def test_others_see_nothing(browse: Browse, sign_in: SignIn, who: str, services: FakeServices) -> None:  # noqa: F811
    assert browse(who).client.get("/desk/statistics").status_code in (303, 403)
    for path in ("/statistics/occupancy", "/statistics/ages"):
        assert sign_in(who).get(path, query_string=DAYS).status_code == 403
    assert services.of("get_occupancy") == []


def ages(caller: Caller) -> dict[str, tuple[int, int, int]]:
    answer = caller.get("/statistics/ages", query_string=DAYS)
    assert answer.status_code == 200, answer.json
    return {one["ages"]: (one["residents"], one["bookings"], one["minutes"]) for one in answer.json["items"]}


def test_few_of_an_age_are_counted_together(sign_in: SignIn, services: FakeServices) -> None:
    clerk = sign_in("clerk")
    elders = [add(clerk, name=f"老人{n}", birth_year=1940) for n in range(5)]
    rest = [add(clerk, name="青年", birth_year=2000), add(clerk, name="不详")]
    services.on("booking", "get_use_by_resident", used_by(*elders, *rest))
    assert ages(clerk) == {"80_and_over": (5, 10, 450), "few": (2, 4, 180)}


def test_all_pages_of_residents_are_read(sign_in: SignIn, services: FakeServices) -> None:
    ids = [f"00000000-0000-7000-8000-{n:012d}" for n in range(MOST_RESIDENTS + 3)]

    def answer(payload: dict[str, Any], _: Any) -> dict[str, Any]:
        first = ids.index(payload["after"]) + 1 if payload.get("after") else 0
        return used_by(*ids[first : first + MOST_RESIDENTS])

    services.on("booking", "get_use_by_resident", answer)
    assert ages(sign_in("supervisor")) == {"unknown": (MOST_RESIDENTS + 3, 2 * len(ids), 90 * len(ids))}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"first_day": "2026-03-02", "last_day": "2026-03-01"}, "period_reversed"),
        ({"first_day": "2026-03-02", "last_day": "2027-03-03"}, "period_too_long"),
    ],
)
def test_periods_that_make_no_sense(sign_in: SignIn, query: dict[str, str], code: str) -> None:
    for path in ("/statistics/occupancy", "/statistics/ages"):
        answer = sign_in("supervisor").get(path, query_string=query)
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (2013, "under_14"),
        (2012, "14_to_34"),
        (1966, "60_to_79"),
        (1946, "80_and_over"),
        (1900, "80_and_over"),
    ],
)
def test_bands_of_ages(born: int | None, band: str) -> None:
    assert band_of(born, 2026) == band


def test_the_use_of_equipment_is_a_table_and_a_file(browse: Browse) -> None:  # noqa: F811
    shown = browse("supervisor", "en").get("/desk/statistics").text
    assert "Projector" in shown and "9 h" in shown and "7 h" in shown
    answer = browse("supervisor", "en").client.get("/desk/statistics-equipment.csv", query_string=DAYS)
    assert "linli-equipment-2026-11-23-2026-12-02.csv" in answer.headers["Content-Disposition"]
    assert "Projector,7,2,540,6,420,1,0" in answer.get_data(as_text=True).replace('"', "")
    assert browse("clerk").client.get("/desk/statistics-equipment.xlsx", query_string=DAYS).get_data().startswith(b"PK")
    assert browse("wang").client.get("/desk/statistics-equipment.csv").status_code in (303, 403)


def test_statistics_without_the_equipment(browse: Browse, services: FakeServices) -> None:  # noqa: F811
    from chassis.rpc.call import Unavailable

    services.on("booking", "get_equipment_use", Unavailable())
    assert "暂时" in browse("supervisor").get("/desk/statistics").text
