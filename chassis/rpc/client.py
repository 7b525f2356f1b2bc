"""The caller's side of RPC. It uses nameko's wire format and adds deadlines, a signed context and refusals.

- Every request carries a deadline. After the deadline, both the broker and the callee drop the request.
- Requests and replies are transient and not confirmed. A caller that gets no reply raises Unavailable. It may send the
  request again with the same idempotency key.
- While the broker takes no messages (chassis.messaging.alarm), nothing is sent, and nobody waits for a reply.
- The acting identity travels in a signed context. The callee verifies the signature, which covers the method and the body too.
- A refusal comes back as Refused. A bug comes back as an error id, which is in the callee's log. A stack trace never
  leaves the callee.
- A request that cannot be parsed is parked in the callee's inbox. It does not stop the container.
"""

import time
import uuid
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from eventlet.event import Event
from kombu import Queue
from nameko.extensions import DependencyProvider

from chassis.config import settings
from chassis.database.engine import engine_of, expect_no_open_session
from chassis.messaging import alarm, broker, parking
from chassis.messaging.envelope import Envelope
from chassis.messaging.publish import direct_publisher
from chassis.observability import metrics, telemetry
from chassis.rpc import old_calls, signed_calls, signing
from chassis.rpc.call import NotSent, Unavailable
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refused
from chassis.rpc.signed_calls import Request
from chassis.rpc.signing import SigningKey
from chassis.rpc.wire import properties, result_of

log = telemetry.get_logger(__name__)
REPLY_QUEUE_EXPIRES_MS = 60_000
_ATTRIBUTES = {"rpc.system": "nameko"}


class RpcClient(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Injects itself: `self.rpc.call("booking", "book_space", payload, context)`."""

    def setup(self) -> None:
        self._pending: dict[str, Event] = {}
        self._routing_key = uuid.uuid4().hex
        queue = Queue(
            f"rpc.reply-{self.container.service_name}-{self._routing_key}",
            exchange=broker.RPC,
            routing_key=self._routing_key,
            durable=True,
            queue_arguments={"x-expires": REPLY_QUEUE_EXPIRES_MS},
        )
        self._consumer = broker.DrainingConsumer(
            queues=[queue], callbacks=[self._on_reply], accept=["json"], on_undecodable=self._park, no_ack=True
        )
        self._requests = direct_publisher(on_return=self._on_return)
        self._key = signing.signing_key()
        self._old_calls_until = old_calls.until(self.container.service_name)

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._consumer.run_until_stopped)
        self._consumer.wait_until_consumer_ready()
        alarm.listen(self._give_up_all)

    def stop(self) -> None:
        alarm.forget(self._give_up_all)
        self._consumer.stop()
        self._thread.wait()
        self._requests.close()

    def get_dependency(self, worker_ctx: Any) -> "RpcClient":
        return self

    def call(self, service: str, method: str, payload: dict[str, Any], call_context: CallContext) -> dict[str, Any]:
        """Return the method's result. Waits at most LINLI_RPC_TIMEOUT seconds. Raises Refused (the callee refused),
        Unavailable (no reply in time, no such service, no broker, or at once if the broker takes no messages) or
        InternalError (the callee failed). Raises SessionOpen if the caller has an open database session, because a call may
        take long."""
        expect_no_open_session(f"calling {service}.{method}")
        started, result = time.perf_counter(), "error"
        try:
            with telemetry.traces.span(f"{service}.{method}", "client", **_ATTRIBUTES):
                answer = result_of(self._send_and_wait(service, method, payload, call_context))
            result = "ok"
        except Unavailable:
            result = "unavailable"
            raise
        except Refused:
            result = "refused"
            raise
        finally:
            metrics.rpc_client_seconds.labels(service, method, result).observe(time.perf_counter() - started)
        return answer

    def _send_and_wait(self, service: str, method: str, payload: dict[str, Any], call_context: CallContext) -> dict[str, Any]:
        """Send the request and return nameko's reply body. Raises Unavailable."""
        timeout = settings().rpc_timeout
        deadline = time.monotonic() + timeout
        correlation_id = uuid.uuid4().hex
        reply = self._pending[correlation_id] = Event()
        try:
            if alarm.raised():  # looked at once the call can be given up
                raise NotSent(service=service)
            self._requests.publish(self._request(service, method, payload, call_context, correlation_id, timeout))
            remaining = deadline - time.monotonic()  # connecting to the broker may have used part of the timeout
            body: dict[str, Any] | None = reply.wait(timeout=max(remaining, 0.05))
        except broker.CONNECTION_LOST as error:
            raise Unavailable(service=service) from error
        finally:
            self._pending.pop(correlation_id, None)
        if body is None:
            raise Unavailable(service=service)
        return body

    def _request(
        self, service: str, method: str, payload: dict[str, Any], call_context: CallContext, correlation_id: str, timeout: float
    ) -> Envelope:
        if trace := telemetry.traces.outgoing():
            call_context = replace(call_context, trace=trace)
        envelope = request(
            self._key,
            f"{service}.{method}",
            payload,
            call_context.with_deadline(timeout),
            call_id=correlation_id,
            reply_to=self._routing_key,
            timeout=timeout,
        )
        if self._old_calls_until > time.time():
            envelope.headers[old_calls.HEADER] = old_calls.sign(call_context.with_deadline(timeout))
        return envelope

    def _on_reply(self, body: Any, message: Any) -> None:
        reply = self._pending.pop(message.properties.get("correlation_id", ""), None)
        if reply is None:
            return
        reply.send(body if isinstance(body, dict) else None)

    def _on_return(self, correlation_id: str) -> None:
        """No queue took the request: the service has never run on this broker."""
        if reply := self._pending.pop(correlation_id, None):
            reply.send(None)

    def _give_up_all(self) -> None:
        """The broker takes no messages: neither these requests nor replies to them."""
        while self._pending:
            _, reply = self._pending.popitem()
            reply.send(None)

    def _park(self, message: Any, error: Exception) -> None:
        service = self.container.service_name
        self.container.spawn_managed_thread(
            partial(
                parking.park_patiently,
                engine_of(service),
                f"rpc.reply-{service}",
                message,
                f"cannot be read: {error}",
                stopping=self._consumer.stopping,
            )
        )


def makes_calls(service_class: Any) -> bool:
    """True if the service has an RpcClient. Only such a service needs the private key of calls."""
    return any(isinstance(getattr(service_class, name, None), RpcClient) for name in dir(service_class))


def request(
    key: SigningKey,
    method: str,
    payload: dict[str, Any],
    call_context: CallContext,
    *,
    call_id: str,
    reply_to: str,
    timeout: float,
) -> Envelope:
    """Return the signed message of a call to `method`, such as `booking.book_space`. The broker drops it after `timeout`
    seconds."""
    body = orjson.dumps({"args": [payload], "kwargs": {}})
    return Envelope(
        exchange=broker.RPC.name,
        routing_key=method,
        body=body,
        headers={signed_calls.HEADER: signed_calls.sign(call_context, Request(method, body, call_id, reply_to), key)},
        properties=properties(correlation_id=call_id, reply_to=reply_to, expiration=str(int(timeout * 1000))),
    )
