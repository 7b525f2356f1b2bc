"""Idempotency keys: a repeated request gets the first answer and has no second effect.

The answer is stored in the same transaction as the effect. After a crash, the database has both or neither.
Stored answers are encrypted, because they may hold personal data or secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database import crypto, tables
from chassis.messaging import outbox
from chassis.rpc.refusal import Refusal

RETENTION_HOURS = 24
Answer = dict[str, Any]


class KeyRefusal(Refusal):
    """The key itself cannot be used. This refusal is never stored as the answer of the key."""


class KeyReused(KeyRefusal):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"
    kind = "invalid"
    en = "This Idempotency-Key was used for a different request."
    zh = "该幂等键已用于另一请求。"


class InFlight(KeyRefusal):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_in_flight"
    kind = "conflict"
    en = "A request with this Idempotency-Key is still being worked on."
    zh = "使用该幂等键的请求仍在处理中。"


class AlreadyAnswered(Exception):
    """Another process has stored an answer for this key. Roll back, then look that answer up."""


@dataclass(frozen=True, slots=True)
class Request:
    """`scope` is the account that sends the request, so that keys of different accounts do not collide. `hash` is a hash
    of the request."""

    scope: str
    key: str
    hash: str


# The statements are built once, because building one takes longer than running it.
_LOOK_UP = text("SELECT free, request_hash, answer FROM look_up_answer(:scope, :key, :wait)")
_INSERT = tables.idempotency.insert().values({name: bindparam(name) for name in ("scope", "key", "request_hash", "answer")})
_INSERT_WITH_MESSAGE = outbox.INSERT_AND_NOTIFY.add_cte(_INSERT.cte("stored"))


def stored_answer(session: Session, request: Request, *, wait: bool = False) -> Answer | None:
    """Return the stored answer, or None. With None, this transaction holds the lock of the key. If another transaction has
    the lock, raise InFlight, or with `wait` wait for it: OperationalError after the engine's lock_timeout. One round trip.
    Raises KeyReused.

    A database function first locks the key and then reads the answer, in a statement of its own. A single SELECT for both
    reads as of the time when it began, so it may miss the answer that the last holder of the lock has just committed."""
    found = session.execute(_LOOK_UP, {"scope": request.scope, "key": request.key, "wait": wait}).one()
    if found.request_hash is not None:
        if found.request_hash != request.hash:
            raise KeyReused()
        return dict(orjson.loads(crypto.decrypt(found.answer.encode())))
    if not found.free:
        raise InFlight()
    return None


def store(session: Session, request: Request, answer: Answer, messages: Sequence[outbox.Row] = ()) -> None:
    """Store `answer` in the transaction of the effect, and insert `messages` into the outbox. One round trip if there is
    exactly one message. Raises AlreadyAnswered if the key has an answer already. The unique key finds the answers that
    were stored after the look-up."""
    session.flush()
    sealed = crypto.encrypt(orjson.dumps(answer)).decode()
    row = {"scope": request.scope, "key": request.key, "request_hash": request.hash, "answer": sealed}
    try:
        if len(messages) == 1:
            session.execute(_INSERT_WITH_MESSAGE, row | messages[0])
        else:
            outbox.insert(session, messages)
            session.execute(_INSERT, row)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "idempotency_pkey":
            raise
        raise AlreadyAnswered from error
