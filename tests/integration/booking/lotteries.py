"""Lotteries for tests: made on Monday evenings of the court, and entries of people."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.rpc.identity import Identity
from services.booking.lotteries import job
from services.booking.lotteries.models import Lottery, LotteryEntry
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW

OPENS, CLOSES, DRAWS = NOW - timedelta(minutes=30), NOW + timedelta(hours=2), NOW + timedelta(hours=3)
ADMIN = person("admin")


def resident(household: UUID | None = None) -> Identity:
    return Identity(
        account_id=str(uuid4()), party="resident", community_id="liuyi", household_id=str(household) if household else None
    )


def make(centre: Centre, **over: Any) -> Lottery:
    """By default: one court, Monday from 18:00 to 21:00, three times of an hour; entries are open."""
    about: dict[str, Any] = {
        "community_id": "liuyi",
        "title": {"zh-CN": "周一晚上", "en": "Monday evening"},
        "space_ids": [centre.court.id],
        "first_day": MONDAY,
        "last_day": MONDAY,
        "weekdays": [1],
        "first_clock": "18:00",
        "last_clock": "21:00",
        "minutes": 60,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "draws_at": DRAWS,
    }
    made: Lottery = centre.do("make_lottery", over.pop("acting", ADMIN), now=over.pop("now", NOW), **(about | over))
    return made


def enter(centre: Centre, lottery: Lottery, *wishes: int, acting: Identity | None = None, **more: Any) -> LotteryEntry:
    entry: LotteryEntry = centre.do(
        "enter_lottery", acting or resident(), lottery_id=lottery.id, wishes=list(wishes) or [1, 2, 3], **more
    )
    return entry


def run_job(centre: Centre, now: datetime) -> None:
    job.conduct_due(centre.engine, lambda: now)


def drawn(centre: Centre, lottery: Lottery) -> dict[str, Any]:
    """The public file after the job has closed and drawn it."""
    run_job(centre, DRAWS)
    record: dict[str, Any] = centre.do("get_lottery_record", lottery_id=lottery.id)
    return record
