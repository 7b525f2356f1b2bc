"""The ledger: claims, holds that expire, and the constraints of the database."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading, transaction
from chassis.rpc.refusal import Refusal
from services.booking.calendar.models import CalendarRevision
from services.booking.interface.refusals import ClaimedTwice, EndsBeforeStart, HoldExpired, HoldInPast, SpaceTaken
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import CONFIRMED, HELD, RELEASED, Claim, Holder, Resource, Wanted
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, NOW, local

HOUR = timedelta(hours=1)


class Ledger:
    """A ledger with three numbered units, and short ways to act on it. Hours are counted from NOW."""

    def __init__(self, centre: Centre) -> None:
        self.engine = centre.engine
        self.units = [uuid4() for _ in range(3)]
        with transaction(self.engine) as session:
            session.execute(
                insert(Resource),
                [{"id": unit, "community_id": "liuyi", "kind": "unit", "space_id": None} for unit in self.units],
            )
            self.revision: UUID = session.scalars(
                select(CalendarRevision.revision).where(CalendarRevision.community_id == "liuyi")
            ).one()

    def claim(
        self,
        holder: Holder,
        units: list[int],
        start: int,
        end: int,
        *,
        at: int = 0,
        until: int | None = None,
        move: bool = False,
    ) -> bool:
        expires_at = None if until is None else NOW + until * HOUR
        resource_ids = [self.units[unit] for unit in units]
        wanted = Wanted(holder, resource_ids, NOW + start * HOUR, NOW + end * HOUR, self.revision, expires_at)
        try:
            with transaction(self.engine) as session:
                if not (ledger.move if move else ledger.claim)(session, wanted, NOW + at * HOUR):
                    raise SpaceTaken()  # rolls back
        except SpaceTaken:
            return False
        return True

    def confirm(self, holder: Holder, *, at: int) -> bool:
        try:
            with transaction(self.engine) as session:
                ledger.confirm(session, holder, NOW + at * HOUR)
        except HoldExpired:
            return False
        return True

    def release(self, holder: Holder) -> None:
        with transaction(self.engine) as session:
            ledger.release(session, holder)

    def states(self) -> dict[UUID, str]:
        with reading(self.engine) as session:
            return {claim.holder_id: claim.state for claim in session.scalars(select(Claim))}


def session_of_club() -> Holder:
    return Holder("session", uuid4(), "liuyi")


@pytest.fixture
def units(centre: Centre) -> Ledger:
    return Ledger(centre)


def test_a_hold_blocks_until_it_expires_and_the_next_claim_releases_it(units: Ledger) -> None:
    hold, other = session_of_club(), session_of_club()
    assert units.claim(hold, [0, 1], 10, 12, until=2)
    assert not units.claim(other, [1], 11, 13, at=1)
    assert units.states() == {hold.id: HELD}
    assert units.claim(other, [1, 2], 11, 13, at=2)
    assert units.states()[other.id] == CONFIRMED
    assert not units.confirm(hold, at=3)


def test_expired_holds_are_released_as_their_own_holders(units: Ledger) -> None:
    """Two of one resource, released by one claim."""
    first, second, third = (session_of_club() for _ in range(3))
    for hour, holder in enumerate((first, second)):
        assert units.claim(holder, [0], hour, hour + 1, at=0, until=1)
    assert units.claim(third, [0], 0, 2, at=1)
    with reading(units.engine) as session:
        states = dict(session.execute(select(Claim.holder_id, Claim.state)).tuples().all())
    assert states == {first.id: RELEASED, second.id: RELEASED, third.id: "confirmed"}


def test_a_confirmed_hold_does_not_expire(units: Ledger) -> None:
    hold = session_of_club()
    assert units.claim(hold, [0], 10, 12, until=2)
    assert units.confirm(hold, at=1)
    assert not units.claim(session_of_club(), [0], 11, 13, at=5)
    assert units.states() == {hold.id: CONFIRMED}


def test_what_is_released_is_free(units: Ledger) -> None:
    first, second = session_of_club(), session_of_club()
    assert units.claim(first, [0], 10, 12)
    units.release(first)
    assert units.claim(second, [0], 10, 12)
    assert units.states() == {first.id: RELEASED, second.id: CONFIRMED}
    assert not units.confirm(first, at=0)


def test_a_claim_is_all_or_nothing(units: Ledger) -> None:
    first = session_of_club()
    assert units.claim(first, [1], 10, 12)
    assert not units.claim(session_of_club(), [0, 1, 2], 11, 13)
    assert list(units.states()) == [first.id]


def test_a_held_time_is_not_free_for_a_booking_until_the_hold_expires(centre: Centre) -> None:
    units = Ledger(centre)
    units.units = [centre.court.id]
    start = int((local(MONDAY, "10:00") - NOW) / HOUR)
    units.claim(session_of_club(), [0], start, start + 1, until=2)
    ten = int(local(MONDAY, "10:00").timestamp())
    taken = [a for a, b in centre.free() if a <= ten < b]
    assert taken == []
    with pytest.raises(SpaceTaken):
        centre.book("09:00", "10:30")
    later = NOW + 2 * HOUR
    assert [(a <= ten < b) for a, b in centre.free(now=later)].count(True) == 1
    assert centre.book("10:00", "11:00", now=later).state == "confirmed"


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"units": [0], "start": 12, "end": 12}, EndsBeforeStart),
        ({"units": [0], "start": 12, "end": 10}, EndsBeforeStart),
        ({"units": [0, 1, 0], "start": 10, "end": 12}, ClaimedTwice),
        ({"units": [0], "start": 10, "end": 12, "at": 5, "until": 5}, HoldInPast),
        ({"units": [0], "start": 10, "end": 12, "at": 5, "until": -1}, HoldInPast),
    ],
)
@pytest.mark.parametrize("move", [False, True], ids=["claim", "move"])
def test_a_wish_that_makes_no_sense_writes_nothing(
    units: Ledger, wish: dict[str, Any], refusal: type[Refusal], move: bool
) -> None:
    with pytest.raises(refusal):
        units.claim(session_of_club(), **wish, move=move)
    assert units.states() == {}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("state = 'perhaps'", "claim_state"),
        ("state = 'held'", "claim_hold_expires"),
        ("expires_at = now()", "claim_confirmed_for_good"),
        ("holder_kind = 'ghost'", "claim_holder_kind"),
        ("holder_kind = 'booking'", "claim_booking_id_fkey"),
        ("during = tstzrange(now(), NULL)", "claim_bounded"),
        ("during = 'empty'", "claim_bounded"),
        ("resource_id = gen_random_uuid()", "claim_resource_id_fkey"),
    ],
)
def test_the_database_refuses_claims_that_make_no_sense(units: Ledger, change: str, rule: str) -> None:
    assert units.claim(session_of_club(), [0], 10, 12)
    with pytest.raises(IntegrityError, match=rule), units.engine.begin() as connection:
        connection.execute(text(f"UPDATE claim SET {change}"))  # noqa: S608  a constant


def test_each_space_is_a_resource_whoever_adds_it(centre: Centre) -> None:
    hall = centre.add_space(divisible=True)
    part = centre.add_space(parent_id=hall.id)
    with reading(centre.engine) as session:
        found = {resource.id: resource.kind for resource in session.scalars(select(Resource))}
    assert found == dict.fromkeys((centre.court.id, hall.id, part.id), "space")


# --- against a slow reference ---

HOLDERS = range(4)
acts = st.one_of(
    st.tuples(
        st.sampled_from(["claim", "move"]),
        st.sampled_from(HOLDERS),
        st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True),
        st.integers(0, 8),
        st.integers(1, 4),
        st.none() | st.integers(1, 3),
    ),
    st.tuples(st.sampled_from(["confirm", "release"]), st.sampled_from(HOLDERS)),
    st.tuples(st.just("wait"), st.integers(1, 3)),
)


class Reference:
    """What the ledger should do, by looking at every hour of every unit."""

    def __init__(self) -> None:
        self.now = 0
        self.claims: dict[tuple[int, int], tuple[range, int | None]] = {}  # (holder, unit): hours, expiry
        self.ever: set[int] = set()

    def claim(self, holder: int, units: list[int], start: int, length: int, lasts: int | None) -> bool:
        hours = range(start, start + length)
        for (other, unit), (taken, until) in self.claims.items():
            in_force = until is None or until > self.now
            if other != holder and unit in units and in_force and set(taken) & set(hours):
                return False
        self.claims = {key: value for key, value in self.claims.items() if key[0] != holder}
        for unit in units:
            self.claims[holder, unit] = hours, None if lasts is None else self.now + lasts
        return True

    def confirm(self, holder: int) -> bool:
        held = [key for key, (_, until) in self.claims.items() if key[0] == holder and until is not None and until > self.now]
        for key in held:
            self.claims[key] = self.claims[key][0], None
        return bool(held)

    def release(self, holder: int) -> None:
        self.claims = {key: value for key, value in self.claims.items() if key[0] != holder}

    def taken(self) -> set[tuple[int, int]]:
        """(unit, hour) that nobody else can have now."""
        in_force = {key: hours for key, (hours, until) in self.claims.items() if until is None or until > self.now}
        return {(unit, hour) for (_, unit), hours in in_force.items() for hour in hours}


def taken_in(units: Ledger, now: int) -> set[tuple[int, int]]:
    with reading(units.engine) as session:
        found = session.execute(
            select(Claim.resource_id, Claim.during).where(
                Claim.state != RELEASED, Claim.expires_at.is_(None) | (Claim.expires_at > NOW + now * HOUR)
            )
        ).all()
    return {
        (units.units.index(resource_id), hour)
        for resource_id, during in found
        for hour in range(_hours(during.lower), _hours(during.upper))
    }


def _hours(at: datetime) -> int:
    return int((at - NOW) / HOUR)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=3, max_size=25))
def test_whatever_is_done_the_ledger_agrees_with_a_slow_reference(units: Ledger, lives: list[tuple[Any, ...]]) -> None:
    with transaction(units.engine) as session:
        session.execute(text("DELETE FROM claim"))
    reference, holders = Reference(), [session_of_club() for _ in HOLDERS]
    for act, *details in lives:
        if act == "wait":
            reference.now += details[0]
        elif act == "release":
            units.release(holders[details[0]])
            reference.release(details[0])
        elif act == "confirm":
            assert units.confirm(holders[details[0]], at=reference.now) == reference.confirm(details[0])
        else:
            number, chosen, start, length, lasts = details
            until = None if lasts is None else reference.now + lasts
            # A holder claims once. Afterwards it moves.
            done = units.claim(holders[number], chosen, start, start + length, at=reference.now, until=until, move=True)
            assert done == reference.claim(number, chosen, start, length, lasts)
        assert taken_in(units, reference.now) == reference.taken()
