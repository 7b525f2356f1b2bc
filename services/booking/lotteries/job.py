"""The job that closes and draws lotteries when it is time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import reading, transaction
from chassis.observability import telemetry
from chassis.rpc.call import Call, Outdated
from services.booking.lotteries import storage
from services.booking.lotteries.conducting import step

log = telemetry.get_logger(__name__)
Clock = Callable[[], datetime]
ATTEMPTS: Final = 5  # of a draw while others change the calendar


def conduct_due(engine: Engine, clock: Clock = lambda: datetime.now(UTC)) -> None:
    """Close and draw what is due, each in a transaction of its own. A lottery that fails is logged and left to the next run,
    so that those after it are drawn all the same."""
    with reading(engine) as session:
        due = storage.due(session, clock())
    for lottery_id in due:
        try:
            while _step(engine, lottery_id, clock):  # it may be time to close and to draw it
                pass
        except Exception:
            log.exception("lottery not conducted", lottery_id=str(lottery_id))


def _step(engine: Engine, lottery_id: UUID, clock: Clock) -> bool:
    """Raises CalendarChanged if the calendar changes again and again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction(engine) as session:
                return step(Call(session, clock()), lottery_id)
        except Outdated:
            if attempt == ATTEMPTS:
                raise
    return False
