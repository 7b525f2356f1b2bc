"""Writes down what the toy counts, many at a time."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.messaging.batches import subscribe_in_batches
from chassis.messaging.received import Received
from chassis.service import Call, Service
from tests.toy.service import Counted

NOTE = text("INSERT INTO heard (event_id, subject, version, value) VALUES (:e, :s, :v, :n)")


class LedgerService(Service):
    name = "ledger"

    @subscribe_in_batches("toy", "toy.counted.v1", reader=Counted, schedule=(0.05, 0.05))
    def note(self, call: Call, messages: Sequence[Received]) -> None:
        rows = [{"e": m.event_id, "s": m.subject, "v": m.version, "n": m.data["value"]} for m in messages]
        call.session.execute(NOTE, rows)
        if any(message.data["counter"].startswith("poison") for message in messages):
            raise ValueError("cannot stomach this")
