"""A connection over which requests go to booking, several at once, each once or several times with one key."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from kombu import Connection, Consumer, Producer, Queue

from bench.bookings import COMMUNITY
from bench.contenders import Linli
from chassis.messaging.broker import RPC
from chassis.rpc.client import request
from chassis.rpc.communities import Communities
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.signing import PRIVATE_FILE, SigningKey

PATIENCE = 15.0  # seconds until a request counts as lost, and is sent again
Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as `who`. It is sent `copies` times at once. Without a `key` each copy has its own."""

    who: Identity
    verb: str
    payload: dict[str, Any]
    key: str | None = None
    copies: int = 1


class Line:
    """One thread's connection."""

    def __init__(self, linli: Linli) -> None:
        self._connection = Connection(linli.environment["LINLI_AMQP_URI"])
        self._signing_key = SigningKey((linli.home / PRIVATE_FILE).read_text().strip())
        self._address = uuid4().hex
        queue = Queue(f"bench.reply-{self._address}", exchange=RPC, routing_key=self._address, exclusive=True, auto_delete=True)
        self._replies: dict[str, Reply] = {}
        channel = self._connection.channel()
        self._consumer = Consumer(channel, [queue], callbacks=[self._keep], no_ack=True)
        self._consumer.consume()
        self._producer = Producer(channel)

    def close(self) -> None:
        self._connection.release()

    def _keep(self, body: Any, message: Any) -> None:
        self._replies[message.properties["correlation_id"]] = orjson.loads(body) if isinstance(body, str | bytes) else body

    def ask(self, who: Identity, verb: str, payload: dict[str, Any]) -> Reply | None:
        """The reply to one request, or None if it was lost."""
        ((*replies,),) = self.ask_all([Sent(who, verb, payload)])
        return replies[0] if replies else None

    def ask_all(self, requests: Sequence[Sent]) -> list[list[Reply]]:
        """The replies to each request, without those that were lost. All are on their way at the same time."""
        calls = [self._publish(sent) for sent in requests]
        until = time.monotonic() + PATIENCE
        while any(call_id not in self._replies for ids in calls for call_id in ids) and (left := until - time.monotonic()) > 0:
            try:
                self._connection.drain_events(timeout=left)
            except TimeoutError:
                break
        found = [[self._replies.pop(call_id) for call_id in ids if call_id in self._replies] for ids in calls]
        self._replies.clear()  # replies that came too late
        return found

    def _publish(self, sent: Sent) -> list[str]:
        """The ids of the calls, one for each copy."""
        hash_ = f"{sent.verb} {orjson.dumps(sent.payload, option=orjson.OPT_SORT_KEYS).decode()}" if sent.key else None
        context = CallContext(
            sent.who,
            correlation_id=uuid4().hex,
            communities=Communities.only(COMMUNITY),
            idempotency_key=sent.key or uuid4().hex,
            key_from_caller=sent.key is not None,
            request_hash=hash_,
        ).with_deadline(PATIENCE)
        calls = [uuid4().hex for _ in range(sent.copies)]
        for call_id in calls:
            signed = request(
                self._signing_key,
                f"booking.{sent.verb}",
                sent.payload,
                context,
                call_id=call_id,
                reply_to=self._address,
                timeout=PATIENCE,
            )
            properties = {name: value for name, value in signed.properties.items() if name != "expiration"}
            self._producer.publish(
                signed.body,
                exchange=RPC,
                routing_key=signed.routing_key,
                headers=signed.headers,
                expiration=PATIENCE,
                **properties,
            )
        return calls
