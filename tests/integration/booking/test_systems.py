"""Another system reads the bookings of communities, without what people wrote, and with another right acts for residents."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, Refusal
from services.booking.erasure.use_cases import erase
from services.booking.interface.bookings import BOOK_SPACE, LIST_BOOKINGS
from services.booking.interface.refusals import Closed, NotForYourCommunity, OverCapacity, SpaceTaken, TooLong
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, NOW, local


def system(*rights: str, reach: Communities = DISTRICT) -> Identity:
    return Identity(party="system", system_id=str(uuid4()), community_id="liuyi", scopes=frozenset(rights), works_in=reach)


def listed(centre: Centre, acting: Identity, **query: Any) -> list[dict[str, Any]]:
    page = centre.do("list_bookings", acting, **{"scope": "desk"} | query)
    with caller_context(acting, NOW):
        found: list[dict[str, Any]] = LIST_BOOKINGS.gives.dump(page)["items"]
    return found


@pytest.fixture
def booking(centre: Centre) -> Any:
    return centre.book("10:00", "11:00", purpose="给王大妈过生日")


def test_a_system_with_the_right_reads_when_and_where(centre: Centre, booking: Any) -> None:
    reader = system("bookings:read")
    centre.do("cancel_booking", centre.wang, booking_id=booking.id, reason="王大妈病了")
    [found] = listed(centre, reader)
    assert (found["id"], found["space_id"], found["state"]) == (str(booking.id), str(centre.court.id), "cancelled")
    assert (found["purpose"], found["cancel_reason"], found["can"]) == (None, None, [])
    assert centre.do("get_booking", reader, booking_id=booking.id).id == booking.id
    assert listed(centre, reader, scope="mine") == []
    assert listed(centre, centre.clerk)[0]["purpose"] == "给王大妈过生日"


@pytest.mark.parametrize(
    ("rights", "reach"),
    [
        ((), DISTRICT),
        (("cases:read", "messages:read"), DISTRICT),
        (("bookings:read@hexie",), DISTRICT),
        (("bookings:read",), Communities.only("hexie")),
        (("bookings:read@liuyi",), Communities.only("hexie")),
    ],
)
def test_without_the_right_here_nothing_is_there(
    centre: Centre, booking: Any, rights: tuple[str, ...], reach: Communities
) -> None:
    reader = system(*rights, reach=reach)
    try:
        assert listed(centre, reader) == []
    except Forbidden as refused:
        assert refused.details == {"needs": ["bookings:read"]}
    with pytest.raises(NotFound):
        centre.do("get_booking", reader, booking_id=booking.id)


def test_a_system_that_may_only_read_changes_nothing(centre: Centre, booking: Any) -> None:
    reader = system("bookings:read", "gateway:write", "cases:write")
    times = {"starts_at": local(MONDAY, "13:00"), "ends_at": local(MONDAY, "14:00")}
    for verb, payload in (
        ("book_space", {"space_id": centre.court.id, "resident_id": uuid4(), "resident_community_id": "liuyi"} | times),
        ("cancel_booking", {"booking_id": booking.id}),
        ("reschedule_booking", {"booking_id": booking.id, "resident_community_id": "liuyi"} | times),
        ("change_attendees", {"booking_id": booking.id, "attendees": 3}),
    ):
        with pytest.raises(Forbidden):
            centre.do(verb, reader, **payload)
    assert centre.do("get_booking", centre.wang, booking_id=booking.id).version == 1


# --- with bookings:write ---

RESIDENT = uuid4()


def book(centre: Centre, acting: Identity, start: str = "10:00", end: str = "11:00", **over: Any) -> Any:
    return centre.book(start, end, acting, **{"resident_id": RESIDENT, "resident_community_id": "liuyi"} | over)


def answer(acting: Identity, booking: Any) -> dict[str, Any]:
    with caller_context(acting, NOW):
        found: dict[str, Any] = BOOK_SPACE.gives.dump(booking)
    return found


def test_a_system_books_moves_and_cancels_for_a_resident_and_all_say_who_it_was(centre: Centre) -> None:
    hotline = system("bookings:write", reach=Communities.only("liuyi"))
    made = book(centre, hotline, purpose="老人来电")
    told = answer(hotline, made)
    assert (told["resident_id"], told["booked_by"], told["system_id"]) == (str(RESIDENT), None, hotline.system_id)
    assert (told["purpose"], told["changed_by_system_id"], told["can"]) == (None, None, ["cancel", "move"])
    times = {"starts_at": local(MONDAY, "15:00"), "ends_at": local(MONDAY, "16:00"), "resident_community_id": "liuyi"}
    moved = centre.do("reschedule_booking", hotline, booking_id=made.id, **times)
    assert (moved.version, str(moved.changed_by_system_id)) == (2, hotline.system_id)
    cancelled = centre.do("cancel_booking", hotline, booking_id=made.id, reason="来电取消")
    assert (cancelled.state, cancelled.cancelled_by) == ("cancelled", "system")
    assert answer(hotline, cancelled)["cancel_reason"] is None and answer(hotline, cancelled)["can"] == []
    assert [(row.type.split(".")[1], row.data["system_id"]) for row in centre.published()] == [
        (step, hotline.system_id) for step in ("confirmed", "rescheduled", "cancelled")
    ]
    assert centre.claims() == []
    resident = Identity(str(RESIDENT), "resident", community_id="liuyi")
    assert answer(resident, centre.do("get_booking", resident, booking_id=made.id))["purpose"] == "老人来电"


def test_who_changed_it_last_is_the_person_or_the_system_that_did(centre: Centre, booking: Any) -> None:
    hotline = system("bookings:write")

    def move(acting: Identity, start: str, **more: Any) -> Any:
        times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, f"{int(start[:2]) + 1}:00")}
        return centre.do("reschedule_booking", acting, booking_id=booking.id, **times | more).changed_by_system_id

    assert str(move(hotline, "15:00", resident_community_id="liuyi")) == hotline.system_id
    assert move(centre.wang, "16:00") is None
    assert ["system_id" in row.data for row in centre.published()] == [False, True, False]


@pytest.mark.parametrize("way", ["too_long", "closed", "taken", "full", "not open to the resident"])
def test_the_rules_are_those_of_a_resident(centre: Centre, way: str) -> None:
    hotline = system("bookings:write")
    if way == "taken":
        centre.book("10:00", "11:00")
    wanted: dict[str, tuple[str, str, dict[str, Any], type[Refusal]]] = {
        "too_long": ("14:00", "18:00", {}, TooLong),
        "closed": ("12:00", "13:00", {}, Closed),
        "taken": ("10:00", "11:00", {}, SpaceTaken),
        "full": ("10:00", "11:00", {"attendees": 5}, OverCapacity),
        "not open to the resident": (
            "10:00", "11:00", {"space": centre.add_space(open_to="community"), "resident_community_id": "hexie"},
            NotForYourCommunity,
        ),
    }  # fmt: skip
    start, end, over, refusal = wanted[way]
    with pytest.raises(refusal):
        book(centre, hotline, start, end, **over)
    if way == "not open to the resident":
        assert book(centre, hotline, space=over["space"]).space_id == over["space"].id, "a resident of liuyi may"


def test_a_move_keeps_to_whom_the_space_is_open(centre: Centre) -> None:
    hotline, hall = system("bookings:write"), centre.add_space(open_to="community")
    made = centre.book("10:00", "11:00", centre.clerk, space=hall, resident_id=RESIDENT)
    times = {"starts_at": local(MONDAY, "14:00"), "ends_at": local(MONDAY, "15:00")}
    with pytest.raises(NotForYourCommunity):
        centre.do("reschedule_booking", hotline, booking_id=made.id, resident_community_id="hexie", **times)
    assert centre.do("reschedule_booking", hotline, booking_id=made.id, resident_community_id="liuyi", **times).version == 2


@pytest.mark.parametrize(
    ("rights", "reach", "home"),
    [
        (("bookings:write@hexie",), DISTRICT, "hexie"),
        (("bookings:write",), Communities.only("hexie"), "hexie"),
        (("bookings:write@liuyi",), DISTRICT, "hexie"),  # the resident lives where it has no right
        (("bookings:write",), DISTRICT, None),  # nobody has said where the resident lives
    ],
)
def test_outside_its_communities_a_system_can_do_nothing(
    centre: Centre, booking: Any, rights: tuple[str, ...], reach: Communities, home: str | None
) -> None:
    writer = system(*rights, reach=reach)
    with pytest.raises(Forbidden) as refused:
        book(centre, writer, "14:00", "15:00", resident_community_id=home)
    assert refused.value.details["needs"][0].startswith("bookings:write")
    if "liuyi" not in writer.reach_of("bookings:write"):
        for verb in ("get_booking", "cancel_booking"):
            with pytest.raises(NotFound):
                centre.do(verb, writer, booking_id=booking.id)
    assert centre.do("get_booking", centre.wang, booking_id=booking.id).version == 1
    assert len(centre.published()) == 1


def test_a_system_names_a_resident(centre: Centre) -> None:
    with pytest.raises(InvalidField) as refused:
        book(centre, system("bookings:write"), resident_id=None)
    assert refused.value.details_for("en")["errors"][0]["field"] == "resident_id"


def test_people_cannot_say_that_they_live_elsewhere(centre: Centre) -> None:
    neighbour = Identity(str(uuid4()), "resident", community_id="hexie")
    with pytest.raises(NotForYourCommunity):
        centre.book("10:00", "11:00", neighbour, space=centre.add_space(open_to="community"), resident_community_id="liuyi")


def test_the_database_knows_one_who_made_a_booking(centre: Centre, booking: Any) -> None:
    for change in ("booked_by = NULL", "system_id = gen_random_uuid()"):
        with pytest.raises(IntegrityError, match="booking_made_by_one"), transaction(centre.engine) as session:
            session.execute(text(f"UPDATE booking SET {change}"))  # noqa: S608 - constants of this test


def test_an_erased_resident_leaves_a_booking_of_a_system(centre: Centre) -> None:
    hotline = system("bookings:write")
    made = book(centre, hotline)
    with centre.call() as call:
        erase(call, RESIDENT)
    kept = centre.stored(made.id)
    assert kept is not None and (kept.state, kept.resident_id, kept.booked_by) == ("cancelled", kept.id, None)
