"""Requests at a steady pace, each repeated until it is answered, as a person or a gateway would."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.patience import eventually

if TYPE_CHECKING:
    from tests.faults.sides import Side

FULL = os.environ.get("LINLI_FAULTS") == "full"
# Seconds after which a request counts as never answered. A short round waits less for the stock service, which never answers
# some; Linli answers all, on a slow machine only when its broker is up again.
LINLI_GIVES_UP = 60.0
GIVE_UP = LINLI_GIVES_UP if FULL else 15.0
THREADS = 6
COUNTERS = 7
# What a request is answered if a twin of it was done before. It is not repeated then.
TWIN_REFUSED = frozenset({"refused: tally.already_done", "failed: ValueError"})
PAUSE = 0.04 if FULL else 0.1  # seconds between two requests of a thread; a short round proves the fault, not the pace


@dataclass(slots=True)
class Sent:
    """One request. Times are unix seconds; `answered` 0 until there is a final answer."""

    request: str
    counter: str
    began: float
    answered: float = 0.0
    attempts: int = 0
    slowest: float = 0.0
    answers: set[str] = field(default_factory=set)


class Conversation:
    """A connection to a side's door."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lines: Any = None

    def ask(self, request: dict[str, Any]) -> str:
        """The door's answer to one attempt, or what kept it from answering."""
        try:
            if self._lines is None:
                connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
                self._lines = connection.makefile("rw")
                connection.close()  # the file keeps it open
            self._lines.write(json.dumps(request) + "\n")
            self._lines.flush()
            answer = self._lines.readline()
        except OSError as error:
            answer, failure = "", type(error).__name__
        else:
            failure = "hung up"
        if not answer:
            self.close()
            return f"no door: {failure}"
        return str(json.loads(answer)["answer"])

    def close(self) -> None:
        if self._lines is not None:
            with suppress(OSError):
                self._lines.close()
            self._lines = None


class Load:
    """Goes on from `start()` to `stop()`, at most `limit` requests. Each attempt of a request sends it `twins` times at once.
    The request is answered when all of them are. `more` is added to every payload."""

    def __init__(
        self, side: "Side", label: str, *, limit: int, threads: int = THREADS, pause: float = PAUSE, twins: int = 1, **more: Any
    ) -> None:
        self._side, self._label, self._limit, self._pause, self._more = side, label, limit, pause, more
        self._twins = twins
        self._patience = LINLI_GIVES_UP if side.name == "linli" else GIVE_UP
        self.sent: list[Sent] = []
        self._numbers = count(1)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def let_go(self) -> None:
        """Begin no more requests."""
        self._stopping.set()

    def stop(self) -> None:
        """Every request that was begun is answered, or given up, when this returns."""
        self.let_go()
        for thread in self._threads:
            thread.join()

    def answered(self, since: float = 0.0) -> int:
        return sum(sent.answered > 0 and sent.began >= since for sent in list(self.sent))

    def _send(self) -> None:
        conversations = [Conversation(self._side.door_port) for _ in range(self._twins)]
        while not self._stopping.wait(self._pause) and (number := next(self._numbers)) <= self._limit:
            counter = f"{self._label}-{number % COUNTERS}"
            sent = Sent(f"{self._label}-{self._side.name}-{number}", counter, time.time())
            self.sent.append(sent)
            with suppress(AssertionError):
                eventually(lambda sent=sent: self._attempt(conversations, sent), seconds=self._patience, every=0.1)  # type: ignore[misc]
        for conversation in conversations:
            conversation.close()

    def _attempt(self, conversations: list[Conversation], sent: Sent) -> bool:
        began = time.time()
        request = {"request": sent.request, "counter": sent.counter} | self._more
        if len(conversations) == 1:
            answers = {conversations[0].ask(request)}
        else:
            with ThreadPoolExecutor(len(conversations)) as at_once:
                answers = set(at_once.map(lambda conversation: conversation.ask(request), conversations))
        sent.attempts += 1
        if not any(answer.startswith("no door") for answer in answers):
            sent.slowest = max(sent.slowest, time.time() - began)
        sent.answers |= answers
        final = answers <= ({"done"} if self._twins == 1 else {"done", *TWIN_REFUSED})
        if final:
            sent.answered = time.time()
        return final


@contextmanager
def under_load(*loads: Load) -> Iterator[None]:
    """The block runs while requests are being answered; afterwards they are answered again, or that is given up."""
    for load in loads:
        load.start()
    try:
        for load in loads:
            eventually(lambda load=load: load.answered() >= 20, seconds=30)  # type: ignore[misc]
        yield
        over = time.time()
        with suppress(AssertionError):
            eventually(lambda: all(load.answered(since=over) >= 5 for load in loads), seconds=15 if FULL else 8)
    finally:
        for load in loads:
            load.let_go()
        for load in loads:
            load.stop()


def one_request(side: "Side") -> bool:
    """True if a request is answered and heard. Takes some seconds to say no."""
    name = f"probe-{uuid4().hex}"
    conversation = Conversation(side.door_port)
    try:
        if conversation.ask({"request": name, "counter": name}) != "done":
            return False
    finally:
        conversation.close()
    heard = "SELECT 1 FROM heard WHERE request = :name"
    try:
        return bool(eventually(lambda: side.rows("listener", heard, name=name), seconds=8))
    except AssertionError:
        return False
