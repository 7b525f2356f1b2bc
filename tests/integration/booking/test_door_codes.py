"""Door codes follow bookings, and locks have exactly the codes of the bookings, whatever goes wrong on the way."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from chassis.config import settings
from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, Refusal
from services.booking import renewal
from services.booking.bookings.models import Booking
from services.booking.interface.locks import HTTP, PORTER, DeviceTaken
from services.booking.locks import making, storage
from services.booking.locks.gauges import GAUGES, failing
from services.booking.locks.models import AHEAD, REFRESH, DoorCode, LockState
from services.booking.locks.telling import tell_next
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.fake_bridge import FakeBridge
from tests.integration.booking.test_races import all_at_once
from tests.unit.booking.spaces import MONDAY, NOW, local

MINUTE = timedelta(minutes=1)
TEN, ELEVEN = local(MONDAY, "10:00"), local(MONDAY, "11:00")
ADMIN = person("admin")


@pytest.fixture(autouse=True)
def _bridges(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LINLI_LOCK_BRIDGES", "hall=https://locks.example")
    settings.cache_clear()
    yield
    settings.cache_clear()


def lock(centre: Centre, device: str | None = "front") -> UUID:
    """A programmable lock, or without a device a list for the porter."""
    about = {"kind": HTTP, "bridge": "hall", "device": device} if device else {"kind": PORTER}
    made: UUID = centre.do("add_lock", ADMIN, community_id="liuyi", name={"zh-CN": "大门"}, **about).id
    return made


def make(centre: Centre, now: datetime = NOW) -> None:
    more = True
    while more:
        with transaction(centre.engine) as session:
            more = making.make_due(Call(session, now))


def tell(centre: Centre, bridge: FakeBridge, now: datetime = NOW) -> None:
    """Make codes, and tell locks until nothing is left to do at `now`."""
    make(centre, now)
    while tell_next(centre.engine, lambda _: bridge, lambda: now):
        pass


def code_of(centre: Centre, booking: Any, acting: Any = None, now: datetime = NOW) -> Any:
    return centre.do("get_door_code", acting or centre.wang, booking_id=booking.id, now=now)


def test_a_booking_gets_a_code_that_the_lock_has(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    assert (code_of(centre, booking).state, code_of(centre, booking).door_code) == ("making", None)
    make(centre)
    waiting = code_of(centre, booking)
    assert waiting.state == "waiting" and len(waiting.door_code) == 6 and not waiting.doors[0].on_lock
    tell(centre, bridge)
    ready = code_of(centre, booking)
    assert (ready.state, ready.door_code) == ("ready", waiting.door_code)
    assert (ready.valid_from, ready.valid_until) == (TEN - 10 * MINUTE, ELEVEN + 10 * MINUTE)
    assert bridge.opens("front", NOW) == {(booking.id, ready.door_code)}
    calls = bridge.calls
    tell(centre, bridge)
    assert bridge.calls == calls, "what the lock has is not told again"
    tell(centre, bridge, NOW + REFRESH)
    assert bridge.calls == calls + 1, "but after some hours it is"


def test_the_code_is_void_when_the_booking_is(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    tell(centre, bridge)
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    tell(centre, bridge)
    assert bridge.opens("front", NOW) == set()
    assert (code_of(centre, booking).state, code_of(centre, booking).door_code) == ("none", None)


def test_a_no_show_and_its_undoing(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    tell(centre, bridge)
    before = code_of(centre, booking).door_code
    centre.do("mark_no_show", centre.clerk, booking_id=booking.id, now=TEN + MINUTE)
    tell(centre, bridge, TEN + 2 * MINUTE)
    assert bridge.opens("front", TEN) == set()
    centre.do("undo_no_show", centre.clerk, booking_id=booking.id, now=TEN + 3 * MINUTE)
    tell(centre, bridge, TEN + 4 * MINUTE)
    assert bridge.opens("front", TEN) == {(booking.id, before)}


def test_a_move_keeps_the_code_and_another_space_has_a_new_one(centre: Centre) -> None:
    bridge = FakeBridge()
    court, other = centre.add_space(lock_id=lock(centre)), centre.add_space(lock_id=lock(centre, "back"))
    booking = centre.book("10:00", "11:00", space=court)
    tell(centre, bridge)
    first = code_of(centre, booking).door_code
    times = {"starts_at": ELEVEN, "ends_at": ELEVEN + 60 * MINUTE}
    centre.do("reschedule_booking", centre.wang, booking_id=booking.id, **times)
    assert code_of(centre, booking).state == "making", "the code of the time before is not shown"
    tell(centre, bridge)
    moved = code_of(centre, booking)
    assert (moved.door_code, moved.valid_from) == (first, ELEVEN - 10 * MINUTE)
    centre.do("reschedule_booking", centre.wang, booking_id=booking.id, space_id=other.id, **times)
    tell(centre, bridge)
    second = code_of(centre, booking).door_code
    assert second != first
    assert (bridge.opens("front", NOW), bridge.opens("back", NOW)) == (set(), {(booking.id, second)})


def test_a_whole_opens_the_locks_of_its_parts_and_a_part_that_of_its_whole(centre: Centre) -> None:
    bridge = FakeBridge()
    hall = centre.add_space(divisible=True, lock_id=lock(centre, "front"))
    east = centre.add_space(parent_id=hall.id, lock_id=lock(centre, "east"))
    west = centre.add_space(parent_id=hall.id, lock_id=lock(centre, "west"))
    whole = centre.book("08:00", "09:00", space=hall)
    part = centre.book("10:00", "11:00", centre.li, space=east)
    tell(centre, bridge)
    of = {device: {booking for booking, _ in bridge.opens(device, NOW)} for device in ("front", "east", "west")}
    assert of == {"front": {whole.id, part.id}, "east": {whole.id, part.id}, "west": {whole.id}}
    assert west.lock_id is not None and len(code_of(centre, whole).doors) == 3


def test_codes_are_made_two_days_before_and_not_sooner(centre: Centre) -> None:
    court = centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court, day=MONDAY + timedelta(days=7))
    make(centre)
    later = code_of(centre, booking)
    assert (later.state, later.door_code) == ("later", None)
    due = later.valid_from - AHEAD
    make(centre, due - timedelta(seconds=1))
    assert code_of(centre, booking, now=due - timedelta(seconds=1)).state == "later"
    make(centre, due)
    assert code_of(centre, booking, now=due).door_code


def test_a_code_that_is_over_is_neither_shown_nor_on_the_lock(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    tell(centre, bridge)
    over = ELEVEN + 10 * MINUTE
    assert code_of(centre, booking, now=over - MINUTE).state == "ready"
    assert (code_of(centre, booking, now=over).state, code_of(centre, booking, now=over).door_code) == ("over", None)
    tell(centre, bridge, over)
    assert bridge.codes["front"] == ()


def test_who_sees_a_code(centre: Centre) -> None:
    court = centre.add_space(lock_id=lock(centre, None))
    booking = centre.book("10:00", "11:00", space=court)
    make(centre)
    assert code_of(centre, booking).state == "ready", "the porter's list has it at once"
    assert code_of(centre, booking, centre.clerk).door_code == code_of(centre, booking).door_code
    for who, refusal in (
        (centre.li, NotFound),
        (person("supervisor"), Forbidden),
        (person("clerk", community="yuxin"), NotFound),
    ):
        with pytest.raises(refusal):
            code_of(centre, booking, who)
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY, "23:00")}
    (listed,) = centre.do("list_door_codes", person("supervisor"), **window).items
    assert (listed.state, listed.door_code) == ("ready", None)
    (revealed,) = centre.do("reveal_door_codes", centre.clerk, limit=20, **window).items
    assert revealed.door_code == code_of(centre, booking).door_code
    with pytest.raises(Forbidden):
        centre.do("reveal_door_codes", person("supervisor"), limit=20, **window)
    assert centre.do("list_door_codes", person("clerk", community="yuxin"), **window).items == []


def test_a_bridge_that_is_away_is_shown_and_tried_again(centre: Centre) -> None:
    bridge, front = FakeBridge(), lock(centre)
    booking = centre.book("10:00", "11:00", space=centre.add_space(lock_id=front))
    bridge.trouble = ["away", "lost"]
    tell(centre, bridge)
    assert code_of(centre, booking).state == "waiting"
    shown = centre.do("get_lock", ADMIN, lock_id=front)
    assert (shown.failing_since, shown.problem, bridge.calls) == (NOW, "unreachable", 1)
    assert [name for name, _, value in failing(centre.engine) if value > 0] == list(GAUGES)
    tell(centre, bridge, NOW + MINUTE)
    assert bridge.opens("front", NOW) and code_of(centre, booking).state == "waiting", "nobody knows that it was heard"
    tell(centre, bridge, NOW + 2 * MINUTE)
    shown = centre.do("get_lock", ADMIN, lock_id=front)
    assert (shown.failing_since, shown.problem, shown.told_at) == (None, None, NOW + 2 * MINUTE)
    assert [value for _, _, value in failing(centre.engine)] == [0]
    assert code_of(centre, booking).state == "ready"


def test_a_process_that_dies_during_the_call_leaves_the_lock_to_others(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    make(centre)

    def killed(_: str) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_next(centre.engine, killed, lambda: NOW)
    assert not tell_next(centre.engine, lambda _: bridge, lambda: NOW), "the lock is leased"
    tell(centre, bridge, NOW + MINUTE)
    assert {one for one, _ in bridge.opens("front", NOW)} == {booking.id}


def test_a_call_that_was_under_way_says_nothing_about_the_next_device(centre: Centre) -> None:
    front, bridge = lock(centre), FakeBridge()
    booking = centre.book("10:00", "11:00", space=centre.add_space(lock_id=front))

    class Replaced(FakeBridge):
        """The device is replaced while its bridge is being called."""

        def put_codes(self, *call: Any) -> None:
            centre.do("change_lock", ADMIN, lock_id=front, device="new")

    make(centre)
    assert tell_next(centre.engine, lambda _: Replaced(), lambda: NOW)
    assert code_of(centre, booking).state == "waiting", "the new device has heard nothing"
    assert centre.do("get_lock", ADMIN, lock_id=front).told_at is None
    tell(centre, bridge)
    assert {one for one, _ in bridge.opens("new", NOW)} == {booking.id}
    assert code_of(centre, booking).state == "ready"


def test_of_many_replicas_each_booking_gets_one_code_and_the_lock_one_call(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    for hour in range(14, 20):
        centre.book(f"{hour}:00", f"{hour + 1}:00", person(), space=court)
    all_at_once([lambda: make(centre)] * 4)
    with reading(centre.engine) as session:
        assert len(session.scalars(select(DoorCode)).all()) == 6
    all_at_once([lambda: tell_next(centre.engine, lambda _: bridge, lambda: NOW)] * 4)
    assert bridge.calls == 1 and len(bridge.opens("front", NOW)) == 6


def test_two_bookings_at_once_never_have_the_same_code(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["402917", "402917", "402917", "735160"])
    monkeypatch.setattr(making, "new_code", lambda: next(drawn))
    front = lock(centre)
    first = centre.book("10:00", "11:00", space=centre.add_space(lock_id=front))
    second = centre.book("10:30", "11:30", centre.li, space=centre.add_space(lock_id=front))
    make(centre)
    codes = {code_of(centre, first).door_code, code_of(centre, second, centre.li).door_code}
    assert codes == {"402917", "735160"}
    with pytest.raises(IntegrityError, match="door_code_unique_meanwhile"), transaction(centre.engine) as session:
        session.execute(update(DoorCode).values(code_index="same"))


def test_codes_are_stored_encrypted(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", space=centre.add_space(lock_id=lock(centre)))
    make(centre)
    code = code_of(centre, booking).door_code
    with reading(centre.engine) as session:
        stored = session.scalars(select(DoorCode)).one()
    assert code.encode() not in stored.sealed_code and code not in stored.code_index


def test_a_code_that_no_key_can_decrypt_is_replaced_and_stops_no_others(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    lost, moved = (centre.book(f"{hour}:00", f"{hour + 1}:00", person(), space=court) for hour in (10, 14))
    tell(centre, bridge)
    with transaction(centre.engine) as session:
        session.execute(update(DoorCode).values(sealed_code=b"of a key that is gone"))
    times = {"starts_at": local(MONDAY, "18:00"), "ends_at": local(MONDAY, "19:00")}
    centre.do("reschedule_booking", centre.clerk, booking_id=moved.id, **times)
    third = centre.book("16:00", "17:00", person(), space=court)
    make(centre)
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY, "23:00")}
    shown = {one.booking_id: one for one in centre.do("reveal_door_codes", centre.clerk, limit=20, **window).items}
    assert (shown[lost.id].state, shown[lost.id].door_code) == ("making", None)
    assert shown[moved.id].door_code and shown[third.id].door_code
    with transaction(centre.engine) as session:
        making.replace_unreadable(Call(session, NOW))
    tell(centre, bridge, NOW + MINUTE)
    assert {one for one, _ in bridge.opens("front", NOW)} == {lost.id, moved.id, third.id}


def test_codes_move_to_new_keys_and_stay_as_they_are(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks have them all the time, and know them after the old keys are gone."""
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    first, second = (centre.book(f"{hour}:00", f"{hour + 1}:00", person(), space=court) for hour in (10, 14))
    tell(centre, bridge)
    before = bridge.opens("front", NOW)
    old, new, index = settings().encryption_keys[0], Fernet.generate_key().decode(), settings().index_keys[0]
    _use_keys(monkeypatch, f"{new},{old}", f"next,{index}")
    third = centre.book("16:00", "17:00", person(), space=court)
    tell(centre, bridge)
    assert list(renewal.renew(centre.engine, NOW)) == [2], "the third has the new keys"
    _use_keys(monkeypatch, new, "next")
    tell(centre, bridge, NOW + MINUTE)
    after = bridge.opens("front", NOW)
    assert before < after and {one for one, _ in after} == {first.id, second.id, third.id}
    assert list(renewal.renew(centre.engine, NOW)) == []


def test_two_equal_codes_of_two_keys_become_two_codes(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under different index keys, the database cannot see that they are equal."""
    drawn = iter(["402917", "402917", "735160"])
    monkeypatch.setattr(making, "new_code", lambda: next(drawn))
    court, other = (centre.add_space(lock_id=lock(centre, device)) for device in ("front", "back"))
    centre.book("10:00", "11:00", space=court)
    make(centre)
    old, index = settings().encryption_keys[0], settings().index_keys[0]
    _use_keys(monkeypatch, old, f"next,{index}")
    centre.book("10:00", "11:00", centre.li, space=other)
    make(centre)
    assert list(renewal.renew(centre.engine, NOW)) == [1]
    make(centre)
    with reading(centre.engine) as session:
        assert {one.code for one in session.scalars(select(DoorCode))} == {"402917", "735160"}


def _use_keys(monkeypatch: pytest.MonkeyPatch, keys: str, index_keys: str) -> None:
    monkeypatch.setenv("LINLI_ENCRYPTION_KEYS", keys)
    monkeypatch.setenv("LINLI_INDEX_KEYS", index_keys)
    settings.cache_clear()


def test_a_person_who_was_erased_opens_nothing(centre: Centre) -> None:
    bridge, court = FakeBridge(), centre.add_space(lock_id=lock(centre))
    booking = centre.book("10:00", "11:00", space=court)
    tell(centre, bridge)
    with transaction(centre.engine) as session:
        session.execute(update(Booking).where(Booking.id == booking.id).values(resident_id=Booking.id))
    tell(centre, bridge, NOW + MINUTE)
    assert bridge.opens("front", NOW) == set()


def test_a_lock_out_of_use_has_no_codes(centre: Centre) -> None:
    bridge, front = FakeBridge(), lock(centre)
    centre.book("10:00", "11:00", space=centre.add_space(lock_id=front))
    tell(centre, bridge)
    centre.do("change_lock", ADMIN, lock_id=front, active=False)
    tell(centre, bridge)
    assert bridge.codes["front"] == ()


def test_admins_set_up_the_locks_of_their_community(centre: Centre) -> None:
    front = lock(centre)
    about = {"community_id": "liuyi", "name": {"zh-CN": "后门"}}
    for wrong, field in (
        ({"kind": HTTP, "bridge": "hall"}, "device"),
        ({"kind": HTTP, "bridge": "elsewhere", "device": "x"}, "bridge"),
        ({"kind": PORTER, "device": "x"}, "device"),
    ):
        with pytest.raises(InvalidField) as refused:
            centre.do("add_lock", ADMIN, **about, **wrong)
        assert refused.value.details_for("en")["errors"][0]["field"] == field
    with pytest.raises(DeviceTaken):
        centre.do("add_lock", ADMIN, **about, kind=HTTP, bridge="hall", device="front")
    with pytest.raises(NotFound):
        centre.do("get_lock", person("admin", community="yuxin"), lock_id=front)
    with pytest.raises(Forbidden):
        centre.do("list_locks", centre.clerk)
    assert [one.name for one in centre.do("get_lock_bridges", ADMIN)] == ["hall"]
    changed = centre.do("change_space", ADMIN, space_id=centre.court.id, lock_id=front, code_minutes_before=30)
    assert (changed.lock_id, changed.code_minutes_before) == (front, 30)
    elsewhere = centre.do(
        "add_lock", person("admin", community="yuxin"), community_id="yuxin", name={"zh-CN": "门"}, kind=PORTER
    )
    with pytest.raises(InvalidField):
        centre.do("change_space", ADMIN, space_id=centre.court.id, lock_id=elsewhere.id)


def test_a_bridge_is_only_for_the_communities_that_the_operator_names(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LOCK_BRIDGES", "hall=https://locks.example,all=https://all.example")
    monkeypatch.setenv("LINLI_LOCK_COMMUNITIES", "hall=yuxin,hall=beiwan")
    settings.cache_clear()
    theirs, about = person("admin", community="yuxin"), {"name": {"zh-CN": "门"}, "kind": HTTP, "device": "front"}
    assert [one.name for one in centre.do("get_lock_bridges", ADMIN)] == ["all"]
    assert [one.name for one in centre.do("get_lock_bridges", theirs)] == ["all", "hall"]
    with pytest.raises(InvalidField) as refused:
        centre.do("add_lock", ADMIN, community_id="liuyi", bridge="hall", **about)
    assert refused.value.details_for("en")["errors"][0]["field"] == "bridge"
    moved = centre.do("add_lock", ADMIN, community_id="liuyi", bridge="all", **about)
    with pytest.raises(InvalidField):
        centre.do("change_lock", ADMIN, lock_id=moved.id, bridge="hall")
    assert centre.do("add_lock", theirs, community_id="yuxin", bridge="hall", **about).bridge == "hall"


@pytest.mark.parametrize("seed", range(12))
def test_after_any_mishaps_the_locks_have_the_codes_of_the_bookings(centre: Centre, seed: int) -> None:
    """A slow obvious reference: who may enter is read from the bookings one by one."""
    luck, bridge, now = random.Random(seed), FakeBridge(), NOW
    hall = centre.add_space(divisible=True, lock_id=lock(centre, "front"))
    spaces = [
        hall,
        centre.add_space(parent_id=hall.id, lock_id=lock(centre, "east")),
        centre.add_space(parent_id=hall.id),
        centre.add_space(lock_id=lock(centre, "back")),
    ]
    devices = {hall.id: {"front", "east"}, spaces[1].id: {"front", "east"}, spaces[2].id: {"front"}, spaces[3].id: {"back"}}
    made: list[Any] = []
    for _ in range(40):
        now += timedelta(seconds=luck.randrange(40))
        act, hour = luck.choice(ACTS), luck.randrange(14, 21)
        times = {"starts_at": local(MONDAY, f"{hour}:00"), "ends_at": local(MONDAY, f"{hour + 1}:00")}
        some = luck.choice(made) if made else None
        try:
            match act:
                case "book":
                    made.append(centre.book(f"{hour}:00", f"{hour + 1}:00", person(), space=luck.choice(spaces), now=now))
                case "cancel" if some:
                    centre.do("cancel_booking", centre.clerk, booking_id=some.id, now=now)
                case "move" if some:
                    where = {"space_id": luck.choice(spaces).id} | times
                    centre.do("reschedule_booking", centre.clerk, booking_id=some.id, now=now, **where)
                case "make":
                    make(centre, now)
                case "tell":
                    bridge.trouble = [luck.choice(["", "away", "lost", "late", "twice"]) for _ in range(3)]
                    tell_next(centre.engine, lambda _: bridge, lambda at=now: at)  # type: ignore[misc]
                case "killed":
                    with pytest.raises(KeyboardInterrupt):
                        while tell_next(centre.engine, killed_call, lambda at=now: at):  # type: ignore[misc]
                            pass
                        raise KeyboardInterrupt
                case "arrive":
                    bridge.arrive()
        except Refusal:
            pass
    bridge.trouble = []
    for _ in range(3):  # whoever was killed held a lease
        now += 2 * MINUTE
        tell(centre, bridge, now)
        bridge.arrive()
    with reading(centre.engine) as session:
        bookings = [session.get_one(Booking, one.id) for one in made]
    for device in ("front", "east", "back"):
        expected = {one.id for one in bookings if one.state == "confirmed" and device in devices[one.space_id]}
        assert {booking for booking, _ in bridge.opens(device, now)} == expected, f"{device}, seed {seed}"
    with reading(centre.engine) as session:
        assert all(not state.sending for state in session.scalars(select(LockState)))
        wanted = storage.wanted(session, now)
    assert sum(map(len, wanted.values())) == sum(len(bridge.opens(device, now)) for device in ("front", "east", "back"))


def killed_call(_: str) -> Any:
    raise KeyboardInterrupt


ACTS = ("book", "book", "book", "cancel", "move", "move", "make", "make", "tell", "tell", "tell", "killed", "arrive")
