"""A thread that plays tricks: several requests at once, each once or several times with one key, until they are answered."""

import threading
from hashlib import sha256
from random import Random

import orjson

from bench.contenders import Linli
from bench.race.linli.line import Line, Reply, Sent
from bench.race.linli.scene import Scene
from bench.race.linli.tricks import WEIGHTS, all_tricks
from bench.race.linli.tricks.trick import Ask
from bench.race.tally import Tally
from chassis.rpc.wire import REFUSED

AT_ONCE = 4  # requests of one attacker that are on their way together
MOST_TRIES = 30
COPIES = (1, 2, 2, 3, 4)  # how often a request is sent at the same moment, with one key
NOT_YET = {"idempotency_key_in_flight"}  # the answer of the key is still to come


class Attacker(threading.Thread):
    """Ends after `attempts` requests, or when `stop` is set."""

    def __init__(self, linli: Linli, scene: Scene, number: int, attempts: int, stop: threading.Event) -> None:
        super().__init__(name=f"attacker-{number}", daemon=True)
        self._line, self._chance, self._attempts, self._stop_now = Line(linli), Random(number), attempts, stop
        self._tricks = all_tricks(scene, self._chance)
        self._made = 0
        self.tally = Tally()

    def run(self) -> None:
        try:
            while self.tally.attempts < self._attempts and not self._stop_now.is_set():
                chosen = self._chance.choices(self._tricks, list(WEIGHTS.values()), k=AT_ONCE)
                self._insist([ask for trick in chosen if (ask := trick.ask()) is not None])
        finally:
            self._line.close()

    def _insist(self, asks: list[Ask]) -> None:
        """Send the requests until each of them has an answer."""
        left = [(ask, self._new_key(), self._chance.choice(COPIES)) for ask in asks]
        for _ in range(MOST_TRIES):
            sent = [Sent(ask.who, ask.verb, ask.payload, key, copies) for ask, key, copies in left]
            unanswered = []
            for one, replies in zip(left, self._line.ask_all(sent), strict=True):
                ask, key, copies = one
                self.tally.attempts += copies
                self.tally.copies += copies - 1
                self.tally.lost += copies - len(replies)
                if answers := [reply for reply in replies if not _is_temporary(reply)]:
                    self._judge(ask, key, answers)
                else:
                    unanswered.append(one)
            left = unanswered
            if not left or self._stop_now.is_set():
                return
        self.tally.odd += [f"{ask.verb} was never answered" for ask, *_ in left]

    def _new_key(self) -> str:
        self._made += 1
        return f"race-{self.name}-{self._made}"

    def _judge(self, ask: Ask, key: str, answers: list[Reply]) -> None:
        self.tally.odd += [f"{ask.verb}: {reply['error']}"[:400] for reply in answers if reply["error"] and not _code(reply)]
        if not ask.verb.startswith(("list_", "get_", "preview_")) and len({_said(reply) for reply in answers}) > 1:
            self.tally.contradictions.append(f"{ask.verb} {key}: {[_told(reply) for reply in answers]}")
        answer = answers[0]
        if answer["error"]:
            self.tally.outcomes[f"{ask.verb}: {_code(answer)}"] += 1
            return
        self.tally.outcomes[ask.verb] += 1
        if ask.about is not None:
            self.tally.promise((ask.about, answer["result"]["id"]), answer["result"]["version"])
        ask.heard(answer["result"])


def _code(reply: Reply) -> str:
    """The code of a refusal. Empty for a result, and for an error that is no refusal."""
    error = reply["error"]
    return str(error["exc_args"][0]) if error and error["exc_path"] == REFUSED else ""


def _is_temporary(reply: Reply) -> bool:
    """Nothing was decided: the request may come again."""
    return bool(_code(reply)) and (_code(reply) in NOT_YET or reply["error"]["exc_args"][1] == "unavailable")


def _said(reply: Reply) -> str:
    """What must be the same in every answer to a key: all of a result, and the code of a refusal."""
    if reply["error"]:
        return _code(reply) or "error"
    return sha256(orjson.dumps(reply["result"], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _told(reply: Reply) -> str:
    result = reply["result"] or {}
    return _code(reply) or " ".join(str(result.get(name)) for name in ("id", "version", "state"))
