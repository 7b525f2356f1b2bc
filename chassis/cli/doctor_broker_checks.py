"""The broker checks of `linli doctor`. The broker must answer and accept messages. Every subscription must have a queue with
a consumer. Every service must accept our signature."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import orjson
from amqp.exceptions import AccessRefused, NotFound
from kombu import Consumer, Queue

from chassis import service_registry
from chassis.cli import service_choice
from chassis.cli.command_errors import CommandError, explain
from chassis.config import settings
from chassis.messaging import broker, dead_letters, topology
from chassis.messaging.publish import send
from chassis.observability.checks import connect
from chassis.observability.findings import Finding
from chassis.rpc import signing
from chassis.rpc.client import request
from chassis.rpc.context import CallContext

QUEUE_LENGTH = 10_000
TIMEOUT = 3.0  # seconds for an answer to a call


def check_broker() -> list[Finding]:
    """Check the broker, its queues and dead letters, and call every service."""
    if settings().embedded_broker:
        return [Finding("ok", "broker", "embedded: it lives inside `linli up`, and ends with it")]
    try:
        with connect(settings().amqp_uri) as connection:
            properties = connection.connection.server_properties
            text = f"{properties.get('product', 'AMQP')} {properties.get('version', '')}".strip()
            return [Finding("ok", "broker", text), *_queues(connection), *_dead_letters(), *_calls(connection)]
    except TimeoutError:
        message = "it takes connections and answers nothing"
        return [Finding("wrong", "broker", message, "is it frozen, or behind a dead link? its log; restart it if it stays so")]
    except Exception as error:
        if (problem := explain(error)) is None:
            raise
        return [Finding("wrong", "broker", problem.message, problem.do)]


def _queues(connection: Any) -> Iterator[Finding]:
    for service in service_registry.installed():
        try:
            queues = topology.queues_of(service_choice.class_of(service))
        except CommandError as problem:
            yield Finding("note", service, problem.message, problem.do)
            continue
        for queue in queues:
            yield from _queue(connection, queue.name)


def _queue(connection: Any, name: str) -> Iterator[Finding]:
    if (declared := _declared_queue(connection, name)) is None:
        yield Finding("wrong", name, "the queue is missing: its messages are held back or lost", "linli topology")
    elif not declared.consumer_count:
        yield Finding("note", name, f"nobody consumes; {declared.message_count} messages wait", "does the service run?")
    elif declared.message_count > QUEUE_LENGTH:
        yield Finding("wrong", name, f"{declared.message_count} messages wait", "more replicas of the service?")


def _declared_queue(connection: Any, name: str) -> Any:
    """Return the number of messages and consumers of a queue. None if the queue does not exist."""
    channel = connection.channel()
    try:
        return channel.queue_declare(name, passive=True)
    except NotFound:
        return None
    finally:
        with suppress(Exception):
            channel.close()


def _dead_letters() -> Iterator[Finding]:
    """A service may not read the dead letters of another. Where the code of all is installed and the settings are those of one
    process, as docs/install.md has it, the others' are left out."""
    for service in service_registry.installed():
        try:
            count = len(dead_letters.letters(service))
        except AccessRefused:
            continue
        if count:
            yield Finding("wrong", broker.dead_letter_queue(service).name, f"{count} messages", "`linli dead-letters list`")


# --- calls: one message to ourselves, and one call without effect to every service ---

OURSELVES = "ourselves"


def _calls(connection: Any) -> Iterator[Finding]:
    """Call an unknown method of each service. A running service refuses at once: with `unknown_method`, or with
    `context_forged` if it does not know our key. Only the gateway may call, so the check is made where its key is."""
    if not signing.may_sign():
        return
    served = [
        service
        for service in service_registry.names()
        if (q := _declared_queue(connection, f"rpc-{service}")) and q.consumer_count
    ]
    answers = _refusal_codes(served)
    if OURSELVES not in answers:
        yield Finding("wrong", "broker", "it takes no messages: short of disk or memory", "free some, where its volume is")
        return
    for service in service_registry.names():
        if service not in served and _is_callable(service):
            yield Finding("note", service, "nobody takes calls to it", "does the service run?")
    for service in served:
        if (code := answers.get(service)) is None:
            yield Finding("wrong", service, f"does not answer calls within {TIMEOUT:.0f} s", "its log; is it stopped or stuck?")
        elif code == "context_forged":
            message = "does not accept our signature: our public key is not in its LINLI_VERIFY_KEYS"
            yield Finding("wrong", service, message, "set the same LINLI_VERIFY_KEYS everywhere, then restart")
        else:
            yield Finding("ok", service, "answers calls")


def _is_callable(service: str) -> bool:
    """True if the service has an RPC interface, or if its code is not installed here."""
    return service not in service_registry.installed() or service_choice.class_of(service).interface is not None


def _refusal_codes(services: Sequence[str]) -> dict[str, str]:
    """Return the refusal's code for each service that answers in time. It opens its own connection, because a broker that is
    short of disk or memory stops reading from a connection that publishes."""
    answers: dict[str, str] = {}
    with connect(settings().amqp_uri) as connection, suppress(TimeoutError):
        channel = connection.channel()
        broker.RPC.bind(channel).declare()
        key = f"doctor-{uuid4().hex}"
        replies = Queue(f"rpc.reply-{key}", broker.RPC, key, durable=False, exclusive=True, auto_delete=True)
        replies.bind(channel).declare()

        def on_reply(message: Any) -> None:
            error = orjson.loads(message.body).get("error") or {}
            answers[message.properties["correlation_id"]] = str((error.get("exc_args") or [""])[0])

        consumer = Consumer(channel, [replies], on_message=on_reply, no_ack=True, auto_declare=False)
        consumer.consume()
        for name, routing_key in [(OURSELVES, key), *((service, f"{service}.are_you_well") for service in services)]:
            _call(channel, name, routing_key, key)
        while len(answers) <= len(services):
            connection.drain_events(timeout=TIMEOUT)
    return answers


def _call(channel: Any, call_id: str, routing_key: str, reply_to: str) -> None:
    context = CallContext(correlation_id="linli-doctor").with_deadline(TIMEOUT)
    key = signing.signing_key()
    send(channel, request(key, routing_key, {}, context, call_id=call_id, reply_to=reply_to, timeout=TIMEOUT))
