"""The context of every call between processes. It travels signed (chassis.rpc.signed_calls), and the callee verifies the
signature before it uses the context."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from uuid_utils.compat import uuid7

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Refusal, Unauthenticated


class ForgedContext(Unauthenticated):
    """The context of a call is missing or malformed, or not signed for this call with a key that the callee trusts."""

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

    def to_claims(self) -> dict[str, Any]:
        """Return the context as JSON."""
        claims: dict[str, Any] = {
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
            claims["trace"] = self.trace
        return claims

    @classmethod
    def from_claims(cls, body: dict[str, Any]) -> "CallContext":
        """Return the context that `to_claims` has written. Raises KeyError or TypeError if it lacks something."""
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
