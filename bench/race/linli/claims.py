"""Claims of club events, sent to booking as the messages of another service: several requests for one claim, some of them
twice, some in the wrong order."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

import orjson
from kombu import Connection, Producer
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from bench.bookings import COMMUNITY
from bench.contenders import Linli
from bench.race.linli.scene import COURT_IDS, Scene, soon
from chassis.messaging.broker import events_exchange

TYPE = "club_event.claim_requested.v1"
CLAIMS = 12
PAUSE = 1.0  # seconds between two requests: each tries several times in several spaces
_NAMES = UUID("0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e12")


@dataclass
class Wanted:
    """A claim of one club event. `times` are those of the newest request, `kept_back` an older message still to be sent."""

    claim_id: UUID
    request: int = 0
    times: Sequence[dict[str, Any]] = ()
    kept_back: tuple[UUID, dict[str, Any]] | None = None


class Organisers(threading.Thread):
    """Sends requests until `stop` is set, then everything that was kept back."""

    def __init__(self, linli: Linli, scene: Scene, stop: threading.Event) -> None:
        super().__init__(name="organisers", daemon=True)
        self.linli, self.scene, self.stop, self._chance = linli, scene, stop, Random(2)
        self.sent = Counter[str]()
        self.claims = [Wanted(uuid5(_NAMES, f"claim {number}")) for number in range(CLAIMS)]

    def run(self) -> None:
        with Connection(self.linli.environment["LINLI_AMQP_URI"]) as connection:
            producer = Producer(connection.channel())
            while not self.stop.wait(PAUSE):
                self._ask(producer, self._chance.choice(self.claims))
            for claim in self.claims:
                if claim.kept_back is not None:
                    self._publish(producer, claim, *claim.kept_back)

    def _ask(self, producer: Producer, claim: Wanted) -> None:
        claim.request += 1
        claim.times = [self._time(claim, number) for number in range(self._chance.choice([0, 1, 1, 2, 3]))]
        message = (uuid7(), self._data(claim))
        chosen = self._chance.random()
        if chosen < 0.2 and claim.kept_back is None:
            # An even newer request overtakes it.
            claim.kept_back = message
            self.sent["kept back"] += 1
            self._ask(producer, claim)
            return
        for _ in range(2 if chosen > 0.8 else 1):
            self._publish(producer, claim, *message)
        self.sent["requests"] += 1
        if claim.kept_back is not None and chosen < 0.6:
            self._publish(producer, claim, *claim.kept_back)
            claim.kept_back = None

    def _time(self, claim: Wanted, number: int) -> dict[str, Any]:
        space = self._chance.choice([*COURT_IDS, *self.scene.rooms])
        holder = {"holder_id": str(uuid5(claim.claim_id, str(number))), "people": 4}
        return holder | soon(self._chance) | {"resources": [{"kind": "space", "id": space}]}

    def _data(self, claim: Wanted) -> dict[str, Any]:
        return {
            "claim_id": str(claim.claim_id),
            "club_event_id": str(claim.claim_id),
            "request": claim.request,
            "title": {"zh-CN": "竞赛", "en": "Race"},
            "expires_at": None,
            "times": list(claim.times),
        }

    def _publish(self, producer: Producer, claim: Wanted, event_id: UUID, data: dict[str, Any]) -> None:
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(event_id),
            "ce-source": "events",
            "ce-type": TYPE,
            "ce-time": datetime.now(UTC).isoformat(),
            "ce-subject": str(claim.claim_id),
            "ce-partitionkey": str(claim.claim_id),
            "ce-sequence": f"{data['request']:010d}",
            "ce-communityid": COMMUNITY,
            "ce-dataschema": f"urn:linli:{TYPE}",
        }
        producer.publish(
            orjson.dumps(data),
            exchange=events_exchange("events").name,
            routing_key=TYPE,
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=str(event_id),
        )
        self.sent["messages"] += 1

    def wait_until_answered(self, engine: Engine, seconds: float = 60.0) -> int:
        """How many claims have not had an answer to their newest request after `seconds`."""
        end = time.monotonic() + seconds
        with engine.connect() as connection:
            while True:
                rows = connection.execute(text("SELECT id, request FROM claim_request")).tuples()
                answered = {row[0]: row[1] for row in rows}
                connection.rollback()
                left = sum(answered.get(claim.claim_id) != claim.request for claim in self.claims if claim.request)
                if not left or time.monotonic() > end:
                    return left
                time.sleep(0.1)

    def not_as_asked(self, engine: Engine) -> int:
        """Claims that were granted and have something else than their newest request asked for, or were given back and have
        something, or whose answer was not announced."""
        wrong = 0
        with engine.connect() as connection:
            for claim in self.claims:
                found = connection.execute(_OUTCOME, {"id": claim.claim_id}).one_or_none()
                has = {row.tuple() for row in connection.execute(_HAS, {"id": claim.claim_id})}
                asked = {_as_stored(one) for one in claim.times}
                told = connection.scalar(_TOLD, {"id": claim.claim_id, "request": claim.request})
                if found is not None:
                    wrong += (
                        not told or (found.outcome == "granted" and has != asked) or (found.outcome == "released" and bool(has))
                    )
        return wrong


_OUTCOME = text("SELECT outcome FROM claim_request WHERE id = :id")
_HAS = text("SELECT holder_id, space_ids[1], starts_at, ends_at FROM claimed_time WHERE claim_request_id = :id")
_TOLD = text("SELECT count(*) FROM outbox WHERE aggregate_id = :id AND CAST(data ->> 'request' AS integer) = :request")


def _as_stored(one: dict[str, Any]) -> tuple[Any, ...]:
    (resource,) = one["resources"]
    times = (datetime.fromisoformat(one[name]) for name in ("starts_at", "ends_at"))
    return (UUID(one["holder_id"]), UUID(resource["id"]), *times)
