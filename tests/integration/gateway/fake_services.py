"""Services that answer what a test tells them to, over the wire format: payloads and answers are plain JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.database.engine import expect_no_open_session
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Refusal, Refused
from tests.doubles import ask

Answer = dict[str, Any] | Exception | Callable[[dict[str, Any], CallContext], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    service: str
    method: str
    payload: dict[str, Any]
    context: CallContext


class FakeServices:
    def __init__(self) -> None:
        self.calls: list[Asked] = []
        self._answers: dict[tuple[str, str], Answer] = {}

    def on(self, service: str, method: str, answer: Answer) -> None:
        self._answers[service, method] = answer

    def answer_of(self, service: str, method: str) -> Answer:
        return self._answers[service, method]

    def call(self, service: str, method: str, payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        """Remembers what reaches the use case: payloads that the interface refuses do not."""
        expect_no_open_session(f"calling {service}.{method}")  # as chassis.rpc does
        payload = orjson.loads(orjson.dumps(payload))

        def given(asked: dict[str, Any]) -> Any:
            self.calls.append(Asked(service, method, asked, context))
            answer = self._answers[service, method]
            if isinstance(answer, Exception):
                raise answer
            return answer(asked, context) if callable(answer) else answer

        return ask(given, service, method, payload, context)

    def of(self, method: str) -> list[Asked]:
        return [asked for asked in self.calls if asked.method == method]


def refused(refusal: Refusal) -> Refused:
    """The refusal as it comes over the wire, in English."""
    return Refused(refusal.code, refusal.kind, refusal.text("en"), refusal.details)
