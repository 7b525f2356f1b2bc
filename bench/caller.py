"""RPC calls of the benchmark, in the wire format: one connection, one call at a time."""

import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import orjson
from kombu import Connection, Consumer, Producer, Queue

from bench.contenders import Linli
from bench.figures import Spoilt
from chassis.messaging.broker import RPC
from chassis.rpc.context import HEADER, CallContext, context_signer
from chassis.rpc.identity import Identity

CLERK = Identity(
    account_id="0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10", party="staff", roles=frozenset({"clerk"}), community_id="liuyi"
)


class Caller:
    """Calls the services of an installation as a clerk."""

    def __init__(self, linli: Linli) -> None:
        self._connection = Connection(linli.environment["LINLI_AMQP_URI"])
        self._signer = context_signer((linli.home / "secret").read_text().strip())

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
        context = CallContext(CLERK, correlation_id=uuid4().hex).with_deadline(30)
        self._producer.publish(
            orjson.dumps({"args": [payload], "kwargs": {}}),
            exchange=RPC,
            routing_key=f"{service}.{method}",
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=self._key,
            correlation_id=uuid4().hex,
            delivery_mode=1,
            headers={HEADER: context.sign(self._signer)},
        )
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
