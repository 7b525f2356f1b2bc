"""The callee's side of RPC: one queue per service, and the nameko entrypoint of queries and commands."""

import sys
import time
import uuid
from functools import partial
from typing import Any

import orjson
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, ProviderCollector, SharedExtension

from chassis.database.engine import engine_of
from chassis.messaging import broker, parking
from chassis.messaging.envelope import Envelope
from chassis.messaging.publish import DirectPublisher, direct_publisher
from chassis.messaging.received import raw
from chassis.observability import metrics, telemetry
from chassis.rpc import old_calls, signed_calls, signing
from chassis.rpc.context import CallContext, OtherRelease
from chassis.rpc.refusal import NotFound, Refusal
from chassis.rpc.signed_calls import Request
from chassis.rpc.wire import INTERNAL_ERROR, Outcome, error_of, properties

log = telemetry.get_logger(__name__)


class UnknownMethod(NotFound):
    """The service has no RPC method of that name."""

    code = "unknown_method"
    en = "There is no such method."
    zh = "没有此方法。"


class RpcServer(ProviderCollector, SharedExtension):  # type: ignore[misc]  # nameko is untyped
    """Consumes the queue `rpc-<service>` for all RPC methods of one service, and sends the replies."""

    def setup(self) -> None:
        service = self.container.service_name
        self.service = service
        self.queue = broker.rpc_queue(service)
        self.queue_name = self.queue.name
        self.consumer = broker.DrainingConsumer(
            queues=[self.queue],
            callbacks=[self.on_request],
            prefetch_count=self.container.max_workers,
            accept=["json"],
            on_undecodable=self.park,
        )
        self.replies: DirectPublisher = direct_publisher(on_return=_log_unwanted_reply)
        self.keys = signing.verify_keys()
        self.old_calls_until = old_calls.until(service)

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self.consumer.run_until_stopped)
        self.consumer.wait_until_consumer_ready()

    def unregister_provider(self, provider: Any) -> None:
        self.drain()
        super().unregister_provider(provider)

    def drain(self) -> None:
        """Take no more requests. Returns when all requests in work are answered and acknowledged."""
        self.consumer.stop()
        self.thread.wait()

    def stop(self) -> None:
        super().stop()
        self.replies.close()

    def on_request(self, body: Any, message: Any) -> None:
        method = message.delivery_info["routing_key"].partition(".")[2]
        provider = next((p for p in self._providers if p.method_name == method), None)
        try:
            payload = _payload_of(body)
        except ValueError as error:
            self.park(message, error)
            return
        try:
            call_context = self.verified(message)
            if provider is None:
                raise UnknownMethod(method=method)
        except Refusal as refusal:
            self.reply(message, Outcome.refused(refusal, "en").to_reply())
            return
        if call_context.deadline < time.time():
            metrics.rpc_expired.labels(self.service, method).inc()
            self.consumer.ack_message(message)
            return
        provider.run_in_worker(payload, call_context, message)

    def verified(self, message: Any) -> CallContext:
        """Return the context of a request. Raises ForgedContext, and OtherRelease for a call of another release."""
        token = message.headers.get(signed_calls.HEADER)
        if token is None and (old := message.headers.get(old_calls.HEADER)) is not None:
            if self.old_calls_until < time.time():
                raise OtherRelease()
            return old_calls.verify(old)
        properties = message.properties
        request = Request(
            method=message.delivery_info["routing_key"],
            body=raw(message),
            call_id=str(properties.get("correlation_id") or ""),
            reply_to=str(properties.get("reply_to") or ""),
        )
        return signed_calls.verify(token, request, self.keys)

    def park(self, message: Any, error: Exception) -> None:
        """Store a request that cannot be parsed, for operators (`linli dead-letters`)."""
        self.container.spawn_managed_thread(partial(self._park, message, error))

    def _park(self, message: Any, error: Exception) -> None:
        reason, engine = f"cannot be read: {error}", engine_of(self.service)
        if parking.park_patiently(engine, self.queue_name, message, reason, stopping=self.consumer.stopping):
            self.consumer.ack_message(message)
        else:
            self.consumer.requeue_message(message)

    def reply(self, message: Any, reply: dict[str, Any]) -> None:
        """Send the reply if the request asks for one, then acknowledge the request."""
        if reply_to := message.properties.get("reply_to"):
            try:
                self.replies.publish(_envelope(reply, str(reply_to), message.properties.get("correlation_id", "")))
            except broker.CONNECTION_LOST:
                # The broker delivers the request again. The answer is stored, so the effect is not repeated.
                self.consumer.requeue_message(message)
                return
        self.consumer.ack_message(message)


def _payload_of(body: Any) -> dict[str, Any]:
    """Return the JSON object of a request. Raises ValueError for any other body."""
    if not isinstance(body, dict) or not isinstance(body.get("args"), list):
        raise ValueError("not a nameko request")
    if len(body["args"]) != 1 or not isinstance(body["args"][0], dict) or body.get("kwargs"):
        raise ValueError("a request carries exactly one JSON object")
    return dict(body["args"][0])


def _envelope(reply: dict[str, Any], reply_to: str, correlation_id: str) -> Envelope:
    return Envelope(
        exchange=broker.RPC.name,
        routing_key=reply_to,
        body=orjson.dumps(reply),
        headers={},
        properties=properties(correlation_id=correlation_id),
        mandatory=False,
    )


def _log_unwanted_reply(correlation_id: str) -> None:
    log.debug("reply not wanted any more", correlation=correlation_id)


class Rpc(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The nameko entrypoint of `@query` and `@command` (chassis.service)."""

    server = RpcServer()

    def __init__(self, writes: bool = True, **options: Any) -> None:
        self.writes = writes
        super().__init__(**options)

    def setup(self) -> None:
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.unregister_provider(self)

    def run_in_worker(self, payload: dict[str, Any], call_context: CallContext, message: Any) -> None:
        """Run the method in a worker. If no worker is free, another greenlet waits for one, so that the consumer can go on
        sending heartbeats."""
        redelivered = bool(message.delivery_info.get("redelivered"))
        arguments = (payload, call_context, redelivered)
        started = time.perf_counter()

        def spawn() -> None:
            try:
                self.container.spawn_worker(
                    self, arguments, {}, handle_result=partial(self.settle, message, call_context, started)
                )
            except ContainerBeingKilled:
                self.server.consumer.requeue_message(message)

        if self.container._worker_pool.free() > 0:
            spawn()
        else:
            self.container.spawn_managed_thread(spawn)

    def settle(
        self, message: Any, call_context: CallContext, started: float, worker: Any, outcome: Outcome | None, exc_info: Any
    ) -> tuple[Any, Any]:
        service, method = self.container.service_name, self.method_name
        if exc_info is not None or outcome is None:
            error_id = uuid.uuid4().hex
            log.error("call failed", error_id=error_id, service=service, method=method, exc_info=exc_info or sys.exc_info())
            reply = {"result": None, "error": error_of("InternalError", INTERNAL_ERROR, [error_id])}
            result = "error"
        else:
            reply = outcome.to_reply()
            result = "refused" if outcome.refusal else "ok"
            if outcome.refusal:
                metrics.refusals.labels(service, outcome.refusal[0]).inc()
        self.server.reply(message, reply)
        metrics.rpc_seconds.labels(service, method, result).observe(time.perf_counter() - started)
        # Commands are logged at INFO. Queries are logged at DEBUG, because there are too many of them.
        log_call = log.info if self.writes else log.debug
        log_call(
            "call answered", service=service, method=method, result=result, ms=round((time.perf_counter() - started) * 1000, 1)
        )
        return outcome, exc_info
