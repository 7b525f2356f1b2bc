"""What leaves through a channel, encrypted for as long as it is on its way."""

from dataclasses import asdict, dataclass, field
from typing import Self

import orjson

from chassis.database import crypto
from chassis.observability import telemetry


@dataclass(frozen=True, slots=True)
class Content:
    """`address` only where no contact point holds it (one-time codes). `headers` name the request that led to it, so
    that the sender's lines and spans belong to it too."""

    title: str
    body: str
    variables: dict[str, str] = field(default_factory=dict)
    address: str | None = None
    headers: dict[str, str] = field(default_factory=telemetry.outgoing_headers)

    def seal(self) -> bytes:
        return crypto.encrypt(orjson.dumps(asdict(self)))

    @classmethod
    def unseal(cls, sealed: bytes) -> Self:
        """Raises cryptography.fernet.InvalidToken if no key of ours made it."""
        return cls(**orjson.loads(crypto.decrypt(sealed)))
