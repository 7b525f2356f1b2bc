"""RPC entrypoints: queries and commands, and how they are made from the verbs of an interface.

A query reads. A command runs in one transaction. The transaction commits when the use case returns, and rolls back when
the use case raises. Both take one JSON object and return one. Both refuse by raising a Refusal.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from marshmallow import ValidationError, missing
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chassis.database.engine import DATABASE_AWAY, reading
from chassis.observability import telemetry
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.context import CallContext
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.interface.field_errors import field_errors
from chassis.rpc.interface.verbs import Command, Verb
from chassis.rpc.refusal import Invalid, Refusal, VersionMismatch
from chassis.rpc.run_once import Payload, run_once
from chassis.rpc.server import Rpc
from chassis.rpc.wire import Outcome

log = telemetry.get_logger(__name__)
Method = Callable[[Any, Call, Payload], Payload]
Entry = Callable[[Any, Payload, CallContext, bool], Outcome]
AfterRefusal = Callable[[Call, Payload, Refusal], None]


def query(method: Method) -> Entry:
    """Make `method` an RPC entrypoint that reads. Each statement sees what is committed when the statement starts."""

    @wraps(method)
    def run(self: Any, payload: Payload, context: CallContext, redelivered: bool) -> Outcome:
        def read() -> Outcome:
            with reading(self.database) as session:
                return Outcome(result=method(self, _call(session, context), payload))

        return _run_traced(read, context, f"{self.name}.{method.__name__}")

    return Rpc.decorator(writes=False)(run)  # type: ignore[no-any-return]


def command(method: Method, after_refusal: AfterRefusal | None = None) -> Entry:
    """Make `method` an RPC entrypoint that writes, in one transaction, once per Idempotency-Key. `after_refusal` is called in
    another transaction after a refusal that is not temporary; its call has the time at which the request was taken up."""

    @wraps(method)
    def run(self: Any, payload: Payload, context: CallContext, redelivered: bool) -> Outcome:
        taken_up_at = datetime.now(UTC)

        def work(session: Session) -> Payload:
            return method(self, _call(session, context), payload)

        def remember(session: Session, refusal: Refusal) -> None:
            if after_refusal is not None:
                after_refusal(replace(_call(session, context), now=taken_up_at), payload, refusal)

        name = f"{self.name}.{method.__name__}"
        remembering = remember if after_refusal is not None else None
        return _run_traced(lambda: run_once(self.database, context, redelivered, work, remembering), context, name)

    return Rpc.decorator(run)  # type: ignore[no-any-return]


def entrypoint_of(verb: Verb, use_case: Callable[..., Any], after_refusal: Callable[..., None] | None = None) -> Entry:
    """Return an entrypoint that loads the payload, calls `use_case(call, **fields)` and dumps the result. After a refusal of a
    command it calls `after_refusal(call, refusal, **fields)`, as `command` does. Raises TypeError if the parameters of the use
    case do not fit the verb's fields."""
    _check_signature(verb, use_case)

    def answer(service: Any, call: Call, payload: Payload) -> Payload:
        result = use_case(call, **verb.takes.load(payload))
        with caller_context(call.acting, call.now):
            answer: Payload = verb.gives.dump(result)
        return answer

    answer.__name__ = verb.name
    answer.__doc__ = verb.summary
    if not isinstance(verb, Command):
        return query(answer)
    if after_refusal is None:
        return command(answer)
    return command(answer, lambda call, payload, refusal: after_refusal(call, refusal, **verb.takes.load(payload)))


def _check_signature(verb: Verb, use_case: Callable[..., Any]) -> None:
    _, *parameters = signature(use_case).parameters.values()
    taken = {field.attribute or name: field for name, field in verb.takes.fields.items()}
    for parameter in parameters:
        if parameter.kind is Parameter.VAR_KEYWORD:
            return  # it takes all other fields
        field = taken.pop(parameter.name, None)
        always_there = field is not None and (field.required or field.load_default is not missing)
        if parameter.kind is not Parameter.KEYWORD_ONLY or (parameter.default is Parameter.empty and not always_there):
            raise TypeError(f"{verb.address}: its use case needs {parameter.name}, which a request may lack")
    if taken:
        raise TypeError(f"{verb.address}: its use case takes no {', '.join(taken)}")


def _call(session: Session, context: CallContext) -> Call:
    return Call(session, datetime.now(UTC), context.identity, context.language, context.communities)


def _run_traced(work: Callable[[], Outcome], context: CallContext, name: str) -> Outcome:
    """Run `work` in a trace span. Validation errors, version conflicts and a missing database become refusals. Bugs are
    raised; chassis.rpc.server answers them with an error id."""
    telemetry.adopt({"correlation-id": context.correlation_id, **context.trace})
    with telemetry.traces.span(name, "server", **{"rpc.system": "nameko"}):
        outcome = _run_or_refuse(work, context)
        if outcome.refusal:
            telemetry.traces.describe(**{"linli.refusal": outcome.refusal[0]})
    return outcome


def _run_or_refuse(work: Callable[[], Outcome], context: CallContext) -> Outcome:
    try:
        return work()
    except Refusal as refusal:
        return Outcome.refused(refusal, context.language)
    except ValidationError as error:
        return Outcome.refused(Invalid(errors=field_errors(error, context.language)), context.language)
    except StaleDataError:
        return Outcome.refused(VersionMismatch(), context.language)
    except DATABASE_AWAY as error:
        log.warning("database unavailable", error=str(error).splitlines()[0])
        return Outcome.refused(Unavailable(), context.language)
