"""The equipment of sessions on pages: chosen for each or for all, and what became of it."""

from collections.abc import Callable

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.equipment_district import CHAIRS, PROJECTOR, kind, projector
from tests.unit.gateway.pages.test_rooms import DESK, MOVE, ROOM, SESSION

FIELD, OTHER = f"equipment_{CHAIRS}", f"equipment_{PROJECTOR}"


@pytest.fixture
def organiser(browser_as: Callable[[str], Browser], district: FakeDistrict) -> Browser:
    """An organiser of a draft in a room to which chairs and a projector can be taken."""
    district.equipment = [kind(), projector()]
    district.events[0] |= {"state": "draft", "space_id": ROOM}
    district.events[0]["sessions"][0] |= {"space_id": ROOM}
    return browser_as("organiser")


def needs(state: str, name: bool = True) -> list[dict[str, object]]:
    about = {"kind_id": CHAIRS, "quantity": 20, "state": state, "name": kind()["name"] if name else None}
    return [{"session_id": SESSION, "room": "not_asked" if state == "not_asked" else "held", "equipment": [about]}]


def test_equipment_is_chosen_for_every_session_of_a_draft(organiser: Browser, district: FakeDistrict) -> None:
    district.rooms = needs("not_asked", name=False)
    page = organiser.get(DESK)
    assert "折叠椅 × 20" in page.text and "发布时申请" in page.text
    form = page.form("/equipment")
    assert form.fields[FIELD] == "20"
    assert "发布时和场地一起申请" in organiser.send_and_follow(form, **{FIELD: "30", OTHER: ""}).text
    (sent,) = district.asked("revise_club_event")
    assert sent["equipment"] == [{"kind_id": CHAIRS, "quantity": 30}]
    organiser.send_and_follow(form, **{FIELD: "", OTHER: ""})
    assert district.asked("revise_club_event")[1]["equipment"] == []


def test_equipment_of_one_session_is_changed_with_its_time(organiser: Browser, district: FakeDistrict) -> None:
    district.events[0]["state"] = "published"
    district.rooms = needs("given")
    page = organiser.get(MOVE)
    form = page.form("/move")
    assert form.fields[FIELD] == "20" and "这个时间另有 25 件空着" in page.text
    organiser.send_and_follow(form, **{OTHER: "1"})
    (sent,) = district.asked("move_session")
    assert {(one["kind_id"], one["quantity"]) for one in sent["equipment"]} == {(CHAIRS, 20), (PROJECTOR, 1)}


def test_a_refused_change_keeps_what_was_chosen(organiser: Browser, district: FakeDistrict) -> None:
    district.refusals["move_session"] = Refused("events.equipment_without_room", "invalid", "设备要和预约场地一起申请。", {})
    answer = organiser.send(organiser.get(MOVE).form("/move"), **{FIELD: "7"})
    assert answer.status_code == 422
    assert "设备要和预约场地一起申请。" in answer.get_data(as_text=True) and 'value="7"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(("state", "said"), [("given", "已留好"), ("missing", "没有留到"), ("waiting", "等待确认")])
def test_what_became_of_it_is_shown(organiser: Browser, district: FakeDistrict, state: str, said: str) -> None:
    district.events[0]["state"] = "published"
    district.rooms = needs(state)
    page = organiser.get(DESK)
    assert "折叠椅 × 20" in page.text and said in page.text and "/equipment" not in page.html.split("</nav>")[-1]


def test_without_a_room_or_when_the_space_is_gone_nothing_is_offered(organiser: Browser, district: FakeDistrict) -> None:
    district.refusals["list_equipment"] = Refused("not_found", "not_found", "没有找到。", {})
    assert FIELD not in organiser.get(DESK).html and FIELD not in organiser.get(MOVE).html
    organiser.send_and_follow(organiser.get(MOVE).form("/move"))
    assert "equipment" not in district.asked("move_session")[0]


def test_who_only_looks_chooses_nothing(
    browser_as: Callable[[str], Browser], organiser: Browser, district: FakeDistrict
) -> None:
    district.rooms = needs("not_asked")
    page = browser_as("clerk").get(DESK)
    assert "折叠椅 × 20" in page.text and FIELD not in page.html
