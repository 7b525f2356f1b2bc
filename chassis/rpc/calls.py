"""Calls between gateway and services, on nameko's own wire format, with what it leaves out.

Every request has a deadline that travels with it: the broker drops it after that, and so does the callee. Requests
and replies are transient and unconfirmed; a caller that hears nothing is told Unavailable, and asks again with the
same idempotency key. Who acts travels in a signed context that the callee verifies. Refusals come back as Refused;
a bug comes back as an id to look up in the callee's log, never as a stack trace. A request that cannot be read is
parked in the callee's inbox; it cannot stop the container.
"""

import sys
import time
import uuid
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import orjson
from eventlet.event import Event
from itsdangerous import Signer
from kombu import Queue
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension

from chassis.config import settings
from chassis.database.engine import engine_of
from chassis.messaging import broker, inbox
from chassis.messaging.publish import DirectPublisher, Envelope, direct_publisher
from chassis.observability import metrics, telemetry
from chassis.rpc import context
from chassis.rpc.call import Unavailable
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import NotFound, Refusal, Refused

log = telemetry.get_logger(__name__)
REPLY_QUEUE_EXPIRES_MS = 60_000
_ATTRIBUTES = {"rpc.system": "nameko"}


class InternalError(Exception):
    """The callee failed; `error_id` finds the reason in its log."""

    def __init__(self, error_id: str) -> None:
        super().__init__(error_id)
        self.error_id = error_id


class UnknownMethod(NotFound):
    code = "unknown_method"
    en = "There is no such method."
    zh = "没有此方法。"


@lru_cache(maxsize=1)
def signer() -> Signer:
    return context.context_signer(settings().secret)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a result, or a refusal as its wire form [code, kind, message, details]."""

    result: dict[str, Any] | None = None
    refusal: list[Any] | None = None

    @classmethod
    def refused(cls, refusal: Refusal, language: str) -> "Outcome":
        return cls(refusal=[refusal.code, refusal.kind, refusal.text(language), refusal.details])

    def to_json(self) -> dict[str, Any]:
        return {"result": self.result, "refusal": self.refusal}

    def to_reply(self) -> dict[str, Any]:
        """nameko's reply body."""
        if self.refusal is None:
            return {"result": self.result, "error": None}
        return {"result": None, "error": _error("Refused", "chassis.refusal.Refused", self.refusal)}


def _error(kind: str, path: str, arguments: list[Any]) -> dict[str, Any]:
    return {"exc_type": kind, "exc_path": path, "exc_args": arguments, "value": str(arguments[0])}


# --- the callee's side ------------------------------------------------------------------------------------------


class RpcServer(ProviderCollector, SharedExtension):  # type: ignore[misc]  # nameko is untyped
    """Consumes `rpc-<service>` for all RPC methods of one service, and replies."""

    def setup(self) -> None:
        service = self.container.service_name
        self.service = service
        self.parked_as = f"rpc-{service}"
        self.queue = Queue(self.parked_as, exchange=broker.RPC, routing_key=f"{service}.*", durable=True)
        self.consumer = broker.DrainingConsumer(
            queues=[self.queue],
            callbacks=[self.on_request],
            prefetch_count=self.container.max_workers,
            accept=["json"],
            on_undecodable=self.park,
        )
        self.replies: DirectPublisher = direct_publisher(on_return=_nobody_waits)

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self.consumer.run_until_stopped)
        self.consumer.wait_until_consumer_ready()

    def unregister_provider(self, provider: Any) -> None:
        self.drain()
        super().unregister_provider(provider)

    def drain(self) -> None:
        """Take no more requests; return when those in work are answered and acknowledged."""
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
            call_context = CallContext.verify(message.headers.get(context.HEADER), signer())
            if provider is None:
                raise UnknownMethod(method=method)
        except Refusal as refusal:
            self.answer(message, Outcome.refused(refusal, "en").to_reply())
            return
        if call_context.deadline < time.time():
            metrics.rpc_expired.labels(self.service, method).inc()
            self.consumer.ack_message(message)
            return
        provider.work_on(payload, call_context, message)

    def park(self, message: Any, error: Exception) -> None:
        """Keep what nobody can read where operators look (`linli dead-letters`)."""
        self.container.spawn_managed_thread(partial(self._park, message, error))

    def _park(self, message: Any, error: Exception) -> None:
        reason, engine = f"cannot be read: {error}", engine_of(self.service)
        if inbox.park_patiently(engine, self.parked_as, message, reason, stopping=self.consumer.stopping):
            self.consumer.ack_message(message)
        else:
            self.consumer.requeue_message(message)

    def answer(self, message: Any, reply: dict[str, Any]) -> None:
        """Reply, if anybody asked for one, and settle the request."""
        if reply_to := message.properties.get("reply_to"):
            try:
                self.replies.publish(_envelope(reply, str(reply_to), message.properties.get("correlation_id", "")))
            except broker.CONNECTION_LOST:
                # The broker gives the request to somebody again; its answer is stored, its effect is not repeated.
                self.consumer.requeue_message(message)
                return
        self.consumer.ack_message(message)


def _payload_of(body: Any) -> dict[str, Any]:
    """The one JSON object a request carries. Raises ValueError for anything else."""
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
        properties=_properties(correlation_id=correlation_id),
        mandatory=False,
    )


def _properties(**more: Any) -> dict[str, Any]:
    return {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1, **more}


def _nobody_waits(correlation_id: str) -> None:
    log.debug("reply not wanted any more", correlation=correlation_id)


class Rpc(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The entrypoint behind `@query` and `@command` (chassis.service)."""

    server = RpcServer()

    def __init__(self, changes: bool = True, **options: Any) -> None:
        self.changes = changes
        super().__init__(**options)

    def setup(self) -> None:
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.unregister_provider(self)

    def work_on(self, payload: dict[str, Any], call_context: CallContext, message: Any) -> None:
        """Run the method in a worker; waiting for a free one must not stop the consumer's heartbeats."""
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
            reply = {"result": None, "error": _error("InternalError", "chassis.rpc.InternalError", [error_id])}
            result = "error"
        else:
            reply = outcome.to_reply()
            result = "refused" if outcome.refusal else "ok"
            if outcome.refusal:
                metrics.refusals.labels(service, outcome.refusal[0]).inc()
        self.server.answer(message, reply)
        metrics.rpc_seconds.labels(service, method, result).observe(time.perf_counter() - started)
        # What changed something is told; what only read would drown it.
        tell = log.info if self.changes else log.debug
        tell(
            "call answered", service=service, method=method, result=result, ms=round((time.perf_counter() - started) * 1000, 1)
        )
        return outcome, exc_info


# --- the caller's side ------------------------------------------------------------------------------------------


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

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._consumer.run_until_stopped)
        self._consumer.wait_until_consumer_ready()

    def stop(self) -> None:
        self._consumer.stop()
        self._thread.wait()
        self._requests.close()

    def get_dependency(self, worker_ctx: Any) -> "RpcClient":
        return self

    def call(self, service: str, method: str, payload: dict[str, Any], call_context: CallContext) -> dict[str, Any]:
        """The method's result. Raises Refused (the callee said no), Unavailable (no answer in time, no such service,
        no broker) or InternalError (the callee failed). Waits LINLI_RPC_TIMEOUT seconds at most."""
        started, result = time.perf_counter(), "error"
        try:
            with telemetry.traces.span(f"{service}.{method}", "client", **_ATTRIBUTES):
                answer = _result_of(self._answer(service, method, payload, call_context))
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

    def _answer(self, service: str, method: str, payload: dict[str, Any], call_context: CallContext) -> dict[str, Any]:
        """nameko's reply body. Raises Unavailable."""
        timeout = settings().rpc_timeout
        deadline = time.monotonic() + timeout
        correlation_id = uuid.uuid4().hex
        reply = self._pending[correlation_id] = Event()
        try:
            self._requests.publish(self._request(service, method, payload, call_context, correlation_id, timeout))
            left = deadline - time.monotonic()  # finding the broker may have taken some of it
            body: dict[str, Any] | None = reply.wait(timeout=max(left, 0.05))
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
        token = call_context.with_deadline(timeout).sign(signer())
        return Envelope(
            exchange=broker.RPC.name,
            routing_key=f"{service}.{method}",
            body=orjson.dumps({"args": [payload], "kwargs": {}}),
            headers={context.HEADER: token},
            properties=_properties(
                correlation_id=correlation_id, reply_to=self._routing_key, expiration=str(int(timeout * 1000))
            ),
        )

    def _on_reply(self, body: Any, message: Any) -> None:
        waiting = self._pending.pop(message.properties.get("correlation_id", ""), None)
        if waiting is None:
            return
        waiting.send(body if isinstance(body, dict) else None)

    def _on_return(self, correlation_id: str) -> None:
        """No queue took the request: the service has never been here."""
        if waiting := self._pending.pop(correlation_id, None):
            waiting.send(None)

    def _park(self, message: Any, error: Exception) -> None:
        service = self.container.service_name
        self.container.spawn_managed_thread(
            partial(
                inbox.park_patiently,
                engine_of(service),
                f"rpc.reply-{service}",
                message,
                f"cannot be read: {error}",
                stopping=self._consumer.stopping,
            )
        )


def _result_of(body: dict[str, Any]) -> dict[str, Any]:
    error = body.get("error")
    if not error:
        return dict(body["result"])
    if error.get("exc_path") == "chassis.refusal.Refused":
        raise Refused(*error["exc_args"])
    raise InternalError(str(error.get("value", "")))
