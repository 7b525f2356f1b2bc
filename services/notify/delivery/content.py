"""The content of an e-mail or SMS, encrypted until it is sent."""

from dataclasses import asdict, dataclass, field
from typing import Self

import orjson

from chassis.database import crypto
from chassis.observability import telemetry


@dataclass(frozen=True, slots=True)
class Content:
    """`address` is set only if there is no verified contact point to read it from (one-time codes). `headers` are the trace
    headers of the request that led to the message, so that the sender's log lines and spans belong to the same trace."""

    title: str
    body: str
    variables: dict[str, str] = field(default_factory=dict)
    address: str | None = None
    headers: dict[str, str] = field(default_factory=telemetry.outgoing_headers)

    def seal(self) -> bytes:
        return crypto.encrypt(orjson.dumps(asdict(self)))

    @classmethod
    def unseal(cls, sealed: bytes) -> Self:
        """Raises cryptography.fernet.InvalidToken if no configured key can decrypt it."""
        return cls(**orjson.loads(crypto.decrypt(sealed)))
