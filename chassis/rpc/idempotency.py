"""The same request gets the same answer, and has its effect once.

The answer is stored in the transaction of the effect, so a crash between the two cannot happen: after it either both
are there or neither. Answers may hold personal data or secrets shown once; they are encrypted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database import crypto, tables
from chassis.messaging import outbox
from chassis.rpc.refusal import Refusal

KEPT_HOURS = 24
Answer = dict[str, Any]


class KeyRefusal(Refusal):
    """What is wrong with the key itself; never stored as the key's answer."""


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


class AnsweredMeanwhile(Exception):
    """Another process stored its answer first; roll back and look it up."""


@dataclass(frozen=True, slots=True)
class Request:
    """`scope` is who asks (keys of different people never meet), `hash` a fingerprint of what is asked."""

    scope: str
    key: str
    hash: str

    @property
    def name(self) -> str:
        """Of its advisory lock."""
        return f"{self.scope}\n{self.key}"


_kept = tables.idempotency.c
# Built once: it takes longer to build a statement than to run it.
_LOOK_UP = (
    select(
        func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text), 0)),
        _kept.request_hash,
        _kept.answer,
    )
    .select_from(text("(SELECT 1) one"))
    .outerjoin(tables.idempotency, (_kept.scope == bindparam("scope")) & (_kept.key == bindparam("key")))
)
_WAIT = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text), 0)))
_STORE = tables.idempotency.insert().values({name: bindparam(name) for name in ("scope", "key", "request_hash", "answer")})
_STORE_AND_SAY = outbox.SAY.add_cte(_STORE.cte("kept"))


def wait_for_others(session: Session, request: Request) -> None:
    """Until nobody else works on a request whose key the caller chose: of one that the broker delivered twice, the second
    must not say that it is in flight while the first is about to answer. In a statement of its own, so that what the
    first has committed is seen by the next. Raises OperationalError after the engine's lock_timeout."""
    session.execute(_WAIT, {"name": request.name})


def stored_answer(session: Session, request: Request) -> Answer | None:
    """The answer given before, or None, in which case the transaction holds the key's lock. One round trip.
    Raises KeyReused or InFlight."""
    names = {"name": request.name, "scope": request.scope, "key": request.key}
    free, stored_hash, sealed = session.execute(_LOOK_UP, names).one()
    if stored_hash is not None:
        if stored_hash != request.hash:
            raise KeyReused()
        return dict(orjson.loads(crypto.decrypt(sealed.encode())))
    if not free:
        raise InFlight()
    return None


def store(session: Session, request: Request, answer: Answer, messages: Sequence[outbox.Row] = ()) -> None:
    """Remember `answer` with the effect, and write the outbox's `messages` about it; one round trip if there is one.
    Raises AnsweredMeanwhile if there is an answer already: the unique key guards what a look-up before the work cannot."""
    session.flush()
    sealed = crypto.encrypt(orjson.dumps(answer)).decode()
    row = {"scope": request.scope, "key": request.key, "request_hash": request.hash, "answer": sealed}
    try:
        if len(messages) == 1:
            session.execute(_STORE_AND_SAY, row | messages[0])
        else:
            outbox.write(session, messages)
            session.execute(_STORE, row)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "idempotency_pkey":
            raise
        raise AnsweredMeanwhile from error
