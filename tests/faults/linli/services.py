"""On Linli: a service that counts and announces, one that hears, and a door through which the test calls."""

import os
from pathlib import Path
from uuid import UUID, uuid5

from marshmallow import Schema, fields
from sqlalchemy import text

from chassis.messaging import outbox
from chassis.messaging.contracts import Contracts
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.client import RpcClient
from chassis.rpc.refusal import Refusal
from chassis.service import Call, Payload, Service, command
from tests.faults import tables
from tests.faults.linli.door import answer_lines

CONTRACTS = Contracts(Path(__file__).parent / "contracts", source="tally")
CURED = "LINLI_TEST_CURED"  # a file; while it is missing, poison is poison


class Counted(Schema):
    request = fields.String(required=True)
    counter = fields.String(required=True)
    work = fields.Float(load_default=0.0)
    poison = fields.Boolean(load_default=False)


class AlreadyDone(Refusal):
    code = "tally.already_done"
    en = "This was done before."
    zh = "此前已完成。"


def counter_id(name: str) -> UUID:
    return uuid5(UUID(int=7), name)


class Tally(Service):
    name = "tally"

    @command
    def count(self, call: Call, payload: Payload) -> Payload:
        # As two people who want one thing: who comes second is refused.
        if payload.pop("once", False) and call.session.scalar(text(tables.IS_DONE), payload):
            raise AlreadyDone()
        version = call.session.scalar(text(tables.COUNT), payload)
        call.session.execute(text(tables.REMEMBER_DONE), payload | {"version": version})
        message = CONTRACTS.message(
            "tally.counted.v1",
            aggregate_id=counter_id(payload["counter"]),
            version=version,
            community_id="liuyi",
            occurred_at=call.now,
            data=payload,
        )
        outbox.add(call.session, message)
        return {"version": version}


class Listener(Service):
    name = "listener"

    @subscribe("tally", "tally.counted.v1", reader=Counted, ordered=True, schedule=(0.2, 0.2))
    def hear(self, call: Call, message: Received) -> None:
        data = message.data
        call.session.execute(text(tables.REMEMBER_HEARD), data | {"version": message.version})
        call.session.execute(text(tables.WORK), {"seconds": data["work"]})
        if data["poison"] and not Path(os.environ[CURED]).exists():
            raise ValueError("cannot stomach this")


class Phone(RpcClient):
    """Takes the test's calls at LINLI_TEST_DOOR_PORT and makes them as the gateway does."""

    def start(self) -> None:
        super().start()
        self.container.spawn_managed_thread(lambda: answer_lines(self))


class Door:
    name = "door"
    phone = Phone()
