"""What every service has: a database, a relay, retries; and the two kinds of calls it answers.

    class BookingService(Service):
        name = "booking"

        @query
        def get_space(self, call: Call, payload: Payload) -> Payload: ...

        @command
        def book_space(self, call: Call, payload: Payload) -> Payload:
            return BOOKING.dump(use_cases.book_space(call, BOOK_SPACE.load(payload)))

A `@query` reads; a `@command` runs in one transaction, which commits when the method returns and is rolled back when
it raises. Both take one JSON object and give one; both say no by raising a Refusal.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from itertools import islice
from typing import Any

from marshmallow import ValidationError
from nameko.extensions import DependencyProvider
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chassis.background.housekeeping import Housekeeping
from chassis.database.engine import engine_of, reading, transaction
from chassis.messaging import outbox
from chassis.messaging.relay import Relay
from chassis.messaging.retries import Retries
from chassis.observability import telemetry
from chassis.rpc import idempotency
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.calls import Outcome, Rpc
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Invalid, Refusal, VersionMismatch

__all__ = ["Call", "Payload", "Service", "command", "query"]

Payload = dict[str, Any]
log = telemetry.get_logger(__name__)


class Database(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Gives a service the engine of its own database."""

    def get_dependency(self, worker_ctx: Any) -> Engine:
        return engine_of(self.container.service_name)


class Service:
    """Base of every service class."""

    name: str
    database: Engine = Database()  # nameko injects what the provider gives
    relay = Relay()
    retries = Retries()
    housekeeping = Housekeeping()


Method = Callable[[Any, Call, Payload], Payload]
Entry = Callable[[Any, Payload, CallContext, bool], Outcome]


def query(method: Method) -> Entry:
    """An RPC that reads. Each statement sees what is committed when it starts."""

    @wraps(method)
    def run(self: Service, payload: Payload, context: CallContext, redelivered: bool) -> Outcome:
        def read() -> Outcome:
            with reading(self.database) as session:
                return Outcome(result=method(self, _call(session, context), payload))

        return _outcome(read, context, f"{self.name}.{method.__name__}")

    return Rpc.decorator(changes=False)(run)  # type: ignore[no-any-return]


def command(method: Method) -> Entry:
    """An RPC that changes something, in one transaction, once per Idempotency-Key."""

    @wraps(method)
    def run(self: Service, payload: Payload, context: CallContext, redelivered: bool) -> Outcome:
        def work(session: Session) -> Payload:
            return method(self, _call(session, context), payload)

        name = f"{self.name}.{method.__name__}"
        return _outcome(lambda: _once(self.database, context, redelivered, work), context, name)

    return Rpc.decorator(run)  # type: ignore[no-any-return]


ATTEMPTS = 3
# Deadlock, serialisation failure: PostgreSQL chose this transaction to give way; run it again.
RUN_AGAIN = frozenset({"40P01", "40001"})
# Refusals that say "later", not "no": asking again with the same key may well succeed.
NOT_FINAL = frozenset({"unavailable", "too_many", "unauthenticated"})


def _once(engine: Engine, context: CallContext, redelivered: bool, work: Callable[[Session], Payload]) -> Outcome:
    """Run `work` with its answer stored under the request's key. A key that the caller chose may have been seen
    before, and so may any key on a redelivered request; a fresh one cannot, which saves the look-up."""
    request = idempotency.Request(
        scope=context.identity.account_id or "anonymous",
        key=context.idempotency_key,
        hash=context.request_hash or "",
    )
    check = redelivered or context.key_from_caller
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction(engine) as session:
                if redelivered:
                    idempotency.wait_for_others(session, request)
                if check and (stored := idempotency.stored_answer(session, request)) is not None:
                    return Outcome(**stored)
                messages = outbox.hold(session)
                outcome = Outcome(result=work(session))
                idempotency.store(session, request, outcome.to_json(), messages)
                return outcome
        except idempotency.AnsweredMeanwhile:
            check = True
        except idempotency.KeyRefusal:
            raise
        except Refusal as refusal:
            # The first delivery may still have been at work, and be what this one found in its way.
            if redelivered and (stored := _look_up(engine, request)) is not None:
                return Outcome(**stored)
            outcome = Outcome.refused(refusal, context.language)
            if context.key_from_caller and refusal.kind not in NOT_FINAL:
                _remember(engine, request, outcome)
            return outcome
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in RUN_AGAIN or attempt == ATTEMPTS:
                raise
    raise idempotency.InFlight()


def _look_up(engine: Engine, request: idempotency.Request) -> idempotency.Answer | None:
    with transaction(engine) as session:
        return idempotency.stored_answer(session, request)


def _remember(engine: Engine, request: idempotency.Request, outcome: Outcome) -> None:
    """A refusal is an answer too: it is stored by itself, since nothing else was written."""
    with suppress(idempotency.AnsweredMeanwhile), transaction(engine) as session:
        idempotency.store(session, request, outcome.to_json())


def _call(session: Session, context: CallContext) -> Call:
    return Call(session, datetime.now(UTC), context.identity, context.language)


def _outcome(work: Callable[[], Outcome], context: CallContext, name: str) -> Outcome:
    """The answer of `work`, with every kind of no made a refusal. Bugs pass through: rpc gives them an error id."""
    telemetry.adopt({"correlation-id": context.correlation_id, **context.trace})
    with telemetry.traces.span(name, "server", **{"rpc.system": "nameko"}):
        outcome = _said(work, context)
        if outcome.refusal:
            telemetry.traces.describe(**{"linli.refusal": outcome.refusal[0]})
    return outcome


def _said(work: Callable[[], Outcome], context: CallContext) -> Outcome:
    try:
        return work()
    except Refusal as refusal:
        return Outcome.refused(refusal, context.language)
    except ValidationError as error:
        return Outcome.refused(Invalid(errors=field_errors(error)), context.language)
    except StaleDataError:
        return Outcome.refused(VersionMismatch(), context.language)
    except (OperationalError, PoolTimeout) as error:
        log.warning("database unavailable", error=str(error).splitlines()[0])
        return Outcome.refused(Unavailable(), context.language)


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """marshmallow's messages as a flat list of {field, code, message}; `field` is dotted, with list indexes. The first
    MOST_ERRORS of them, and names no longer than LONGEST_NAME: both may be as many and as long as a caller likes."""

    def walk(node: Any, path: str) -> Iterator[dict[str, str]]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield from walk(value, path if key == "_schema" else f"{path}.{key}".lstrip("."))
        else:
            for message in node if isinstance(node, list) else [node]:
                code = _CODES.get(str(message), "invalid")
                yield {"field": path[:LONGEST_NAME], "code": code, "message": str(message)}

    return list(islice(walk(error.messages, ""), MOST_ERRORS))


MOST_ERRORS = 50
LONGEST_NAME = 200


_CODES = {
    "Missing data for required field.": "required",
    "Unknown field.": "unknown_field",
    "Field may not be null.": "null",
    "Not a valid aware datetime.": "naive_time",
    "Not a valid datetime.": "not_a_time",
    "Not a valid UUID.": "not_an_id",
    "Not a valid string.": "not_text",
    "Not a valid integer.": "not_a_number",
    "Not a valid boolean.": "not_a_boolean",
}
