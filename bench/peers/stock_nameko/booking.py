"""The service: @rpc, insert, commit, then dispatch."""

from datetime import datetime
from typing import Any

from nameko.events import EventDispatcher
from nameko.rpc import rpc
from nameko_sqlalchemy import DatabaseSession
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bench.peers.stock_nameko.models import Booking, ClubEvent, DeclarativeBase, Space
from bench.peers.stock_nameko.schemas import BookingSchema, BookSpaceSchema, ClubEventSchema, SpaceSchema


class SpaceTaken(Exception):
    pass


class BookingService:
    name = "booking"

    db = DatabaseSession(DeclarativeBase)
    dispatch = EventDispatcher()

    @rpc(expected_exceptions=SpaceTaken)
    def book_space(self, details: dict[str, Any]) -> dict[str, Any]:
        booking = Booking(**BookSpaceSchema().load(details))
        self.db.add(booking)
        try:
            self.db.commit()
        except IntegrityError as error:
            self.db.rollback()
            raise SpaceTaken(details["space_id"]) from error
        booked = BookingSchema().dump(booking)
        self.dispatch("booking_confirmed", {"booking": booked})
        return booked

    @rpc
    def list_spaces(self, limit: int) -> list[dict[str, Any]]:
        spaces = self.db.scalars(select(Space).order_by(Space.code).limit(limit))
        return SpaceSchema(many=True).dump(spaces)

    @rpc
    def list_club_events(self, start: str, end: str, limit: int) -> list[dict[str, Any]]:
        between = ClubEvent.starts_at.between(datetime.fromisoformat(start), datetime.fromisoformat(end))
        found = self.db.scalars(select(ClubEvent).where(between).order_by(ClubEvent.starts_at).limit(limit))
        return ClubEventSchema(many=True).dump(found)
