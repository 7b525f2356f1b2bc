"""Calls as the release before signed them: with LINLI_SECRET, which every process has. They exist for rolling upgrades and go
with the next release.

They are sent and accepted for a week after the upgrade of the database (migration chassis_0005), so that old and new processes
work together in any order. A new installation never accepts them. LINLI_OLD_CALLS=false ends the week at once.
"""

import hashlib
from datetime import timedelta

import orjson
from itsdangerous import BadSignature, Signer
from sqlalchemy import select

from chassis.config import settings
from chassis.database import tables
from chassis.database.engine import engine_of
from chassis.rpc.context import CallContext, ForgedContext, OtherRelease

HEADER = "linli-context"
UPGRADED = "calls need the private key"  # the row of relay_state that the migration inserts
WINDOW = timedelta(days=7)


def until(service: str) -> float:
    """Return the time (unix seconds) until which the service sends and accepts old calls; 0 if it does not."""
    if not settings().old_calls:
        return 0.0
    try:
        engine = engine_of(service)
    except LookupError:  # it has no database, so nothing was upgraded
        return 0.0
    with engine.connect() as connection:
        at = connection.scalar(select(tables.relay_state.c.at).where(tables.relay_state.c.name == UPGRADED))
    return (at + WINDOW).timestamp() if at else 0.0


def sign(context: CallContext) -> str:
    """Return the header of a call in the old form."""
    return _signer().sign(orjson.dumps(context.to_claims())).decode()


def verify(token: object) -> CallContext:
    """Return the context in an old header. Raises ForgedContext and OtherRelease like chassis.rpc.signed_calls.verify."""
    if not isinstance(token, str):
        raise ForgedContext()
    try:
        claims = orjson.loads(_signer().unsign(token.encode()))
    except (BadSignature, ValueError) as error:  # ValueError: not JSON, or not UTF-8
        raise ForgedContext() from error
    try:
        return CallContext.from_claims(claims)
    except (KeyError, TypeError) as error:
        raise OtherRelease() from error


def _signer() -> Signer:
    config = settings()
    keys = [*reversed(config.secret_old), config.secret]  # the last one signs
    return Signer(keys, salt="linli-context", key_derivation="hmac", digest_method=hashlib.sha256)
