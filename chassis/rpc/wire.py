"""How a call and its answer look on the wire: nameko's own format, so that a stock nameko client can call us."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from itsdangerous import Signer

from chassis.config import settings
from chassis.rpc import context
from chassis.rpc.refusal import Refusal, Refused

# These names travel in replies. They are names for readers of the wire, not the places of today's classes.
REFUSED = "chassis.refusal.Refused"
INTERNAL_ERROR = "chassis.rpc.InternalError"


class InternalError(Exception):
    """The callee failed; `error_id` finds the reason in its log."""

    def __init__(self, error_id: str) -> None:
        super().__init__(error_id)
        self.error_id = error_id


@lru_cache(maxsize=1)
def signer() -> Signer:
    return context.context_signer(settings().secret)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a result, or a refusal as its wire form [code, kind, message, details]."""

    result: dict[str, Any] | None = None
    refusal: list[Any] | None = None

    @classmethod
    def refused(cls, refusal: Refusal, language: str) -> "Outcome":
        return cls(refusal=[refusal.code, refusal.kind, refusal.text(language), refusal.details_for(language)])

    def to_json(self) -> dict[str, Any]:
        return {"result": self.result, "refusal": self.refusal}

    def to_reply(self) -> dict[str, Any]:
        """nameko's reply body."""
        if self.refusal is None:
            return {"result": self.result, "error": None}
        return {"result": None, "error": error_of("Refused", REFUSED, self.refusal)}


def error_of(kind: str, path: str, arguments: list[Any]) -> dict[str, Any]:
    return {"exc_type": kind, "exc_path": path, "exc_args": arguments, "value": str(arguments[0])}


def properties(**more: Any) -> dict[str, Any]:
    return {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1, **more}


def result_of(body: dict[str, Any]) -> dict[str, Any]:
    error = body.get("error")
    if not error:
        return dict(body["result"])
    if error.get("exc_path") == REFUSED:
        raise Refused(*error["exc_args"])
    raise InternalError(str(error.get("value", "")))
