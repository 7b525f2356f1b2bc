"""RPC calls of the benchmark, in the wire format: one connection, one call at a time."""

import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import orjson
from kombu import Connection, Consumer, Producer, Queue

from bench.bookings import COMMUNITY
from bench.contenders import Linli
from bench.figures import Spoilt
from chassis.messaging.broker import RPC
from chassis.rpc.client import request
from chassis.rpc.communities import Communities
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.signing import PRIVATE_FILE, SigningKey

CLERK = Identity(
    account_id="0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10", party="staff", roles=frozenset({"clerk"}), community_id=COMMUNITY
)


class Caller:
    """Calls the services of an installation as a clerk of the community that is measured."""

    def __init__(self, linli: Linli) -> None:
        self._connection = Connection(linli.environment["LINLI_AMQP_URI"])
        self._signing_key = SigningKey((linli.home / PRIVATE_FILE).read_text().strip())

    def __enter__(self) -> Self:
        self._channel = self._connection.channel()
        self._key = uuid4().hex
        queue = Queue(f"bench.reply-{self._key}", exchange=RPC, routing_key=self._key, exclusive=True, auto_delete=True)
        self._replies: list[Any] = []
        take = Consumer(self._channel, [queue], callbacks=[lambda body, _: self._replies.append(body)], no_ack=True)
        take.consume()
        self._producer = Producer(self._channel)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.release()

    def call(self, service: str, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the result. Raises Spoilt for a refusal or an error."""
        context = CallContext(CLERK, correlation_id=uuid4().hex, communities=Communities.only(COMMUNITY)).with_deadline(30)
        signed = request(
            self._signing_key,
            f"{service}.{method}",
            payload,
            context,
            call_id=uuid4().hex,
            reply_to=self._key,
            timeout=30,
        )
        properties = {key: value for key, value in signed.properties.items() if key != "expiration"}
        self._producer.publish(signed.body, exchange=RPC, routing_key=signed.routing_key, headers=signed.headers, **properties)
        while not self._replies:
            self._connection.drain_events(timeout=30)
        reply = self._replies.pop()
        reply = orjson.loads(reply) if isinstance(reply, str | bytes) else reply
        if reply["error"]:
            raise Spoilt(f"{service}.{method}: {reply['error']}")
        return dict(reply["result"])

    def times(self, service: str, method: str, payload: dict[str, Any], count: int) -> list[float]:
        """Return the durations of `count` sequential calls, in milliseconds."""
        found = []
        for _ in range(count):
            began = time.perf_counter()
            self.call(service, method, payload)
            found.append((time.perf_counter() - began) * 1000)
        return found
