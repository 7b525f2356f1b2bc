"""Linli, as the race starts and ends it."""

import re
import threading
import time
from collections import Counter
from importlib.metadata import version

import orjson

from bench.children import NotReady
from bench.contenders import Linli
from bench.race.linli import verdict
from bench.race.linli.attacker import Attacker
from bench.race.linli.claims import Organisers
from bench.race.linli.line import Line
from bench.race.linli.nursery import Nursery
from bench.race.linli.scene import Scene, prepare
from bench.race.tally import Options, Race, Tally
from bench.world import World

REPLICAS = 2


class Replicas:
    """The processes of booking. `kill_one` kills them in turn, and starts another one."""

    def __init__(self, installation: Linli) -> None:
        self._nursery, self.kills = Nursery(installation), 0
        self.deaths: list[str] = []  # the last words of those that ended by themselves
        self.running = [self._nursery.start() for _ in range(REPLICAS)]
        end = time.monotonic() + 60
        while not self.all_serve:
            if time.monotonic() > end:
                raise NotReady("the replicas of booking do not serve after 60 s")
            time.sleep(0.05)

    @property
    def all_serve(self) -> bool:
        """A replica that is killed before it serves proves nothing, and on a slow machine nobody would ever answer."""
        return all(one.serves for one in self.running)

    def kill_one(self) -> None:
        self.running.pop(0).kill()
        self.kills += 1
        self.running.append(self._nursery.start())

    def replace_dead(self) -> None:
        """Start another one for each that has ended by itself. That is a fault."""
        for one in [one for one in self.running if not one.lives]:
            self.deaths.append(f"a replica ended by itself: {one.last_words}")
            self.running.remove(one)
            self.running.append(self._nursery.start())

    def end(self) -> None:
        for one in self.running:
            one.end()
        self._nursery.end()


class LinliRaced:
    name = "Linli"

    def __init__(self, world: World) -> None:
        self._world = world

    def version(self) -> str:
        return f"{version('linli')}, {REPLICAS} replicas of booking"

    def race(self, options: Options) -> Race:
        installation = Linli(self._world, "race", ("booking",))
        engine = self._world.engine("race_booking")
        replicas = Replicas(installation)
        try:
            line = Line(installation)
            scene = prepare(line)
            tally, organisers, seconds = self._attack(installation, scene, replicas, options)
            self._world.note("waiting until everything is published and offered")
            unanswered = organisers.wait_until_answered(engine)
            rests = verdict.wait_until_at_rest(engine)
            idle = {"people who wait for a free time": verdict.count_waiting_for_free_times(engine, line)}
            line.close()
        finally:
            replicas.end()
        tally.odd += _failed_calls(installation) + replicas.deaths
        claims = {"claims without an answer": unanswered, "claims that are not as asked": organisers.not_as_asked(engine)}
        found = verdict.count_all(engine, scene, tally) | idle | claims | {"still at work": int(not rests)}
        sent = ", ".join(f"{count:,} {what}" for what, count in organisers.sent.items())
        return Race(tally, seconds, found, (f"{replicas.kills} processes killed", f"claims of events: {sent}"))

    def _attack(
        self, installation: Linli, scene: Scene, replicas: Replicas, options: Options
    ) -> tuple[Tally, Organisers, float]:
        stop, ended = threading.Event(), threading.Event()
        share = options.attempts // options.attackers
        attackers = [Attacker(installation, scene, number, share, stop) for number in range(options.attackers)]
        organisers = Organisers(installation, scene, ended)
        began = killed = told = time.monotonic()
        for one in (*attackers, organisers):
            one.start()
        while any(one.is_alive() for one in attackers) and time.monotonic() - began < options.seconds:
            time.sleep(0.2)
            replicas.replace_dead()
            if options.kill_every and time.monotonic() - killed > options.kill_every and replicas.all_serve:
                replicas.kill_one()
                killed = time.monotonic()
            if time.monotonic() - told > 60:
                self._world.note(f"{sum(one.tally.attempts for one in attackers):,} attempts")
                told = time.monotonic()
        stop.set()
        for attacker in attackers:
            attacker.join(60)
        ended.set()
        organisers.join(30)
        total = Tally()
        for attacker in attackers:
            total.add(attacker.tally)
        return total, organisers, time.monotonic() - began


def _failed_calls(installation: Linli) -> list[str]:
    """What the logs say about calls that failed: how each traceback ends."""
    lines = [line for log in sorted(installation.home.glob("booking-*.log")) for line in log.read_text().splitlines()]
    failed = [orjson.loads(line) for line in lines if '"call failed"' in line]
    ends = Counter(f"{one['method']}: {_where(one['exception'])}" for one in failed)
    return [f"{count} × {words}" for words, count in ends.items()]


def _where(traceback: str) -> str:
    """The places in our code, and the exception without addresses of objects."""
    lines = traceback.strip().splitlines()
    ours = [line.split("File ")[1] for line in lines if "File " in line and "site-packages" not in line]
    return " < ".join(reversed(ours[-6:])) + " | " + re.sub(r"0x[0-9a-f]+", "…", lines[-1])
