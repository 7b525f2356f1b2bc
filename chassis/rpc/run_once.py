"""Run a command once per Idempotency-Key. A repeated request gets the answer of the first request."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chassis.database.engine import transaction
from chassis.messaging import outbox
from chassis.rpc import idempotency
from chassis.rpc.call import Outdated
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refusal, VersionMismatch
from chassis.rpc.wire import Outcome

Payload = dict[str, Any]
ATTEMPTS = 3
# Deadlock and serialisation failure: PostgreSQL aborted this transaction in favour of another. Run it again.
RETRYABLE_SQLSTATES = frozenset({"40P01", "40001"})
# Temporary refusals are not stored, because the same request may succeed later.
TEMPORARY_KINDS = frozenset({"unavailable", "too_many", "unauthenticated"})


def run_once(
    engine: Engine,
    context: CallContext,
    redelivered: bool,
    work: Callable[[Session], Payload],
    remember: Callable[[Session, Refusal], None] | None = None,
) -> Outcome:
    """Run `work` and store its answer under the key of the request. There may be a stored answer if the caller chose the
    key, or if the broker redelivered the request. Otherwise the key is new, and the look-up is skipped. After a refusal that is
    not temporary, `remember` gets a transaction of its own, because that of `work` was rolled back. Raises KeyReused, InFlight,
    and what `work` and `remember` raise except a Refusal."""
    request = idempotency.Request(
        scope=context.identity.account_id or "anonymous",
        key=context.idempotency_key,
        hash=context.request_hash or "",
    )
    may_be_stored = redelivered or context.key_from_caller
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction(engine) as session:
                # Of two deliveries of one request, the second waits for the answer of the first.
                if may_be_stored and (stored := idempotency.stored_answer(session, request, wait=redelivered)) is not None:
                    return Outcome(**stored)
                messages = outbox.collect(session)
                outcome = Outcome(result=work(session))
                idempotency.store(session, request, outcome.to_json(), messages)
                return outcome
        except idempotency.AlreadyAnswered:
            may_be_stored = True
        except idempotency.KeyRefusal:
            raise
        except Refusal as refusal:
            if isinstance(refusal, Outdated) and attempt < ATTEMPTS:
                continue
            outcome = Outcome.refused(refusal, context.language)
            storable = context.key_from_caller and refusal.kind not in TEMPORARY_KINDS
            note = _note_of(refusal, remember)
            if may_be_stored:
                return _first_outcome(engine, request, outcome, storable, note)
            if note is not None:
                with transaction(engine) as session:
                    note(session)
            return outcome
        except StaleDataError:
            if attempt < ATTEMPTS:
                continue
            outcome = Outcome.refused(VersionMismatch(), context.language)
            return _first_outcome(engine, request, outcome, context.key_from_caller, None) if may_be_stored else outcome
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in RETRYABLE_SQLSTATES or attempt == ATTEMPTS:
                raise
    raise idempotency.InFlight()


def _note_of(refusal: Refusal, remember: Callable[[Session, Refusal], None] | None) -> Callable[[Session], None] | None:
    if remember is None or refusal.kind in TEMPORARY_KINDS:
        return None
    return lambda session: remember(session, refusal)


def _first_outcome(
    engine: Engine, request: idempotency.Request, refused: Outcome, storable: bool, note: Callable[[Session], None] | None
) -> Outcome:
    """Return the outcome of the request that was answered first. If that is the refusal, store it if it is `storable`, and
    `note` it in the same transaction.
    The refused work was rolled back, which freed the lock of the key, so another transaction may have answered meanwhile.
    Raises what stored_answer raises."""
    try:
        with transaction(engine) as session:
            if (stored := idempotency.stored_answer(session, request, wait=True)) is not None:
                return Outcome(**stored)
            if storable:
                idempotency.store(session, request, refused.to_json())
            if note is not None:
                note(session)
            return refused
    except idempotency.AlreadyAnswered:  # by a first delivery, which does not lock its key
        return _first_outcome(engine, request, refused, storable, note)
