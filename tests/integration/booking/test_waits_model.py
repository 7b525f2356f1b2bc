"""Random lives of a line against a slow, obvious reference: nobody has the same time, the order is kept, nobody is skipped."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.identity import Identity
from services.booking.interface.refusals import SpaceTaken, TimeIsFree
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_waits import MINUTE, answer, offer_of, state_of, sweep
from tests.unit.booking.spaces import MONDAY, NOW, local

STARTS = [local(MONDAY, start) for start in ("15:00", "16:00", "17:00")]
HOUR = timedelta(hours=1)
STEPS = 25


@dataclass
class Asker:
    who: Identity
    wait: Any
    care: bool
    asked: int
    wanted: int
    window: tuple[int, int]
    courts: list[Any]
    state: str = "waiting"
    offer: tuple[Any, int] | None = None
    until: datetime | None = None
    declined: set[int] = field(default_factory=set)


@dataclass
class Reference:
    """What should be: who has which court in which hour, and who waits."""

    taken: dict[tuple[Any, int], Any] = field(default_factory=dict)
    line: list[Asker] = field(default_factory=list)

    def offer_all(self, now: datetime) -> None:
        while any(self._offer(one, now) for one in sorted(self.line, key=lambda one: (not one.care, one.asked))):
            pass

    def _offer(self, one: Asker, now: datetime) -> bool:
        if one.state != "waiting":
            return False
        hours = [hour for hour in range(one.window[0], one.window[1] + 1) if hour not in one.declined]
        free = [
            (abs(hour - one.wanted), one.courts.index(court), hour, court)
            for hour in hours
            for court in one.courts
            if (court, hour) not in self.taken
        ]
        if not free:
            return False
        _, _, hour, court = min(free, key=lambda found: found[:2])
        one.state, one.offer, one.until = "offered", (court, hour), now + 2 * HOUR
        self.taken[court, hour] = one
        return True

    def lapse(self, now: datetime) -> None:
        for one in self.line:
            if one.state == "offered" and one.until is not None and one.until <= now:
                self.free(one, "lapsed")

    def free(self, one: Asker, state: str) -> None:
        assert one.offer is not None
        del self.taken[one.offer]
        one.state, one.offer = state, None


@pytest.mark.parametrize("seed", range(8))
def test_a_line_is_what_the_reference_says(centre: Centre, seed: int) -> None:
    chance, truth, now = Random(seed), Reference(), NOW
    spaces = {space.id: space for space in (centre.court, centre.add_space())}
    booked: dict[tuple[Any, int], Any] = {}
    for court in spaces:
        for hour, start in enumerate(STARTS):
            booking = centre.do("book_space", centre.clerk, space_id=court, starts_at=start, ends_at=start + HOUR)
            booked[court, hour] = truth.taken[court, hour] = booking
    for step in range(STEPS):
        now += MINUTE
        act(centre, chance, truth, booked, step, now)
        sweep(centre, now)
        truth.lapse(now)
        truth.offer_all(now)
        compare(centre, truth)


def act(centre: Centre, chance: Random, truth: Reference, booked: dict[Any, Any], step: int, now: datetime) -> None:
    offered = [one for one in truth.line if one.state == "offered"]
    what = chance.choice(["ask", "ask", "cancel", "cancel", "book", *["accept", "decline", "leave"] * bool(offered)])
    if what == "ask":
        truth.line.append(ask(centre, chance, step, now))
    elif what == "cancel" and booked:
        for place in chance.sample(sorted(booked, key=str), min(len(booked), chance.randint(1, 3))):
            centre.do("cancel_booking", centre.clerk, now=now, booking_id=booked.pop(place).id)
            del truth.taken[place]
    elif what == "book":
        court, hour = centre.court.id, chance.randrange(len(STARTS))
        times = {"starts_at": STARTS[hour], "ends_at": STARTS[hour] + HOUR}
        try:
            made = centre.do("book_space", centre.clerk, now=now, space_id=court, **times)
            assert (court, hour) not in truth.taken
            booked[court, hour] = truth.taken[court, hour] = made
        except SpaceTaken:
            assert (court, hour) in truth.taken
    elif offered:
        one = chance.choice(offered)
        answered(centre, truth, booked, one, what, now)


def answered(centre: Centre, truth: Reference, booked: dict[Any, Any], one: Asker, what: str, now: datetime) -> None:
    assert one.offer is not None
    place = one.offer
    if what == "accept":
        booked[place] = truth.taken[place] = answer(centre, "accept_offer", one.who, one.wait, now)
        one.state, one.offer = "fulfilled", None
    elif what == "decline":
        answer(centre, "decline_offer", one.who, one.wait, now)
        one.declined.add(place[1])
        truth.free(one, "declined" if one.window[0] == one.window[1] else "waiting")
    else:
        centre.do("cancel_wait", one.who, now=now, wait_id=one.wait.id)
        truth.free(one, "withdrawn")


def ask(centre: Centre, chance: Random, step: int, now: datetime) -> Asker:
    """Somebody new. What is free is booked instead of waited for, so the wish is for a time that is taken, or nothing."""
    wanted, alike, wide, care = (
        chance.randrange(len(STARTS)),
        chance.random() < 0.5,
        chance.random() < 0.4,
        chance.random() < 0.2,
    )
    window = (0, len(STARTS) - 1) if wide else (wanted, wanted)
    who = person()
    acting, more = (centre.clerk, {"resident_id": UUID(str(who.account_id)), "care": True}) if care else (who, {})
    one = Asker(who, None, care, step, wanted, window, [centre.court.id])
    try:
        one.wait = centre.do(
            "wait_for_space",
            acting,
            now=now,
            space_id=centre.court.id,
            alike=alike,
            starts_at=STARTS[wanted],
            ends_at=STARTS[wanted] + HOUR,
            earliest_at=STARTS[window[0]],
            latest_at=STARTS[window[1]] + HOUR,
            **more,
        )
        one.courts = list(one.wait.space_ids)
    except TimeIsFree:
        one.state = "never"
    return one


def compare(centre: Centre, truth: Reference) -> None:
    held = {(claim.resource_id, claim.during.lower) for claim in centre.claims()}
    assert held == {(court, STARTS[hour]) for court, hour in truth.taken}
    assert len(centre.claims()) == len(held), "nobody has the time of somebody else"
    for one in truth.line:
        if one.state == "never":
            continue
        offer = offer_of(centre, one.wait)
        assert state_of(centre, one.wait) == one.state
        assert (offer and (offer.space_id, offer.starts_at)) == (one.offer and (one.offer[0], STARTS[one.offer[1]]))
