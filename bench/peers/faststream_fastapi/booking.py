"""The service on FastStream: `faststream run bench.peers.faststream_fastapi.booking:app`."""

import os

from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from bench.peers.faststream_fastapi.schemas import (
    Between,
    Booked,
    BookSpace,
    ClubEventOut,
    ClubEvents,
    Limit,
    Outcome,
    SpaceOut,
    Spaces,
)
from bench.peers.stock_nameko.models import Booking, ClubEvent, Space

broker = RabbitBroker(os.environ["AMQP_URI"])
app = FastStream(broker)
events = RabbitExchange("booking.events", type=ExchangeType.TOPIC, durable=True)
sessions = async_sessionmaker(create_async_engine(os.environ["DATABASE_URL"]), expire_on_commit=False)


@app.after_startup
async def declare() -> None:
    await broker.declare_exchange(events)


@broker.subscriber("book_space")
async def book_space(wanted: BookSpace) -> Outcome:
    async with sessions() as session:
        booking = Booking(**wanted.model_dump())
        session.add(booking)
        try:
            await session.commit()
        except IntegrityError:
            return Outcome(booking=None)
    booked = Booked.model_validate(booking)
    await broker.publish(booked, exchange=events, routing_key="booking_confirmed", persist=True)
    return Outcome(booking=booked)


@broker.subscriber("list_spaces")
async def list_spaces(asked: Limit) -> Spaces:
    async with sessions() as session:
        found = await session.scalars(select(Space).order_by(Space.code).limit(asked.limit))
        return Spaces(items=[SpaceOut.model_validate(space) for space in found])


@broker.subscriber("list_club_events")
async def list_club_events(asked: Between) -> ClubEvents:
    between = ClubEvent.starts_at.between(asked.start, asked.end)
    async with sessions() as session:
        found = await session.scalars(select(ClubEvent).where(between).order_by(ClubEvent.starts_at).limit(asked.limit))
        return ClubEvents(items=[ClubEventOut.model_validate(one) for one in found])
