"""The signature of a call. It covers the method, the bytes of the body, who makes the call, its deadline and where the reply
goes. So somebody who sees a signed call can neither change it nor use its signature for another one.

A call that is sent a second time before its deadline has no second effect: a command answers from what is stored under its
idempotency key, and the reply goes to the caller who signed.
"""

import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.rpc.context import CallContext, ForgedContext, OtherRelease
from chassis.rpc.signing import SigningKey, VerifyKeys

HEADER = "linli-call"
_SEPARATOR = "."
_SIGNED_FOR = b"linli call 1\n"  # so that the key signs nothing else that looks like a call


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it travels. `method` is the routing key, such as `booking.book_space`. `call_id` and `reply_to` are AMQP's
    correlation_id and reply_to; `reply_to` is empty if nobody waits for the reply."""

    method: str
    body: bytes
    call_id: str
    reply_to: str

    def claims(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.body).hexdigest()
        return {"to": self.method, "sha256": digest, "id": self.call_id, "reply": self.reply_to}


def sign(context: CallContext, request: Request, key: SigningKey) -> str:
    """Return the header of a call that is made in `context`."""
    claims = {"kid": key.key_id, "at": time.time(), **request.claims(), **context.to_claims()}
    signed = orjson.dumps(claims)
    signature = urlsafe_b64encode(key.sign(_SIGNED_FOR + signed))
    return f"{signed.decode()}{_SEPARATOR}{signature.decode()}"


def verify(token: object, request: Request, keys: VerifyKeys) -> CallContext:
    """Return the context in the header `token`. Raises ForgedContext if the token is missing, is not signed with one of `keys`,
    or was signed for another request than `request`; OtherRelease if it lacks something."""
    if not isinstance(token, str):
        raise ForgedContext()
    signed, _, signature = token.rpartition(_SEPARATOR)
    try:
        claims = orjson.loads(signed)
        if not keys.verify(claims["kid"], urlsafe_b64decode(signature), _SIGNED_FOR + signed.encode()):
            raise ForgedContext()
    except (ValueError, KeyError, TypeError) as error:  # ValueError: not JSON, not base64, or not UTF-8
        raise ForgedContext() from error
    if any(claims.get(name) != value for name, value in request.claims().items()):
        raise ForgedContext()
    try:
        return CallContext.from_claims(claims)
    except (KeyError, TypeError) as error:
        raise OtherRelease() from error
