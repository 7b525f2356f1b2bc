"""The signed context of every call between processes. The callee verifies the signature before it uses the context."""

import hashlib
import time
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from itsdangerous import BadSignature, Signer
from uuid_utils.compat import uuid7

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Refusal, Unauthenticated

HEADER = "linli-context"


class ForgedContext(Unauthenticated):
    """The context of a call is missing, malformed, or signed with another key."""

    code = "context_forged"
    en = "The call carries no valid proof of who makes it."
    zh = "调用缺少有效的身份凭证。"


class OtherRelease(Refusal):
    """The context of a call is genuine, but of a release that does not fit this one."""

    code = "context_of_other_release"
    kind = "unavailable"
    en = "The platform is being upgraded; please try again in a moment."
    zh = "系统正在升级，请稍后再试。"


@dataclass(frozen=True, slots=True)
class CallContext:
    """`deadline` is in unix seconds; after it, the caller no longer waits for the reply. `idempotency_key` identifies the
    request. It is a new key for each request, unless the HTTP client sent one; `key_from_caller` is True then.
    `request_hash` is a hash of the request that came with the client's key. `communities` are those that the caller looks at;
    what it may do there is decided by its identity."""

    identity: Identity = ANONYMOUS
    deadline: float = 0.0
    language: str = "zh-CN"
    correlation_id: str = ""
    idempotency_key: str = field(default_factory=lambda: uuid7().hex)
    key_from_caller: bool = False
    request_hash: str | None = None
    communities: Communities = DISTRICT
    trace: dict[str, str] = field(default_factory=dict)

    def with_deadline(self, seconds: float) -> "CallContext":
        return replace(self, deadline=time.time() + seconds)

    def sign(self, signer: Signer) -> str:
        body: dict[str, Any] = {
            "who": self.identity.to_claims(),
            "deadline": self.deadline,
            "lang": self.language,
            "cid": self.correlation_id,
            "key": self.idempotency_key,
            "chosen": self.key_from_caller,
            "hash": self.request_hash,
            "in": self.communities.to_claim(),
        }
        if self.trace:
            body["trace"] = self.trace
        return signer.sign(orjson.dumps(body)).decode()

    @classmethod
    def verify(cls, token: object, signer: Signer) -> "CallContext":
        """Return the context in `token`. Raises ForgedContext if the token is missing or not signed with our key, OtherRelease
        if it lacks something."""
        if not isinstance(token, str):
            raise ForgedContext()
        try:
            body = orjson.loads(signer.unsign(token.encode()))
        except (BadSignature, ValueError) as error:  # ValueError: not JSON, or not UTF-8
            raise ForgedContext() from error
        try:
            return cls._loaded(body)
        except (KeyError, TypeError) as error:
            raise OtherRelease() from error

    @classmethod
    def _loaded(cls, body: dict[str, Any]) -> "CallContext":
        return cls(
            identity=Identity.from_claims(body["who"]),
            deadline=body["deadline"],
            language=body["lang"],
            correlation_id=body["cid"],
            idempotency_key=body["key"],
            key_from_caller=body["chosen"],
            request_hash=body["hash"],
            communities=Communities.from_claim(body["in"]),
            trace=body.get("trace", {}),
        )


def context_signer(secret: str) -> Signer:
    """Return the signer of contexts. Caller and callee must have the same `secret` (LINLI_SECRET)."""
    return Signer(secret, salt="linli-context", key_derivation="hmac", digest_method=hashlib.sha256)
