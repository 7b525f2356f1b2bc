"""The wire format of calls and replies. It is nameko's own format, with a signature in a header of each call."""

from dataclasses import dataclass
from typing import Any

from chassis.rpc.refusal import Refusal, Refused

# These names are part of the wire format. They do not change when a class moves to another module.
REFUSED = "chassis.refusal.Refused"
INTERNAL_ERROR = "chassis.rpc.InternalError"


class InternalError(Exception):
    """The callee failed. Its log has the reason under `error_id`."""

    def __init__(self, error_id: str) -> None:
        super().__init__(error_id)
        self.error_id = error_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call: a result, or a refusal as [code, kind, message, details]."""

    result: dict[str, Any] | None = None
    refusal: list[Any] | None = None

    @classmethod
    def refused(cls, refusal: Refusal, language: str) -> "Outcome":
        return cls(refusal=[refusal.code, refusal.kind, refusal.text(language), refusal.details_for(language)])

    def to_json(self) -> dict[str, Any]:
        return {"result": self.result, "refusal": self.refusal}

    def to_reply(self) -> dict[str, Any]:
        """Return the outcome as nameko's reply body."""
        if self.refusal is None:
            return {"result": self.result, "error": None}
        return {"result": None, "error": error_of("Refused", REFUSED, self.refusal)}


def error_of(kind: str, path: str, arguments: list[Any]) -> dict[str, Any]:
    """Return nameko's form of an error: class name, module path and arguments."""
    return {"exc_type": kind, "exc_path": path, "exc_args": arguments, "value": str(arguments[0])}


def properties(**more: Any) -> dict[str, Any]:
    """Return the AMQP properties of a request or reply: JSON, transient, and `more`."""
    return {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1, **more}


def result_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the result in nameko's reply body. Raises Refused or InternalError."""
    error = body.get("error")
    if not error:
        return dict(body["result"])
    if error.get("exc_path") == REFUSED:
        raise Refused(*error["exc_args"])
    raise InternalError(str(error.get("value", "")))
