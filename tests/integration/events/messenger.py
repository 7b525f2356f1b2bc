"""Carries messages between events and booking in a test, as the broker would: later, twice, or in another order."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from services.booking.bookings.messages import CONTRACTS as OF_BOOKING
from services.booking.claims.messages import ClaimRequestedRead
from services.booking.claims.models import ClaimedTime
from services.booking.claims.use_cases import answer_request
from services.booking.ledger.models import Claim
from services.booking.spaces.models import Space
from services.events.messages import CONTRACTS as OF_EVENTS
from services.events.rooms import use_cases as rooms
from services.events.rooms.messages import ANSWERS, CLOSURES
from services.events.service import HEAR
from tests.unit.booking.spaces import example_space

REQUEST = "club_event.claim_requested.v1"
HEARD = ANSWERS | CLOSURES
ALWAYS_OPEN = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]


class Messenger:
    """`waiting` are messages that were published and not delivered yet. `delivered` are the others."""

    def __init__(self, events: Engine, booking: Engine, now: Callable[[], datetime]) -> None:
        self.events, self.booking, self.now = events, booking, now
        self.read = {events: 0, booking: 0}
        self.waiting: list[Any] = []
        self.delivered: list[Any] = []

    def add_space(self, code: str, **over: Any) -> UUID:
        given = {"opening_hours": ALWAYS_OPEN, "holiday_hours": [{"opens": "00:00", "closes": "24:00"}], "capacity": 40}
        space = example_space(**({"code": code} | given | over))
        with transaction(self.booking) as session:
            session.add(space)
        return space.id

    def fetch(self) -> None:
        """Take what was published meanwhile."""
        for engine, contracts in ((self.events, OF_EVENTS), (self.booking, OF_BOOKING)):
            with engine.connect() as connection:
                rows = connection.execute(
                    select(tables.outbox).where(tables.outbox.c.seq > self.read[engine]).order_by(tables.outbox.c.seq)
                ).all()
            for row in rows:
                contracts[row.type].check(row.data)
                self.read[engine] = row.seq
            self.waiting += [row for row in rows if row.type == REQUEST or row.type in HEARD]

    def deliver(self, place: int = 0) -> None:
        """Deliver one of the messages that wait."""
        message = self.waiting.pop(place)
        self.delivered.append(message)
        self.hand_over(message)
        self.fetch()

    def crash(self, place: int = 0) -> None:
        """A process dies after it has handled the message, before it commits. The message is delivered again later."""
        message = self.waiting[place]

        class Killed(Exception):
            pass

        engine = self.booking if message.type == REQUEST else self.events
        with suppress(Killed), transaction(engine) as session:
            self._handle(session, message)
            session.flush()
            raise Killed

    def hand_over(self, message: Any) -> None:
        with transaction(self.booking if message.type == REQUEST else self.events) as session:
            self._handle(session, message)

    def _handle(self, session: Session, message: Any) -> None:
        call = Call(session, self.now())
        if message.type == REQUEST:
            data = ClaimRequestedRead().load(message.data)
            answer_request(call, requester="events", community_id=message.community_id, **data)
        else:
            HEAR[message.type](call, **HEARD[message.type]().load(message.data))

    def deliver_all(self) -> None:
        self.fetch()
        for _ in range(1000):
            if not self.waiting:
                return
            self.deliver()
        raise AssertionError("they never stop talking")

    def upkeep(self) -> int:
        """One round of the upkeep of events. Returns how many club events it looked at."""
        with transaction(self.events) as session:
            found = rooms.to_ask(Call(session, self.now()))
        for club_event_id in found:
            with transaction(self.events) as session:
                rooms.ask_again(Call(session, self.now()), club_event_id)
        self.fetch()
        return len(found)

    def ledger(self) -> set[tuple[UUID, UUID, datetime, datetime]]:
        """(session, space, start, end) of what sessions have in booking. Claims and claimed times must agree."""
        with reading(self.booking) as session:
            times = session.scalars(select(ClaimedTime)).all()
            claims = session.scalars(select(Claim).where(Claim.holder_kind == "session", Claim.state == "confirmed")).all()
            spaces = {space.id: space for space in session.scalars(select(Space))}
        found = {(time.holder_id, space_id, time.starts_at, time.ends_at) for time in times for space_id in time.space_ids}
        parts: dict[UUID, list[UUID]] = {}
        for space in spaces.values():
            if space.parent_id is not None:
                parts.setdefault(space.parent_id, []).append(space.id)
        blocked = {
            (holder, leaf, *spaces[space_id].blocked(start, end))
            for holder, space_id, start, end in found
            for leaf in parts.get(space_id, [space_id])
        }
        assert {(c.holder_id, c.resource_id, c.during.lower, c.during.upper) for c in claims} == blocked
        return found

    def believed(self) -> set[tuple[UUID, UUID, datetime, datetime]]:
        """The same, as events believes it: sessions to come of published club events, without those that were refused a
        room."""
        query = """
            SELECT s.id, CASE WHEN s.location IS NULL THEN e.space_id ELSE s.space_id END AS space_id, s.starts_at, s.ends_at
            FROM club_session s JOIN club_event e ON e.id = s.club_event_id LEFT JOIN room_claim c ON c.club_event_id = e.id
            WHERE e.state = 'published' AND s.cancelled_at IS NULL AND s.ends_at > :now
            AND coalesce((c.refusals -> s.id::text ->> 'held')::boolean, true)
        """
        with self.events.connect() as connection:
            rows = connection.execute(text(query), {"now": self.now()}).all()
        return {tuple(row) for row in rows if row.space_id is not None}
