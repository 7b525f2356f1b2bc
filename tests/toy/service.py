"""Counters that are counted, announced, and heard again."""

import os
import signal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from marshmallow import Schema, fields
from sqlalchemy import text

from chassis.messaging import outbox
from chassis.messaging.contracts import Contracts, Message
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.refusal import Refusal
from chassis.service import Call, Payload, Service, command, query
from tests.patience import eventually

CONTRACTS = Contracts(Path(__file__).parent / "contracts", source="toy")
TABLES = """
CREATE TABLE counter (name text PRIMARY KEY, value integer NOT NULL, version integer NOT NULL);
CREATE TABLE heard (seq bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, subject text, version integer, value integer);
"""


class TooHigh(Refusal):
    code = "toy.too_high"
    en = "Counters stop at {limit}."
    zh = "计数器上限为{limit}。"


class Counted(Schema):
    counter = fields.String(required=True)
    value = fields.Integer(required=True)


class Add(Schema):
    counter = fields.String(required=True)
    by = fields.Integer(load_default=1)


def counter_id(name: str) -> UUID:
    return uuid5(UUID(int=1), name)


def counted(name: str, value: int, version: int, call: Call) -> Message:
    return CONTRACTS.message(
        "toy.counted.v1",
        aggregate_id=counter_id(name),
        version=version,
        community_id="liuyi",
        occurred_at=call.now,
        data={"counter": name, "value": value},
    )


ADD = text(
    "INSERT INTO counter VALUES (:name, :by, 1) ON CONFLICT (name) "
    "DO UPDATE SET value = counter.value + :by, version = counter.version + 1 RETURNING value, version"
)


class ToyService(Service):
    name = "toy"

    @query
    def get(self, call: Call, payload: Payload) -> Payload:
        value = call.session.scalar(text("SELECT value FROM counter WHERE name = :n"), {"n": payload["counter"]})
        return {"value": value, "account": call.acting.account_id, "language": call.language}

    @query
    def wait(self, call: Call, payload: Payload) -> Payload:
        """Answers when a file appears, so that a test can hold a call in work."""
        Path(payload["started"]).touch()
        eventually(Path(payload["until"]).exists, seconds=30)
        return {"waited": True}

    @query
    def break_down(self, call: Call, payload: Payload) -> Payload:
        raise RuntimeError("secret detail")

    @command
    def add(self, call: Call, payload: Payload) -> Payload:
        data = Add().load(payload)
        value, version = call.session.execute(ADD, {"name": data["counter"], "by": data["by"]}).one()
        outbox.add(call.session, counted(data["counter"], value, version, call))
        if value > 100:
            raise TooHigh(limit=100)
        return {"value": value}

    @command
    def add_and_die(self, call: Call, payload: Payload) -> Payload:
        """The first process that gets here dies before it commits; the next one goes through."""
        answer: dict[str, Any] = {"value": call.session.execute(ADD, {"name": payload["counter"], "by": 1}).one().value}
        mark = Path(payload["mark"])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    @subscribe("toy", "toy.counted.v1", reader=Counted, ordered=True, schedule=(0.05, 0.05))
    def hear(self, call: Call, message: Received) -> None:
        value = message.data["value"]
        row = {"e": message.event_id, "s": message.subject, "v": message.version, "n": value}
        call.session.execute(text("INSERT INTO heard (event_id, subject, version, value) VALUES (:e, :s, :v, :n)"), row)
        if message.data["counter"].startswith("poison"):
            raise ValueError("cannot stomach this")
