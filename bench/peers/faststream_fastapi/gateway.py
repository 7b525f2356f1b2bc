"""The gateway on FastAPI: `uvicorn bench.peers.faststream_fastapi.gateway:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from faststream.rabbit import RabbitBroker
from pydantic import AwareDatetime

from bench.peers.faststream_fastapi.schemas import Between, Booked, BookSpace, ClubEvents, Limit, Outcome, Spaces

broker = RabbitBroker(os.environ["AMQP_URI"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with broker:
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/bookings", status_code=201)
async def book_space(wanted: BookSpace) -> Booked:
    answer = await broker.request(wanted, "book_space")
    outcome = Outcome.model_validate(await answer.decode())
    if outcome.booking is None:
        raise HTTPException(409, "the space is taken")
    return outcome.booking


@app.get("/spaces")
async def list_spaces(limit: int = 20) -> Spaces:
    answer = await broker.request(Limit(limit=limit), "list_spaces")
    return Spaces.model_validate(await answer.decode())


@app.get("/club-events")
async def list_club_events(
    start: Annotated[AwareDatetime, Query(alias="from")], end: Annotated[AwareDatetime, Query(alias="to")], limit: int = 20
) -> ClubEvents:
    answer = await broker.request(Between(start=start, end=end, limit=limit), "list_club_events")
    return ClubEvents.model_validate(await answer.decode())
