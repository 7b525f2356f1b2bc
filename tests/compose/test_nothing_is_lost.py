"""Residents book through nginx while replicas, the broker and whole services are killed, stopped and replaced. Afterwards
everything adds up: every request was answered or cleanly refused, nobody has a time twice, the outside system and each
resident heard of every booking, once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.compose.bookers import Bookers, booking_residents
from tests.compose.outside import OutsideSystem, outside_system
from tests.compose.project import ENGINE, NO_ENGINE, REPLICAS, SERVICES, District, docker
from tests.patience import eventually

pytestmark = pytest.mark.skipif(not ENGINE, reason=NO_ENGINE)
RECOVERS_WITHIN = 90.0  # seconds after the last request in which everybody has heard of everything
_TWICE = """
    SELECT a.id, b.id FROM booking a JOIN booking b ON b.space_id = a.space_id AND b.id > a.id
        AND tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
    WHERE a.state = 'confirmed' AND b.state = 'confirmed'
"""


@contextmanager
def everything_adds_up(district: District, what: str) -> Iterator[Bookers]:
    """Strike in the block; what it did is told and judged afterwards."""
    district.scale()
    with outside_system(district.amqp_uri) as system:
        known = {row[0] for row in district.rows("booking", "SELECT id FROM booking")}
        with booking_residents(district.url) as bookers:
            yield bookers
        over = time.monotonic()
        expected = _expected(bookers)
        heard = f"{sum(expected.values())} messages by the outside system"
        eventually(lambda: _is_heard(system, bookers), seconds=RECOVERS_WITHIN)
        eventually(lambda: _told(district, bookers) == _to_be_told(bookers), seconds=RECOVERS_WITHIN, every=0.5)
        print(f"\n{what}: {_summary(bookers)}; {heard}, {len(system.heard) - len(set(system.heard))} of them again; "
              f"all heard {time.monotonic() - over:.1f} s after the last request")  # fmt: skip
        assert [asked for asked in bookers.asked if not asked.final] == [], "never answered"
        assert [asked.unclean for asked in bookers.asked if asked.unclean] == [], "refused without words"
        made = {row[0] for row in district.rows("booking", "SELECT id FROM booking")} - known
        assert made == bookers.booked(), "what is stored is what was confirmed"
        assert district.rows("booking", _TWICE) == []
        assert system.of(made) == expected
        assert system.out_of_order() == []


def _expected(bookers: Bookers) -> dict[tuple[str, str], int]:
    confirmed = {(booking_id, "booking.confirmed.v1"): 1 for booking_id in bookers.booked()}
    return confirmed | {(booking_id, "booking.cancelled.v1"): 1 for booking_id in bookers.cancelled()}


def _is_heard(system: OutsideSystem, bookers: Bookers) -> bool:
    return _expected(bookers).keys() <= system.of(bookers.booked()).keys()


def _to_be_told(bookers: Bookers) -> dict[tuple[str, str], int]:
    confirmed = {(booking_id, "booking_confirmed"): 1 for booking_id in bookers.booked()}
    return confirmed | {(booking_id, "booking_cancelled"): 1 for booking_id in bookers.cancelled()}


def _told(district: District, bookers: Bookers) -> dict[tuple[str, str], int]:
    """How often each booking's resident was told in the app, by template."""
    rows = district.rows(
        "notify",
        "SELECT subject_id, template, count(*) FROM notification WHERE channel = 'in_app' AND subject_type = 'booking' "
        "GROUP BY 1, 2",
    )
    ours = bookers.booked()
    return {(subject, template): int(count) for subject, template, count in rows if subject in ours}


def _summary(bookers: Bookers) -> str:
    again = sum(asked.attempts - 1 for asked in bookers.asked)
    slowest = max(asked.seconds for asked in bookers.asked)
    return (
        f"{len(bookers.asked)} requests, {len(bookers.booked())} bookings, {len(bookers.cancelled())} cancelled, "
        f"{again} attempts refused and repeated, slowest final answer {slowest:.1f} s"
    )


def _answers_go_on(bookers: Bookers, count: int = 15) -> None:
    """Waits until so many more requests have their final answer."""
    before = bookers.answered()
    eventually(lambda: bookers.answered() >= before + count, seconds=90)


def test_replicas_are_killed(district: District) -> None:
    """One of each service that has several, and the only one of the others."""
    with everything_adds_up(district, "docker kill of a replica of every service") as bookers:
        for service in SERVICES:
            victim = district.containers(service)[0]
            docker("kill", victim)  # counts as a wish to stop it: Docker does not start it again
            if service in REPLICAS:
                _answers_go_on(bookers)  # by the others
            docker("start", victim)
            _answers_go_on(bookers)


def test_the_broker_is_killed(district: District) -> None:
    with everything_adds_up(district, "docker kill of the broker, then started") as bookers:
        (broker,) = district.containers("rabbitmq")
        docker("kill", broker)
        docker("start", broker)
        eventually(lambda: district.healthy("rabbitmq"), seconds=120, every=0.5)
        _answers_go_on(bookers)


def test_a_service_is_away_for_a_minute_and_catches_up(district: District) -> None:
    with everything_adds_up(district, "notify stopped for a minute") as bookers:
        (notify,) = district.containers("notify")
        stop(district, notify)
        away_since, before = time.monotonic(), len(bookers.booked())
        eventually(lambda: time.monotonic() - away_since >= 60, seconds=70, every=0.5)  # the minute is the fault
        assert len(bookers.booked()) > before + 20, "the others work meanwhile"
        docker("start", notify)


def test_every_service_is_replaced_one_container_at_a_time(district: District) -> None:
    """A rolling restart: each container drains within its grace period, and who asks notices nothing."""
    with everything_adds_up(district, "rolling restart of every service") as bookers:
        for service in SERVICES:
            for container in district.containers(service):
                stop(district, container)
                docker("start", container)
                eventually(_is_healthy(district, container), seconds=120, every=0.3)
        _answers_go_on(bookers)


def stop(district: District, container: str) -> None:
    """As Compose would: SIGTERM, and the grace period of the compose file before SIGKILL."""
    docker("stop", container)
    state = district.inspect(container)["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False), "it had to be killed"


def _is_healthy(district: District, container: str) -> Callable[[], bool]:
    return lambda: bool(district.inspect(container)["State"]["Health"]["Status"] == "healthy")
