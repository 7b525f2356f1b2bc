"""A centre's bookings database with a court, and the people who use it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call, Outdated
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from services.booking.bookings.messages import CONTRACTS
from services.booking.bookings.models import Booking
from services.booking.ledger.models import RELEASED, Claim
from services.booking.service import BookingService
from services.booking.spaces.models import Space
from tests.patience import eventually
from tests.unit.booking.spaces import MONDAY, NOW, example_space, local


def person(*roles: str, community: str | None = "liuyi") -> Identity:
    """A new account; staff if it has roles."""
    return Identity(
        account_id=str(uuid4()), party="staff" if roles else "resident", roles=frozenset(roles), community_id=community
    )


class Centre:
    """The database under test, and short ways to act on it: each call is one committed transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.wang, self.li, self.clerk = person(), person(), person("clerk")
        self.court = self.add_space()

    def add_space(self, **over: Any) -> Space:
        space = example_space(**({"code": f"space-{uuid4().hex[:8]}"} | over))
        with transaction(self.engine) as session:
            session.add(space)
        return space

    @contextmanager
    def call(self, acting: Identity = ANONYMOUS, now: datetime = NOW) -> Iterator[Call]:
        with transaction(self.engine) as session:
            yield Call(session, now, acting, communities=Communities.only(acting.community_id or "liuyi"))

    def do(self, verb: str, acting: Identity = ANONYMOUS, *, now: datetime = NOW, **payload: Any) -> Any:
        """Run again if the calendar has changed, as `run_once` does."""
        try:
            return self._do(verb, acting, now, payload)
        except Outdated:
            return self._do(verb, acting, now, payload)

    def _do(self, verb: str, acting: Identity, now: datetime, payload: dict[str, Any]) -> Any:
        with self.call(acting, now) as call:
            return BookingService.use_case(verb)(call, **({"limit": 20} if verb.startswith("list_") else {}) | payload)

    def book(
        self,
        start: str,
        end: str,
        acting: Identity | None = None,
        *,
        space: Space | None = None,
        now: datetime = NOW,
        **more: Any,
    ) -> Booking:
        """On Monday, at local times; by Wang unless said otherwise."""
        day = more.pop("day", MONDAY)
        booking: Booking = self.do(
            "book_space",
            acting or self.wang,
            now=now,
            space_id=(space or self.court).id,
            starts_at=local(day, start),
            ends_at=local(day, end),
            **more,
        )
        return booking

    def free(self, space: Space | None = None, *, now: datetime = NOW) -> list[tuple[int, int]]:
        """Of Monday."""
        space_id = (space or self.court).id
        window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + timedelta(days=1), "00:00")}
        spans: list[tuple[int, int]] = self.do("get_availability", now=now, space_id=space_id, **window).free
        return spans

    def stored(self, booking_id: UUID) -> Booking | None:
        with reading(self.engine) as session:
            return session.get(Booking, booking_id)

    def claims(self) -> list[Claim]:
        """Those that block."""
        with reading(self.engine) as session:
            return list(session.scalars(select(Claim).where(Claim.state != RELEASED)))

    def published(self) -> list[Any]:
        """Outbox rows in order, each checked against its contract."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(tables.outbox).order_by(tables.outbox.c.seq)).all()
        for row in rows:
            CONTRACTS[row.type].check(row.data)
        return list(rows)


def wait_for_lock(centre: Centre) -> None:
    """Until a transaction waits for a lock of another one."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")

    def somebody_waits() -> bool:
        with centre.engine.connect() as connection:
            return bool(connection.scalar(waiting))

    eventually(somebody_waits)


@pytest.fixture
def centre(database_of: Callable[[str], Engine]) -> Centre:
    return Centre(database_of("booking"))
